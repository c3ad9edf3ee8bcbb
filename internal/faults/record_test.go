package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
)

// attempt claims everything for a worker and puts the first person's intent on
// record.
func (r *rig) attempt(w delivery.Worker, group int64) delivery.Claimed {
	r.t.Helper()
	ctx := context.Background()
	b, err := r.store.Claim(ctx, r.job(1), w, delivery.Want{Most: 512})
	if err != nil {
		r.t.Fatal(err)
	}
	c := b.People[0]
	granted, err := r.store.Commit(ctx, delivery.Group{Campaign: r.campaign, Incident: r.incident, Worker: w, No: group, At: b.Now,
		Intents: []delivery.Intent{{Seq: c.Seq, Attempt: c.Attempt, Batch: b.No, Fence: b.Fence, Relay: r.job(1).Relays[0], Date: b.Now}}})
	if err != nil || !granted[0] {
		r.t.Fatalf("%v, %v", granted, err)
	}
	return c
}

// answer is a group with one 250.
func (r *rig) answer(w delivery.Worker, c delivery.Claimed, group int64) delivery.Group {
	return delivery.Group{Campaign: r.campaign, Incident: r.incident, Worker: w, No: group, At: time.Now(), Outcomes: []delivery.Outcome{{
		Seq: c.Seq, Attempt: c.Attempt, Relay: 1, Reply: outcome.Reply{Phase: outcome.PhaseDot, Code: 250}, Ruling: delivery.Ruling{Status: outcome.Accepted}}}}
}

// blocked is the backend of ours that waits for a lock.
func (r *rig) blocked(super *pgx.Conn) (pid int64) {
	_ = super.QueryRow(context.Background(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database()
		AND wait_event_type = 'Lock' AND application_name = 'forthwith' LIMIT 1`).Scan(&pid)
	return pid
}

// stuck is how many backends of ours wait for a lock.
func (r *rig) stuck(super *pgx.Conn) (n int) {
	_ = super.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
		AND wait_event_type = 'Lock' AND application_name = 'forthwith'`).Scan(&n)
	return n
}

func (r *rig) bury(w delivery.Worker) {
	r.t.Helper()
	r.exec("UPDATE worker SET lease_until = '-infinity' WHERE worker_no = $1", w.No)
	if _, err := r.store.Bury(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// A worker that others declared dead learns of it at its next renewal. Until
// then it may claim nothing: nobody would look after it a second time.
func TestADeadWorkerClaimsNothing(t *testing.T) {
	r := newRig(t, 10, "hold", relaytest.Config{})
	w := r.engine("stale").Worker
	r.bury(w)
	if b, err := r.store.Claim(context.Background(), r.job(1), w, delivery.Want{Most: 512}); !errors.Is(err, delivery.ErrNothingFree) {
		t.Errorf("it claimed %d people: %v", len(b.People), err)
	}
}

// The burial and the stale worker's 250 come at the same moment.
func TestAnAnswerThatCrossesTheBurialIsKept(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	super, other := r.db.As(t, "postgres"), r.db.As(t, postgres.AppRole)
	w := r.engine("stale").Worker
	c := r.attempt(w, 1)
	ctx := context.Background()
	tx, err := other.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, `INSERT INTO outcome (campaign_no, group_no, seq, attempt, n, position, code, lost, phase) VALUES ($1, 0, $2, 1, 0, 0, 0, true, 'lease')`, r.campaign, c.Seq)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := r.store.Commit(ctx, r.answer(w, c, 2))
		done <- err
	}()
	r.until(func() bool { return r.blocked(super) != 0 })
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the answer was refused: %v", err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 1 {
		t.Errorf("%v", got)
	}
}

// The connection to the record breaks between a late answer and the status
// that follows from it.
func TestALateAnswerAndItsStatusCommitTogether(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	super, other := r.db.As(t, "postgres"), r.db.As(t, postgres.AppRole)
	w := r.engine("stale").Worker
	c := r.attempt(w, 1)
	r.bury(w)
	ctx := context.Background()
	tx, err := other.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, "SELECT 1 FROM delivery WHERE campaign_no = $1 FOR UPDATE", r.campaign); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := r.store.Commit(ctx, r.answer(w, c, 2))
		done <- err
	}()
	r.until(func() bool { return r.blocked(super) != 0 })
	if _, err := super.Exec(ctx, "SELECT pg_terminate_backend($1)", r.blocked(super)); err != nil {
		t.Fatal(err)
	}
	err = <-done
	_ = tx.Rollback(ctx)
	if fault.KindOf(err) == fault.Unavailable {
		again := r.answer(w, c, 2)
		_, err = r.store.Commit(ctx, again)
	}
	if got := r.statuses(); err != nil || got[outcome.Accepted] != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// forgetful is a record whose answers are lost now and then although it did
// what it was asked for.
type forgetful struct {
	postgres.DeliveryStore
	every           int64
	commits, claims atomic.Int64
}

var errLostAnswer = fault.New(fault.Unavailable, "database_down", nil)

func (f *forgetful) Commit(ctx context.Context, g delivery.Group) ([]bool, error) {
	granted, err := f.DeliveryStore.Commit(ctx, g)
	if err == nil && f.every > 0 && f.commits.Add(1)%f.every == 0 {
		return nil, errLostAnswer
	}
	return granted, err
}

func (f *forgetful) Claim(ctx context.Context, job delivery.Job, w delivery.Worker, want delivery.Want) (delivery.Batch, error) {
	b, err := f.DeliveryStore.Claim(ctx, job, w, want)
	if err == nil && f.claims.Add(1) == 2 {
		return delivery.Batch{}, errLostAnswer
	}
	return b, err
}

// A group whose answer was lost is made once, and its intents are its own.
func TestAGroupIsMadeOnceHoweverOftenItIsAsked(t *testing.T) {
	r := newRig(t, 200, "hold", relaytest.Config{})
	e := r.engine("sender")
	e.Store = &forgetful{DeliveryStore: r.store, every: 3}
	if err := e.Run(context.Background(), context.Background(), r.job(4)); err != nil && fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	if n := r.open(); n != 0 {
		t.Errorf("%d intents stand alone", n)
	}
	r.finish(4)
	r.invariants()
	groups := r.number("SELECT count(DISTINCT group_no) FROM outcome WHERE campaign_no = $1", r.campaign)
	entries := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'outcomes_recorded'")
	if groups != entries {
		t.Errorf("%d groups, %d entries in the ledger", groups, entries)
	}
}

// The server goes on with a group although the way to it broke. Who asks again
// meets the first try, and finds that the group is made.
func TestAGroupThatTheServerIsStillAtIsMadeOnce(t *testing.T) {
	for name, answered := range map[string]bool{"an intent": false, "an answer and an intent": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 2, "hold", relaytest.Config{})
			w, ctx := r.engine("sender").Worker, context.Background()
			g := r.answer(w, r.attempt(w, 1), 2)
			if !answered {
				g.Outcomes = nil
			}
			g.Intents = []delivery.Intent{{Seq: 2, Attempt: 1, Batch: r.number("SELECT batch_no FROM batch"), Fence: r.number("SELECT fence FROM batch"), Relay: r.job(1).Relays[0], Date: time.Now()}}
			super := r.db.As(t, "postgres")
			hold, err := r.db.As(t, postgres.AppRole).Begin(ctx)
			if err == nil {
				_, err = hold.Exec(ctx, "SELECT 1 FROM batch FOR UPDATE")
			}
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan []bool, 2)
			for try := range 2 {
				go func() {
					g := g
					g.Again = try > 0
					granted, err := r.store.Commit(ctx, g)
					if err != nil {
						t.Error(err)
					}
					done <- granted
				}()
				r.until(func() bool { return r.stuck(super) > try })
			}
			if err := hold.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if granted := <-done; len(granted) != 1 || !granted[0] {
					t.Error("the intent is on record and was not granted")
				}
			}
			if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'outcomes_recorded'"); n != int64(len(g.Outcomes)) {
				t.Errorf("%d entries in the ledger", n)
			}
		})
	}
}

// A batch whose claim was answered by nobody is free when the run ends, though
// the worker lives on.
func TestALivingWorkerHoldsNothingAfterItsRun(t *testing.T) {
	r := newRig(t, 2000, "hold", relaytest.Config{})
	e := r.engine("sender")
	e.Store = &forgetful{DeliveryStore: r.store}
	if err := e.Run(context.Background(), context.Background(), r.job(4)); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	if n := r.count("NOT done AND worker_no IS NOT NULL", "batch"); n != 0 {
		t.Errorf("%d batches are held by nobody's run", n)
	}
	r.finish(4)
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != 2000 {
		t.Errorf("%v", got)
	}
}

// Whoever has an attempt under way is left out of a retry list: their refused
// intent would cost everybody behind them the batch.
func TestARetryListLeavesOutWhoIsUnderWay(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	ctx := context.Background()
	c := r.attempt(r.engine("first").Worker, 1)
	r.exec("INSERT INTO batch (campaign_no, batch_no, seqs) VALUES ($1, nextval('batch_number'), $2)", r.campaign, []int64{c.Seq, c.Seq + 1})
	b, err := r.store.Claim(ctx, r.job(1), r.engine("second").Worker, delivery.Want{Most: 512})
	if err != nil || len(b.People) != 1 || b.People[0].Seq != c.Seq+1 {
		t.Errorf("%+v, %v", b.People, err)
	}
}

// Whoever was put off since a retry list was made is not due, whatever became
// of the list.
func TestARetryListLeavesOutWhoIsNotDue(t *testing.T) {
	r := newRig(t, 2, "hold", relaytest.Config{})
	r.exec("UPDATE batch SET done = true WHERE campaign_no = $1", r.campaign)
	r.exec("UPDATE delivery SET status = 'deferred' WHERE campaign_no = $1", r.campaign)
	list := r.number("INSERT INTO batch (campaign_no, batch_no, seqs) VALUES ($1, nextval('batch_number'), '{1,2}') RETURNING batch_no", r.campaign)
	r.exec(`INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at, batch_no) VALUES
		($1, 1, 'deferred', now() + interval '1 hour', now() + interval '1 day', NULL), ($1, 2, 'deferred', NULL, now() + interval '1 day', $2)`, r.campaign, list)
	b, err := r.store.Claim(context.Background(), r.job(1), r.engine("sender").Worker, delivery.Want{Most: 512})
	if err != nil || len(b.People) != 1 || b.People[0].Seq != 2 {
		t.Errorf("%+v, %v", b.People, err)
	}
}
