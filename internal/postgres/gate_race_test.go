package postgres_test

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// between does something once, after a review has read the first leaf of a rule.
type between struct {
	cohort.GateStore
	then func()
}

type betweenTx struct {
	cohort.ReviewTx
	of *between
}

func (b *between) Review(ctx context.Context, incident id.Incident, f func(cohort.ReviewTx) error) error {
	return b.GateStore.Review(ctx, incident, func(tx cohort.ReviewTx) error { return f(betweenTx{tx, b}) })
}

func (t betweenTx) Attribute(ctx context.Context, leaf cohort.Leaf) (cohort.Bitset, error) {
	set, err := t.ReviewTx.Attribute(ctx, leaf)
	if t.of.then != nil {
		t.of.then()
		t.of.then = nil
	}
	return set, err
}

func (r *gateRig) reviewWith(then func()) {
	r.t.Helper()
	gates := cohort.Gates{Store: &between{r.gates.Store, then}}
	if err := gates.Review(context.Background(), r.incident); err != nil {
		r.t.Fatal(err)
	}
}

// A list that is withdrawn while a review reads must not open a gate that was shut
// before and is shut after.
func TestAReviewReadsOneMoment(t *testing.T) {
	r := newGateRig(t, 4)
	r.lift()
	r.importing(2, "yes", 1)
	d := r.secured()
	d.Rule = rule(t, `{"all":[{"attribute":"secured","op":"eq","value":"yes"},{"not":{"list":"lst_2"}}]}`)
	if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); err != nil {
		t.Fatal(err)
	}
	r.reviewWith(func() { r.take(2) })
	if n := r.number("SELECT count(*) FROM gate_fact WHERE open"); n != 0 {
		t.Errorf("the gate opened for %d", n)
	}
}

// What asks for a review must not wait for one that runs: it may hold the
// campaigns that the review locks at its end.
func TestAReviewIsAskedForWhileOneRuns(t *testing.T) {
	r := newGateRig(t, 4)
	r.importing(2, "yes", 1)
	r.reviewWith(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := r.gates.Create(ctx, r.cem, r.incident, r.secured()); err != nil {
			t.Error(err)
		}
	})
	if n := r.number("SELECT count(*) FROM gate_due"); n != 1 {
		t.Errorf("%d reviews are due, want that which was asked for meanwhile", n)
	}
}

// A ruling on an unclear delivery that comes while a gate opens does not see the
// gate as it was: nobody would look at the person again.
func TestARulingWhileAGateOpensHoldsNobody(t *testing.T) {
	ctx := context.Background()
	r := newGateRig(t, 4)
	r.unless()
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 1})
	s.answerAll(b, func(int64) outcome.Reply { return outcome.Reply{Phase: outcome.PhaseDot, Lost: true} })
	r.tell(2, "no", 1, 2)
	r.take(2)
	stop, err := r.owner.Begin(ctx)
	if err == nil {
		_, err = stop.Exec(ctx, "SELECT 1 FROM delivery WHERE campaign_no = $1 AND seq = 2 FOR UPDATE", int64(s.campaign.ID))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stop.Rollback(ctx) }()
	waits := func(n int64, ended chan error) bool {
		return len(ended) > 0 || r.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") >= n
	}
	reviewed, ruled := make(chan error, 1), make(chan error, 1)
	go func() { reviewed <- r.gates.Review(ctx, r.incident) }()
	for !waits(1, reviewed) {
	}
	go func() {
		ruled <- delivery.Desk{Store: postgres.ResolveStore{DB: r.db.DB}}.Resolve(ctx, r.gil, id.Delivery{Parent: int64(s.campaign.ID), No: 1}, delivery.Resend, "Nobody knows")
	}()
	for !waits(2, ruled) {
	}
	if err := stop.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	for _, ended := range []chan error{reviewed, ruled} {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	r.wantStatuses(s.campaign.ID, "1 deferred, 2 pending, 3 pending, 4 unaddressed")
}

// Whoever is held is let through while the window is open on their own clock, also
// where nobody else lives by it.
func TestWhoIsHeldKeepsTheirZone(t *testing.T) {
	r := newGateRig(t, 4)
	r.tell(2, "yes", 1)
	noon, _ := at(12)
	midnight, _ := at(0)
	r.exec("UPDATE recipient SET timezone = $1 WHERE recipient_no = 2", noon)
	settings := r.settings()
	settings.SendWindow = &campaign.Window{From: "10:00", To: "16:00", Zone: midnight}
	c := r.approvedAs(settings)
	r.tell(3, "yes", 2)
	if n := r.number("SELECT count(*) FROM batch WHERE campaign_no = $1 AND seqs = '{2}' AND zone = $2", int64(c.ID), noon); n != 1 {
		t.Errorf("%d batches in their zone", n)
	}
}

// The time for further attempts does not run while somebody is held.
func TestNobodyExpiresBehindAGate(t *testing.T) {
	ctx := context.Background()
	r := newGateRig(t, 3)
	r.unless()
	s := r.sending(r.settings())
	b, _ := s.claim(delivery.Want{Most: 1})
	s.answerAll(b, func(int64) outcome.Reply { return outcome.Reply{Phase: outcome.PhaseRcpt, Code: 451} })
	r.tell(2, "no", 1)
	r.exec("UPDATE delivery_open SET expire_at = now() - interval '1 hour' WHERE campaign_no = $1 AND expire_at < 'infinity'", int64(s.campaign.ID)) // days later
	r.untell(2)
	if _, err := s.store.Gather(ctx); err != nil {
		t.Fatal(err)
	}
	r.wantStatuses(s.campaign.ID, "1 deferred, 2 pending, 3 unaddressed")
}
