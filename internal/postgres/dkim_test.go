package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/dkim"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
	"forthwith/internal/sender"
)

func (r *planRig) senders() sender.Service {
	return sender.Service{Store: postgres.SenderStore{DB: r.db.DB}}
}

// key makes a key of the rig's sender, and puts it to use.
func (r *planRig) key(a dkim.Algorithm) sender.Key {
	r.t.Helper()
	n := r.number("SELECT count(*) FROM dkim_key")
	k, err := r.senders().MakeKey(context.Background(), r.eli, id.Sender(r.sender), a, fmt.Sprintf("k%d", n+1))
	if err == nil {
		k, err = r.senders().UseKey(context.Background(), r.eli, k.Sender, k.ID)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

func (r *planRig) retire(k sender.Key) {
	r.t.Helper()
	if _, err := r.senders().RetireKey(context.Background(), r.eli, k.Sender, k.ID, "its record is gone"); err != nil {
		r.t.Fatal(err)
	}
}

// plan is the stored plan of a campaign.
func (r *planRig) plan(c campaign.Campaign) campaign.Plan {
	r.t.Helper()
	document, err := r.store.Document(context.Background(), c.PlanHash)
	if err != nil {
		r.t.Fatal(err)
	}
	p, err := campaign.ReadPlan(document)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// refuses demands that a launch is refused, with this sentence about the key.
func (r *planRig) refuses(c campaign.Campaign, code string, k sender.Key) {
	r.t.Helper()
	err := r.launch(c, r.cem)
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Mismatch || f.Code != code || f.Values["selector"] != k.Selector || !names(f, "sender") {
		r.t.Fatalf("launched, or not for the key: %v %+v", err, f)
	}
	if got := r.get(c.ID); got.State != campaign.Approved {
		r.t.Errorf("state %s", got.State)
	}
}

// A key that ends after approval stops the launch, until a plan without it is
// approved.
func TestAKeyThatIsRetiredAfterApprovalStopsTheLaunch(t *testing.T) {
	r := newPlanRig(t, 20)
	stays, goes := r.key(dkim.RSA2048), r.key(dkim.Ed25519)
	c := r.approved()
	if p := r.plan(c); len(p.Sender.DKIMKeys) != 2 || p.Sender.DKIMKeys[1] != campaign.PlanKey(goes) {
		t.Fatalf("the plan names %+v", p.Sender.DKIMKeys)
	}
	r.retire(goes)
	r.refuses(c, "plan_key_retired", goes)
	c, err := r.service.Approve(context.Background(), r.ada, c.ID, r.check(c.ID).PlanHash, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.launch(c, r.cem); err != nil {
		t.Fatal(err)
	}
	if p := r.plan(c); len(p.Sender.DKIMKeys) != 1 || p.Sender.DKIMKeys[0].ID != stays.ID {
		t.Errorf("the new plan names %+v", p.Sender.DKIMKeys)
	}
}

func TestAKeyThatIsPutToUseAfterApprovalStopsTheLaunch(t *testing.T) {
	r := newPlanRig(t, 20)
	c := r.approved()
	r.refuses(c, "plan_key_used", r.key(dkim.Ed25519))
}

// A campaign that is being sent keeps the keys that were approved for it, and
// no others take their place.
func TestARunningCampaignKeepsTheKeysOfItsPlan(t *testing.T) {
	r := newPlanRig(t, 20)
	first := r.key(dkim.Ed25519)
	c := r.approved()
	if err := r.launch(c, r.cem); err != nil {
		t.Fatal(err)
	}
	r.retire(first)
	second := r.key(dkim.Ed25519)
	opened, err := r.store.Signing(context.Background(), r.plan(c).Sender)
	if err != nil || len(opened) != 1 || opened[0].Name != first.Name || string(opened[0].Public()) != string(first.Public) {
		t.Fatalf("%v, %d keys", err, len(opened))
	}
	r.exec("UPDATE dkim_key SET private = (SELECT private FROM dkim_key WHERE key_no = $2) WHERE key_no = $1", int64(first.ID), int64(second.ID))
	if _, err := r.store.Signing(context.Background(), r.plan(c).Sender); err == nil {
		t.Error("another key signs under the name of the one that was approved")
	}
}

// A plan without keys, or of before there were any, signs nothing.
func TestAPlanWithoutKeysSignsNothing(t *testing.T) {
	r := newPlanRig(t, 20)
	p := r.plan(r.approved())
	old, err := campaign.ReadPlan([]byte(`{"format":"forthwith/plan/v1","sender":{"id":"snd_1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []campaign.PlannedSender{p.Sender, old.Sender} {
		if keys, err := r.store.Signing(context.Background(), s); err != nil || len(keys) != 0 {
			t.Errorf("%v, %d keys", err, len(keys))
		}
	}
}
