package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// sending is a launched campaign and a worker that claims from it and answers
// by hand.
type sending struct {
	*planRig
	campaign campaign.Campaign
	store    postgres.DeliveryStore
	worker   delivery.Worker
	groups   int64
}

func (r *planRig) sending(s campaign.Settings) *sending {
	r.t.Helper()
	c := r.approvedAs(s)
	if err := r.launch(c, r.gil); err != nil {
		r.t.Fatal(err)
	}
	out := &sending{planRig: r, campaign: r.get(c.ID), store: postgres.DeliveryStore{DB: r.db.DB}}
	var err error
	if out.worker, err = out.store.Enlist(context.Background(), "worker", time.Minute); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// claim takes what is free, of the zone of each batch.
func (s *sending) claim(want delivery.Want) (delivery.Batch, bool) {
	s.t.Helper()
	b, err := s.store.Claim(context.Background(), delivery.Job{Campaign: int64(s.campaign.ID)}, s.worker, want)
	if errors.Is(err, delivery.ErrNothingFree) {
		return b, false
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b, true
}

// answerAll announces everybody of a batch and gives each an answer.
func (s *sending) answerAll(b delivery.Batch, answer func(seq int64) outcome.Reply) {
	s.t.Helper()
	var announced, answered delivery.Group
	for _, p := range b.People {
		announced.Intents = append(announced.Intents, delivery.Intent{Seq: p.Seq, Attempt: p.Attempt, Batch: b.No, Fence: b.Fence, Relay: delivery.Relay{No: s.relay, Revision: 1}, Date: b.Now})
		reply := answer(p.Seq)
		o := delivery.Outcome{Seq: p.Seq, Attempt: p.Attempt, Relay: s.relay, Reply: reply}
		o.Ruling = delivery.Rule(reply, delivery.Facts{Claimed: p, Relay: s.relay, Now: b.Now})
		answered.Outcomes = append(answered.Outcomes, o)
	}
	answered.Finished = []delivery.Claim{{Batch: b.No, Fence: b.Fence}}
	for _, g := range []delivery.Group{announced, answered} {
		s.groups++
		g.Campaign, g.Incident, g.Worker, g.No, g.At = int64(s.campaign.ID), int64(s.incident), s.worker, s.groups, b.Now
		if _, err := s.store.Commit(context.Background(), g); err != nil {
			s.t.Fatal(err)
		}
	}
}

var (
	took    = func(int64) outcome.Reply { return outcome.Reply{Phase: outcome.PhaseDot, Code: 250} }
	refused = func(int64) outcome.Reply {
		return outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.1.1"}
	}
)

// all claims and answers until nothing is free, and counts the people.
func (s *sending) all(answer func(int64) outcome.Reply) int {
	n := 0
	for b, ok := s.claim(delivery.Want{Most: 512}); ok; b, ok = s.claim(delivery.Want{Most: 512}) {
		s.answerAll(b, answer)
		n += len(b.People)
	}
	return n
}

func (s *sending) advance() campaign.Campaign {
	s.t.Helper()
	if err := (campaign.Ramps{Store: postgres.CampaignStore{DB: s.db.DB}}).Advance(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return s.get(s.campaign.ID)
}

func TestARampSendsStepByStep(t *testing.T) {
	r := newPlanRig(t, 1201)
	settings := r.settings()
	settings.Ramp = []campaign.RampStep{{Count: 10, HoldSeconds: 3600}, {Percent: 2, HoldSeconds: 0}}
	s := r.sending(settings)
	if n := s.all(took); n != 10 {
		t.Fatalf("%d people before anybody waited", n)
	}
	if c := s.advance(); c.Ramp.Step != 0 || c.Ramp.Until == nil || time.Until(*c.Ramp.Until) < 50*time.Minute {
		t.Fatalf("%+v", c.Ramp)
	}
	if c := s.advance(); c.Ramp.Step != 0 || s.all(took) != 0 {
		t.Fatalf("went on before the answers were waited for: %+v", c.Ramp)
	}
	r.exec("UPDATE campaign SET ramp_until = now()")
	if c := s.advance(); c.Ramp.Step != 1 || c.Ramp.Until != nil || c.State != campaign.Sending {
		t.Fatalf("%+v", c)
	}
	if n := s.all(took); n != 24 {
		t.Fatalf("%d people in the second step", n)
	}
	s.advance() // holds for no time
	if c := s.advance(); c.Ramp.Step != 2 {
		t.Fatalf("%+v", c.Ramp)
	}
	if n := s.all(took); n != 1166 {
		t.Errorf("%d are the rest", n)
	}
	if err := s.store.Conclude(context.Background()); err != nil {
		t.Fatal(err)
	}
	if c := s.advance(); c.State != campaign.Complete {
		t.Errorf("%s", c.State)
	}
	for verb, want := range map[string]int64{"ramp_held": 2, "ramp_advanced": 2} {
		if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = $1", verb); n != want {
			t.Errorf("%d entries of %s", n, verb)
		}
	}
}

// A step of which too many are refused pauses the campaign, names the domain,
// and goes on where a person resumes it.
func TestARampStopsWhereTooManyAreRefused(t *testing.T) {
	r := newPlanRig(t, 101)
	settings := r.settings()
	settings.Ramp = []campaign.RampStep{{Count: 20}}
	s := r.sending(settings)
	key, err := r.db.Installation().SealSetting("domain.name", 0, []byte("example.com"))
	if err != nil {
		t.Fatal(err)
	}
	r.exec("INSERT INTO domain (domain_key, name) SELECT DISTINCT domain_key, $1::bytea FROM recipient WHERE domain_key IS NOT NULL", key)
	s.all(func(seq int64) outcome.Reply {
		if seq <= 6 {
			return refused(seq)
		}
		return took(seq)
	})
	s.advance()
	c := s.advance()
	if c.State != campaign.Paused || c.Reason == nil || c.Reason.Refused != 6 || c.Reason.All != 20 || int64(c.Reason.Relay) != r.relay && c.Reason.Text != "example.com" {
		t.Fatalf("%s because of %+v", c.State, c.Reason)
	}
	if n := r.number("SELECT count(*) FROM campaign WHERE reason::text LIKE '%example.com%'"); n != 0 {
		t.Error("the domain stands in the clear")
	}
	if _, err := r.service.Resume(context.Background(), r.gil, c.ID); err != nil {
		t.Fatal(err)
	}
	if c = s.advance(); c.State != campaign.Sending || c.Ramp.Step != 1 {
		t.Fatalf("%s %+v", c.State, c.Ramp)
	}
	if n := s.all(took); n != 80 {
		t.Errorf("%d are the rest", n)
	}
}

// at is a zone whose clock shows this hour now, and the day's minutes there.
func at(hour int) (zone string, clock time.Time) {
	now := time.Now().UTC()
	ahead := (hour - now.Hour() + 24) % 24 // hours to add, from 0
	if ahead > 12 {
		ahead -= 24
	}
	return fmt.Sprintf("Etc/GMT%+d", -ahead), now.Add(time.Duration(ahead) * time.Hour)
}

// People are mailed while the window is open on their own clocks, whoever has
// no zone by the zone of the window, and a batch says when its window closes.
func TestAWindowIsOpenByEverybodysOwnClock(t *testing.T) {
	r := newPlanRig(t, 61)
	noon, clock := at(12)
	midnight, _ := at(0)
	r.exec("UPDATE recipient SET timezone = $1 WHERE recipient_no <= 20", noon)
	r.exec("UPDATE recipient SET timezone = $1 WHERE recipient_no > 20 AND recipient_no <= 40", midnight)
	settings := r.settings()
	settings.SendWindow = &campaign.Window{From: "10:00", To: "16:00", Zone: midnight}
	s := r.sending(settings)
	b, ok := s.claim(delivery.Want{Most: 512})
	if !ok || len(b.People) != 20 {
		t.Fatalf("%d people are awake", len(b.People))
	}
	closes := time.Date(clock.Year(), clock.Month(), clock.Day(), 16, 0, 0, 0, time.UTC).Sub(clock)
	if got := time.Until(b.Closes); got < closes-time.Minute || got > closes+time.Minute {
		t.Errorf("closes in %s, want %s", got, closes)
	}
	s.answerAll(b, func(seq int64) outcome.Reply {
		if seq == 1 {
			return outcome.Reply{Phase: outcome.PhaseRcpt, Code: 450}
		}
		return took(seq)
	})
	if b, ok := s.claim(delivery.Want{Most: 512}); ok {
		t.Fatalf("%d people are mailed at midnight", len(b.People))
	}
	if free, err := s.store.Gather(context.Background()); err != nil || len(free) != 0 {
		t.Errorf("free: %v, %v", free, err)
	}
	// Whoever is tried again waits for their window too.
	r.exec("UPDATE delivery_open SET next_at = now()")
	if free, err := s.store.Gather(context.Background()); err != nil || len(free) != 1 {
		t.Errorf("free: %v, %v", free, err)
	}
	if n := r.number("SELECT count(*) FROM batch WHERE seqs = '{1}' AND zone = $1 AND stage < 0", noon); n != 1 {
		t.Error("the retry has no zone")
	}
}

// Who is set aside is claimed with a batch of their domain, and nobody twice.
func TestPeopleSetAsideWaitInBatchesOfTheirDomain(t *testing.T) {
	r := newPlanRig(t, 101)
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 512})
	claim := delivery.Claim{Batch: b.No, Fence: b.Fence}
	kept := []int64{b.People[0].Seq, b.People[1].Seq}
	aside := delivery.SetAside{Campaign: int64(s.campaign.ID), Worker: s.worker, Claim: claim, Kept: kept, Aside: b.People[2:]}
	stale := aside
	stale.Claim.Fence--
	if ours, err := s.store.SetAside(context.Background(), stale); err != nil || ours {
		t.Fatalf("a claim that is not ours: %v, %v", ours, err)
	}
	if ours, err := s.store.SetAside(context.Background(), aside); err != nil || !ours {
		t.Fatal(ours, err)
	}
	if _, ok := s.claim(delivery.Want{Most: 512, Full: []delivery.Domain{b.People[0].Domain}}); ok {
		t.Error("people of a full domain were claimed")
	}
	if err := s.store.Release(context.Background(), int64(s.campaign.ID), s.worker, nil); err != nil {
		t.Fatal(err)
	}
	seen := map[int64]int{}
	for b, ok := s.claim(delivery.Want{Most: 30}); ok; b, ok = s.claim(delivery.Want{Most: 30}) {
		for _, p := range b.People {
			seen[p.Seq]++
			if p.Attempt != 1 || p.First != nil {
				t.Errorf("%+v", p)
			}
		}
	}
	for seq := range int64(100) {
		if seen[seq+1] != 1 {
			t.Errorf("delivery %d was claimed %d times", seq+1, seen[seq+1])
		}
	}
}

// A rate below one a second, or between two whole ones, is kept as it was given:
// rounded down it would be none, and the send would go on as planned.
func TestALoweredRateIsTheOneThatWasGiven(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 9)
	s := r.sending(r.settings())
	for _, rate := range []float64{7.5, 0.4} {
		if _, err := r.service.Slow(ctx, r.gil, s.campaign.ID, campaign.Pace{MaxRatePerSecond: &rate}); err != nil {
			t.Fatal(err)
		}
		st, err := s.store.Stand(ctx, int64(s.campaign.ID), []delivery.Relay{{No: s.relay}})
		if err != nil || st.PerSecond != rate || r.get(s.campaign.ID).Rate() != rate {
			t.Errorf("lowered to %g, workers send %g a second, pages say %g (%v)", rate, st.PerSecond, r.get(s.campaign.ID).Rate(), err)
		}
	}
}
