package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/watch"
)

func (s *sending) alerts() watch.Service {
	return watch.Service{Store: postgres.AlertStore{DB: s.db.DB}}
}

// told lists what stands open, the newest first, with how often it happened.
func (s *sending) told() map[watch.Kind]int64 {
	s.t.Helper()
	all, open, err := s.alerts().Newest(context.Background(), s.eli, 50)
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[watch.Kind]int64{}
	for _, a := range all {
		got[a.Kind] = a.Times
	}
	if int(open) != len(all) {
		s.t.Errorf("%d are said to be open, %d are given", open, len(all))
	}
	return got
}

func (s *sending) tells(when string, want map[watch.Kind]int64) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.told()); diff != "" {
		s.t.Errorf("%s: (-want +got)\n%s", when, diff)
	}
}

func TestWhatHappensAgainIsOneAlertUntilSomebodyHasSeenIt(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	s := r.sending(r.settings())
	trip := func() {
		s.t.Helper()
		if err := s.store.Trip(ctx, s.worker, s.relay, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	trip()
	trip() // it is open already: nothing happened
	s.tells("a relay failed", map[watch.Kind]int64{watch.RelayFailed: 1})
	if err := s.store.Probed(ctx, s.worker, s.relay, true, 0); err != nil {
		t.Fatal(err)
	}
	trip()
	s.tells("it failed again", map[watch.Kind]int64{watch.RelayFailed: 2})

	newest, _, err := s.alerts().Newest(ctx, s.eli, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []access.Actor{s.ada, {User: s.ada.User, Role: access.Auditor}} {
		if _, err := s.alerts().Acknowledge(ctx, who, newest[0].ID); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s acknowledges: %v", who.Role, err)
		}
	}
	seen, err := s.alerts().Acknowledge(ctx, s.gil, newest[0].ID)
	if err != nil || seen.State != watch.Acknowledged || seen.AcknowledgedBy != s.gil.User || seen.AcknowledgedAt == nil || seen.Now != "open" {
		t.Errorf("acknowledged: %+v, %v", seen, err)
	}
	if _, err := s.alerts().Acknowledge(ctx, s.eli, seen.ID); !fault.Is(err, "alert_acknowledged") {
		t.Errorf("once more: %v", err)
	}
	if _, err := s.alerts().Acknowledge(ctx, s.eli, 999); !fault.Is(err, "no_such_alert") {
		t.Errorf("one that is not there: %v", err)
	}
	s.tells("somebody has seen it", map[watch.Kind]int64{})
	if err := s.store.Probed(ctx, s.worker, s.relay, true, 0); err != nil {
		t.Fatal(err)
	}
	trip()
	s.tells("after that", map[watch.Kind]int64{watch.RelayFailed: 1})
	old, err := s.alerts().List(ctx, s.ada, 0, 9, filter.Equal{Column: "state", Value: []string{"acknowledged"}})
	if err != nil || len(old) != 1 || old[0].ID != seen.ID {
		t.Errorf("those that somebody has seen: %+v, %v", old, err)
	}
	if n := s.number("SELECT count(*) FROM ledger_entry WHERE verb IN ('alert_raised', 'alert_acknowledged')"); n != 3 {
		t.Errorf("%d entries are on record, want 2 alerts and 1 acknowledgement", n)
	}
}

func TestARelayThatDoesNotProveItselfIsShutWhereItsRuleSaysSo(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	s := r.sending(r.settings())
	doubt := func() {
		s.t.Helper()
		if err := s.store.Unproven(ctx, s.worker, s.relay); err != nil {
			t.Fatal(err)
		}
	}
	doubt()
	s.tells("without a rule", map[watch.Kind]int64{watch.RelayUnproven: 1})
	if n := s.number("SELECT count(*) FROM relay WHERE state = 'healthy'"); n != 1 {
		t.Error("it is shut without a rule")
	}
	s.exec("UPDATE relay SET shut_on_tls_failure = true, password = 'sealed'")
	doubt()
	doubt() // it is shut already
	s.tells("with one", map[watch.Kind]int64{watch.RelayUnproven: 2, watch.RelayShut: 1})
	if n := s.number("SELECT count(*) FROM relay r JOIN relay_event e USING (relay_no) WHERE r.state = 'quarantined' AND r.rotate AND e.kind = 'shut_by_rule'"); n != 1 {
		t.Error("it is not quarantined once, with its password marked")
	}
	if n := s.number("SELECT count(*) FROM ledger_entry WHERE verb = 'relay_quarantined'"); n != 1 {
		t.Errorf("%d quarantines are on record", n)
	}
}

func TestPeopleAreToldOfACampaignThatNoRelayCarries(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	other := r.otherRelay("spare")
	settings := r.settings()
	settings.Relays = append(settings.Relays, id.Relay(other))
	s := r.sending(settings)
	look := func(when string, want map[watch.Kind]int64) {
		s.t.Helper()
		for range 2 { // a sweep looks every few seconds
			if err := s.store.Stranded(ctx); err != nil {
				t.Fatal(err)
			}
		}
		s.tells(when, want)
	}
	trip := func(no int64) {
		s.t.Helper()
		if err := s.store.Trip(ctx, s.worker, no, time.Second); err != nil {
			t.Fatal(err)
		}
	}
	trip(s.relay)
	look("one of two fails", map[watch.Kind]int64{watch.RelayFailed: 1})
	trip(other)
	look("both fail", map[watch.Kind]int64{watch.RelayFailed: 1, watch.CampaignStranded: 1})
	all, _, err := s.alerts().Newest(ctx, s.gil, 9)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if _, err := s.alerts().Acknowledge(ctx, s.gil, a.ID); err != nil {
			t.Fatal(err)
		}
		if a.Kind == watch.CampaignStranded && (a.Campaign != s.campaign.ID || a.Incident != s.incident || a.Now != "sending") {
			t.Errorf("it names %+v", a)
		}
	}
	look("somebody has seen both", map[watch.Kind]int64{})
	if err := s.store.Probed(ctx, s.worker, other, true, 0); err != nil {
		t.Fatal(err)
	}
	look("one works again", map[watch.Kind]int64{})
	trip(other)
	look("it fails again", map[watch.Kind]int64{watch.RelayFailed: 1, watch.CampaignStranded: 1})
}

// A relay that an approved amendment added carries a campaign as well as one of
// its plan does; one that people moved it away from does not.
func TestARelayOfAnAmendmentCarriesAndOneThatWasLeftDoesNot(t *testing.T) {
	ctx := context.Background()
	s, amendments := paused(t)
	other := id.Relay(s.otherRelay("spare"))
	a, err := amendments.Propose(ctx, s.gil, s.campaign.ID, campaign.Wider{Relays: []id.Relay{other}, Reason: "one is not enough"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Resume(ctx, s.gil, s.campaign.ID); err != nil {
		t.Fatal(err)
	}
	stranded := func() int64 {
		t.Helper()
		if err := s.store.Stranded(ctx); err != nil {
			t.Fatal(err)
		}
		return s.number("SELECT coalesce(sum(times), 0)::bigint FROM alert WHERE kind = 'campaign_stranded'")
	}
	trip := func(no id.Relay) {
		t.Helper()
		if err := s.store.Trip(ctx, s.worker, int64(no), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	trip(id.Relay(s.relay))
	if n := stranded(); n != 1 {
		t.Errorf("told %d times while the amendment waits for legal", n)
	}
	if _, err := s.service.Pause(ctx, s.gil, s.campaign.ID, "for the amendment"); err != nil {
		t.Fatal(err)
	}
	if _, err := amendments.Approve(ctx, s.ada, a.ID, a.Hash, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Resume(ctx, s.gil, s.campaign.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Probed(ctx, s.worker, s.relay, true, 0); err != nil {
		t.Fatal(err)
	}
	trip(id.Relay(s.relay))
	if n := stranded(); n != 1 {
		t.Errorf("told %d times though the relay of the amendment is healthy", n)
	}
	if err := s.store.Probed(ctx, s.worker, s.relay, true, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.service.Failover(ctx, s.gil, s.campaign.ID, campaign.Move{From: id.Relay(s.relay), To: other, Reason: "go on there"}); err != nil {
		t.Fatal(err)
	}
	trip(other)
	if n := stranded(); n != 2 {
		t.Errorf("told %d times though people left the only healthy relay", n)
	}
}

func TestPeopleAreToldOfACampaignThatPausedItself(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	s := r.sending(r.settings())
	if _, err := r.service.Pause(ctx, r.gil, s.campaign.ID, "a look"); err != nil {
		t.Fatal(err)
	}
	s.tells("a person paused it", map[watch.Kind]int64{})
	if _, err := r.service.Resume(ctx, r.gil, s.campaign.ID); err != nil {
		t.Fatal(err)
	}
	bad := campaign.Share{Relay: id.Relay(s.relay), Refusals: outcome.Refusals{All: 20, Refused: 19}}
	for range 2 { // each worker says it
		if err := r.service.Stop(ctx, s.campaign.ID, bad); err != nil {
			t.Fatal(err)
		}
	}
	s.tells("it stopped itself", map[watch.Kind]int64{watch.CampaignStopped: 1})
}

func TestPeopleAreToldOfLettersThatAreNotAsApproved(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 2})
	put := func(i int, why string) {
		t.Helper()
		err := s.store.PutOff(ctx, delivery.PutOff{Campaign: int64(s.campaign.ID), Incident: int64(s.incident), Worker: s.worker,
			Claim: delivery.Claim{Batch: b.No, Fence: b.Fence}, Unmade: []delivery.Unmade{{Claimed: b.People[i], Why: why}}, After: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(0, delivery.NotMade)
	s.tells("a text that cannot be filled in", map[watch.Kind]int64{})
	put(1, delivery.NotAsApproved)
	s.tells("another person's data", map[watch.Kind]int64{watch.LettersWithheld: 1})
}
