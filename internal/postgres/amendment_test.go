package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// otherRelay makes a relay that no plan names.
func (r *planRig) otherRelay(name string) int64 {
	r.t.Helper()
	no := r.number("INSERT INTO relay (name) VALUES ($1) RETURNING relay_no", name)
	r.exec(`INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, max_rate_per_second, max_connections, made_by)
		VALUES ($1, 1, $2 || '.example.com', 587, 'starttls', 'none', 100, 4, $3)`, no, name, int64(r.eli.User))
	r.exec("UPDATE relay SET revision = 1 WHERE relay_no = $1", no)
	return no
}

// paused is a campaign that was stopped in the middle, and what widens it.
func paused(t *testing.T) (*sending, campaign.Amendments) {
	t.Helper()
	r := newPlanRig(t, 21)
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 5})
	s.answerAll(b, took)
	if _, err := r.service.Pause(context.Background(), r.gil, s.campaign.ID, "a look"); err != nil {
		t.Fatal(err)
	}
	return s, campaign.Amendments{Store: r.store, Campaigns: r.store}
}

func TestARelayJoinsAPausedCampaignOnceLegalApproves(t *testing.T) {
	ctx := context.Background()
	s, service := paused(t)
	r, no := s.planRig, s.campaign.ID
	other, rate := r.otherRelay("spare"), 80.0
	wider := campaign.Wider{Relays: []id.Relay{id.Relay(other)}, MaxRate: &rate, Reason: "the first one is slow"}
	a, err := service.Propose(ctx, r.gil, no, wider)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.get(no); len(c.Relays()) != 1 || c.Rate() != 50 {
		t.Fatalf("asked for is enough: %v at %g", c.Relays(), c.Rate())
	}
	if _, err := service.Approve(ctx, r.bo, a.ID, a.Hash, ""); !fault.Is(err, "own_text") {
		t.Errorf("the author approves: %v", err)
	}
	if _, err := service.Approve(ctx, r.gil, a.ID, a.Hash, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("ops approves: %v", err)
	}
	if _, err := service.Approve(ctx, r.ada, a.ID, canon.Hash{1}, ""); !fault.Is(err, "other_amendment") {
		t.Errorf("another hash: %v", err)
	}
	approved, err := service.Approve(ctx, r.ada, a.ID, a.Hash, "fine")
	if err != nil || approved.State() != campaign.AmendmentApproved || approved.Reason != wider.Reason {
		t.Fatalf("%+v, %v", approved, err)
	}
	c := r.get(no)
	if len(c.Relays()) != 2 || c.Relays()[1] != id.Relay(other) || c.Rate() != 80 || c.State != campaign.Paused {
		t.Fatalf("%v at %g, %s", c.Relays(), c.Rate(), c.State)
	}
	if _, err := service.Approve(ctx, r.ada, a.ID, a.Hash, ""); !fault.Is(err, "amendment_approved") {
		t.Errorf("approved twice: %v", err)
	}
	standing, err := s.store.Stand(ctx, int64(no), []delivery.Relay{{No: r.relay}, {No: other}})
	if err != nil || standing.PerSecond != 80 || standing.Now.IsZero() || standing.Relays[other] != delivery.WayFree {
		t.Errorf("%+v, %v", standing, err)
	}
	if _, err := r.service.Resume(ctx, r.gil, no); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Failover(ctx, r.gil, no, campaign.Move{From: id.Relay(r.relay), To: id.Relay(other), Reason: "go on there"}); err != nil {
		t.Fatal(err)
	}
	if n := s.all(took); n != 15 {
		t.Errorf("%d people were left", n)
	}
	if n := r.number("SELECT count(*) FROM delivery WHERE status = $1", string(outcome.Accepted)); n != 20 {
		t.Errorf("%d accepted", n)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb IN ('amendment_proposed', 'amendment_approved')"); n != 2 {
		t.Errorf("%d entries", n)
	}
}

func TestWhatAnAmendmentMayNotDo(t *testing.T) {
	ctx := context.Background()
	s, service := paused(t)
	r, no := s.planRig, s.campaign.ID
	other := id.Relay(r.otherRelay("spare"))
	slower, faster := 10.0, 60.0
	for code, w := range map[string]campaign.Wider{
		"amendment_empty":      {Reason: "why"},
		"reason_missing":       {Relays: []id.Relay{other}},
		"amendment_not_faster": {MaxRate: &slower, Reason: "why"},
		"relay_of_plan":        {Relays: []id.Relay{id.Relay(r.relay)}, Reason: "why"},
		"relay_unknown":        {Relays: []id.Relay{99}, Reason: "why"},
	} {
		if _, err := service.Propose(ctx, r.gil, no, w); !fault.Is(err, code) {
			t.Errorf("want %s: %v", code, err)
		}
	}
	ask := campaign.Wider{Relays: []id.Relay{other}, Reason: "why"}
	first, err := service.Propose(ctx, r.gil, no, ask)
	if err != nil {
		t.Fatal(err)
	}
	second, err := service.Propose(ctx, r.cem, no, campaign.Wider{Relays: []id.Relay{other}, MaxRate: &faster, Reason: "why"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Approve(ctx, r.ada, first.ID, first.Hash, ""); !fault.Is(err, "amendment_superseded") {
		t.Errorf("an old one: %v", err)
	}
	approve := func() error {
		_, err := service.Approve(ctx, r.ada, second.ID, second.Hash, "")
		return err
	}
	r.exec("UPDATE relay SET state = 'quarantined' WHERE relay_no = $1", int64(other))
	if err := approve(); !fault.Is(err, "amendment_relay_quarantined") {
		t.Errorf("a quarantined relay: %v", err)
	}
	r.exec("UPDATE relay SET state = 'healthy' WHERE relay_no = $1", int64(other))
	if _, err := r.service.Resume(ctx, r.gil, no); err != nil {
		t.Fatal(err)
	}
	if err := approve(); !fault.Is(err, "campaign_wrong_state") {
		t.Errorf("while it is sent: %v", err)
	}
	bySQL := func() error {
		_, err := r.app.Exec(ctx, "INSERT INTO approval (kind, target, campaign_no, approver, method) VALUES ('amendment', $1, $2, $3, 'totp')", second.Hash[:], int64(no), int64(r.ada.User))
		return err
	}
	if err := bySQL(); !isConstraint(err, "approval_of_amendment") {
		t.Errorf("by SQL while it is sent: %v", err)
	}
	if _, err := r.service.Pause(ctx, r.gil, no, "again"); err != nil {
		t.Fatal(err)
	}
	r.exclude(`["spare.example.com"]`)
	if err := approve(); !fault.Is(err, "amendment_relay_excluded") {
		t.Errorf("an excluded relay: %v", err)
	}
	if err := bySQL(); !isConstraint(err, "campaign_relay_excluded") {
		t.Errorf("an excluded relay by SQL: %v", err)
	}
	r.exec("INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, max_rate_per_second, max_connections, made_by) SELECT relay_no, 2, 'elsewhere.example.com', port, tls, auth, max_rate_per_second, max_connections, made_by FROM relay_revision WHERE relay_no = $1", int64(other))
	r.exec("UPDATE relay SET revision = 2 WHERE relay_no = $1", int64(other))
	if err := approve(); !fault.Is(err, "amendment_relay_changed") {
		t.Errorf("a relay that was changed: %v", err)
	}
	if w := r.get(no).Widened; len(w) != 0 {
		t.Errorf("widened by %+v", w)
	}
}

// TestWhoLaunchedApprovesNothingMore gives the launcher another role under way.
func TestWhoLaunchedApprovesNothingMore(t *testing.T) {
	ctx := context.Background()
	s, service := paused(t)
	r, no, faster := s.planRig, s.campaign.ID, 60.0
	a, err := service.Propose(ctx, r.cem, no, campaign.Wider{MaxRate: &faster, Reason: "why"})
	if err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE user_account SET role = 'legal' WHERE user_no = $1", int64(r.gil.User))
	gil := r.gil
	gil.Role = access.Legal
	if _, err := service.Approve(ctx, gil, a.ID, a.Hash, ""); !fault.Is(err, "wider_by_launcher") {
		t.Errorf("approved: %v", err)
	}
	_, err = r.app.Exec(ctx, "INSERT INTO approval (kind, target, campaign_no, approver, method) VALUES ('amendment', $1, $2, $3, 'totp')", a.Hash[:], int64(no), int64(gil.User))
	if !isConstraint(err, "approver_is_launcher") {
		t.Errorf("approved by SQL: %v", err)
	}
	if _, err := service.Approve(ctx, r.ada, a.ID, a.Hash, ""); err != nil {
		t.Errorf("another of legal: %v", err)
	}
}
