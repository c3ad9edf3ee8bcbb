package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
)

// finish runs an engine and the sweeps until the campaign is complete or
// nothing moves any more.
func (r *rig) finish(connections int) {
	r.t.Helper()
	ctx := context.Background()
	e := r.engine("finisher")
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if err := e.Run(ctx, ctx, r.job(connections)); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.store.Bury(ctx); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.store.Gather(ctx); err != nil {
			r.t.Fatal(err)
		}
		if err := r.store.Conclude(ctx); err != nil {
			r.t.Fatal(err)
		}
		if r.count("state <> 'sending'", "campaign") == 1 || r.idle() {
			return
		}
	}
	r.t.Fatalf("not finished: %v", r.statuses())
}

// idle: what is left waits for a person.
func (r *rig) idle() bool {
	return r.number("SELECT count(*) FROM batch WHERE campaign_no = $1 AND NOT done", r.campaign) == 0 &&
		r.number("SELECT count(*) FROM delivery_open WHERE campaign_no = $1 AND status <> 'indeterminate'", r.campaign) == 0
}

func (r *rig) count(where, table string) int64 {
	r.t.Helper()
	return r.number("SELECT count(*) FROM "+table+" WHERE campaign_no = $1 AND "+where, r.campaign)
}

func (r *rig) statuses() map[outcome.Status]int {
	r.t.Helper()
	rows, err := r.app.Query(context.Background(), "SELECT status, count(*) FROM delivery WHERE campaign_no = $1 GROUP BY 1", r.campaign)
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[outcome.Status]int{}
	var status string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&status, &n}, func() error { out[outcome.Status(status)] = n; return nil }); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// messages are those of all relays.
func (r *rig) messages() []relaytest.Message {
	all := r.relay.Messages()
	if r.second != nil {
		all = append(all, r.second.Messages()...)
	}
	return all
}

// invariants holds the relay's own record against the database: C-1 to C-4.
func (r *rig) invariants() {
	r.t.Helper()
	total := 0
	for _, n := range r.statuses() {
		total += n
	}
	if total != r.people {
		r.t.Errorf("statuses sum to %d of %d", total, r.people)
	}
	accepted := map[string]int{}
	for _, m := range r.messages() {
		if len(m.Rcpt) != 1 {
			r.t.Errorf("a message has %d recipients", len(m.Rcpt))
			continue
		}
		var seq int64
		if _, err := fmt.Sscanf(m.Rcpt[0], "p%d@", &seq); err != nil {
			r.t.Fatal(err)
		}
		if n := bytes.Count(m.Raw, []byte("[m")); n != 1 || !bytes.Contains(m.Raw, fmt.Appendf(nil, "[m%d]", seq)) {
			r.t.Errorf("delivery %d carries foreign markers", seq)
		}
		if m.Accepted {
			accepted[m.Rcpt[0]]++
		}
	}
	r.compare(accepted)
}

func (r *rig) compare(accepted map[string]int) {
	r.t.Helper()
	rows, err := r.app.Query(context.Background(), `SELECT d.seq, d.status, EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = d.campaign_no AND o.seq = d.seq AND o.lost AND o.phase IN ('dot', 'lease')),
		(SELECT count(*) FROM intent i WHERE i.campaign_no = d.campaign_no AND i.seq = d.seq) FROM delivery d WHERE d.campaign_no = $1`, r.campaign)
	if err != nil {
		r.t.Fatal(err)
	}
	var seq, intents int64
	var status string
	var unclear bool
	_, err = pgx.ForEachRow(rows, []any{&seq, &status, &unclear, &intents}, func() error {
		n := accepted[address(seq)]
		delete(accepted, address(seq))
		switch {
		case n > 1 && !unclear:
			r.t.Errorf("delivery %d was accepted %d times and nobody noticed", seq, n)
		case n > 2:
			r.t.Errorf("delivery %d was accepted %d times", seq, n)
		case n == 0 && outcome.Status(status) == outcome.Accepted:
			r.t.Errorf("delivery %d counts as accepted, the relay does not know it", seq)
		case n > 0 && intents == 0:
			r.t.Errorf("delivery %d was sent without an intent", seq)
		case n > 0 && outcome.Status(status) != outcome.Accepted && outcome.Status(status) != outcome.Indeterminate:
			r.t.Errorf("delivery %d was accepted, its status is %s", seq, status)
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(accepted) > 0 {
		r.t.Errorf("%d messages went to nobody in the campaign", len(accepted))
	}
}

func TestEverybodyIsTold(t *testing.T) {
	r := newRig(t, 1500, "hold", relaytest.Config{})
	r.finish(8)
	r.invariants()
	if got := r.statuses()[outcome.Accepted]; got != 1500 {
		t.Errorf("%d accepted of 1500: %v", got, r.statuses())
	}
	if r.count("state = 'complete'", "campaign") != 1 {
		t.Error("the campaign is not complete")
	}
}

// F9: the connection is dropped after the final dot.
func TestSilenceAfterTheMessageIsIndeterminate(t *testing.T) {
	for _, policy := range []string{"hold", "resend_once"} {
		t.Run(policy, func(t *testing.T) {
			r := newRig(t, 300, policy, relaytest.Config{Pace: pace})
			// More in a row would open the relay's circuit, and outlast the wait for
			// second copies, which would be dropped too.
			r.relay.On(relaytest.Rule{At: relaytest.Dot, Match: oneIn(4), Times: 40, Do: relaytest.Action{End: relaytest.CloseMute}})
			r.finish(4)
			r.invariants()
			got := r.statuses()
			if policy == "hold" && (got[outcome.Indeterminate] != 40 || got[outcome.Accepted] != 260) {
				t.Errorf("%v", got)
			}
			if policy == "resend_once" && got[outcome.Accepted] != 300 {
				t.Errorf("%v", got)
			}
			if policy == "resend_once" {
				r.sameMessageTwice()
			}
		})
	}
}

func (r *rig) sameMessageTwice() {
	first := map[string]relaytest.Message{}
	twice := 0
	for _, m := range r.relay.Messages() {
		if before, ok := first[m.Rcpt[0]]; ok {
			twice++
			if before.SHA256 != m.SHA256 {
				r.t.Errorf("the second message to one person has other bytes")
			}
		}
		first[m.Rcpt[0]] = m
	}
	if twice != 40 {
		r.t.Errorf("%d people got a second copy, 40 were unclear", twice)
	}
}

// F10: 250, then close or reset.
func TestA250IsNeverTakenBack(t *testing.T) {
	for name, end := range map[string]relaytest.End{"close": relaytest.ThenClose, "reset": relaytest.ThenReset} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 200, "hold", relaytest.Config{})
			r.relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: end}})
			r.finish(4)
			r.invariants()
			got := r.statuses()
			if end == relaytest.ThenClose && got[outcome.Accepted] != 200 {
				t.Errorf("%v", got)
			}
			if got[outcome.Accepted]+got[outcome.Indeterminate] != 200 {
				t.Errorf("%v", got)
			}
		})
	}
}

// F6 and F7 at the core: what is temporary is tried again, what is not is not.
func TestFailuresArePerPerson(t *testing.T) {
	r := newRig(t, 120, "hold", relaytest.Config{Pace: pace})
	r.relay.On(relaytest.For(address(7), relaytest.Rcpt, relaytest.Action{Code: 550, Enhanced: "5.1.1"}))
	r.relay.On(relaytest.For(address(8), relaytest.Rcpt, relaytest.Action{Code: 552, Enhanced: "5.2.2"}))
	r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Rcpt: address(9), Times: 2, Do: relaytest.Action{Code: 451, Enhanced: "4.7.1"}})
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Rcpt: address(10), Times: 1, Do: relaytest.Action{Code: 452}})
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Rcpt: address(11), Times: 1, Do: relaytest.Action{Code: 550, Enhanced: "5.7.1"}})
	r.relay.On(relaytest.For(address(12), relaytest.Rcpt, relaytest.Action{Code: 550, Enhanced: "5.7.1"}))
	r.finish(4)
	r.invariants()
	got := r.statuses()
	if got[outcome.Rejected] != 3 || got[outcome.Accepted] != 117 {
		t.Errorf("%v", got)
	}
	if n := r.count("kind = 'relay_at_fault'", "decision"); n < 2 {
		t.Errorf("%d decisions speak of the relay's fault", n)
	}
}

// F17: two workers, one batch.
// strangers gives the first so many people addresses that need SMTPUTF8.
type strangers int64

func (n strangers) Compose(_ context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	letters := plainLetters(claimed, now)
	for i := range letters {
		if letters[i].Seq <= int64(n) {
			letters[i].To = fmt.Sprintf("pé%d@example.com", letters[i].Seq)
		}
	}
	return handed(letters, nil), nil
}

// More people than open a circuit have addresses that the relay cannot take.
// They are told to be unreachable by mail; the relay goes on with the others.
func TestAddressesThatARelayCannotTakeAreNotItsFailure(t *testing.T) {
	const people, strange = 90, 30
	r := newRig(t, people, "hold", relaytest.Config{})
	job := r.job(4)
	job.Composer = strangers(strange)
	e := r.engine("worker")
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for ctx.Err() == nil && !r.idle() {
		r.turn(ctx, e, job)
	}
	if got := r.statuses(); got[outcome.Rejected] != strange || got[outcome.Accepted] != people-strange {
		t.Errorf("%v", got)
	}
	if n := r.number("SELECT count(*) FROM relay_event"); n != 0 || r.state(1) != "healthy" {
		t.Errorf("%d times something happened to the relay, which is %s", n, r.state(1))
	}
	if n := r.number("SELECT count(*) FROM outcome WHERE campaign_no = $1 AND phase = 'mail' AND code = 0 AND enhanced = '5.6.7' AND NOT lost", r.campaign); n != 2*strange {
		t.Errorf("%d outcomes say why, want two for each", n)
	}
	r.invariants()
}

func TestManyEnginesNeverSendTwice(t *testing.T) {
	r := newRig(t, 2000, "hold", relaytest.Config{})
	var all sync.WaitGroup
	job := r.job(4)
	for i := range 4 {
		e := r.engine(fmt.Sprintf("worker %d", i))
		for range 3 {
			all.Go(func() {
				if err := e.Run(context.Background(), context.Background(), job); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	r.finish(4)
	r.invariants()
	if got := r.statuses()[outcome.Accepted]; got != 2000 || len(r.relay.Messages()) != 2000 {
		t.Errorf("%d accepted, %d messages", got, len(r.relay.Messages()))
	}
}

// F1 at the core: an engine is cut off in the middle, and its lease ends.
func TestADeadWorkerLosesNobody(t *testing.T) {
	for _, policy := range []string{"hold", "resend_once"} {
		t.Run(policy, func(t *testing.T) {
			const connections = 6
			r := newRig(t, 1200, policy, relaytest.Config{Pace: pace})
			for round := range 5 {
				e := r.engine(fmt.Sprintf("victim %d", round))
				ctx, cut := context.WithCancel(context.Background())
				answered := 100 + 17*round
				silent := r.relay.Count(relaytest.Dot) + answered + connections
				off := r.relay.On(relaytest.Rule{At: relaytest.Dot, Skip: answered, Do: relaytest.Action{End: relaytest.SilenceMute}})
				done, job := make(chan struct{}), r.job(connections)
				go func() { _ = e.Run(ctx, ctx, job); close(done) }()
				r.until(func() bool { return r.relay.Count(relaytest.Dot) == silent && r.open() == connections })
				r.exec("UPDATE worker SET lease_until = '-infinity' WHERE worker_no = $1", e.Worker.No)
				lost, err := r.store.Bury(context.Background())
				if err != nil || lost != connections {
					t.Fatalf("%d attempts were left open: %v", lost, err)
				}
				off()
				cut()
				<-done
			}
			r.finish(connections)
			r.invariants()
			got := r.statuses()
			if policy == "hold" && got[outcome.Indeterminate]+got[outcome.Accepted] != 1200 {
				t.Errorf("%v", got)
			}
			if policy == "resend_once" && got[outcome.Accepted] != 1200 {
				t.Errorf("%v", got)
			}
		})
	}
}

// open counts intents without an outcome.
func (r *rig) open() int {
	return int(r.number(`SELECT count(*) FROM intent i WHERE campaign_no = $1 AND NOT EXISTS
		(SELECT 1 FROM outcome o WHERE o.campaign_no = i.campaign_no AND o.seq = i.seq AND o.attempt = i.attempt)`, r.campaign))
}

func (r *rig) until(cond func() bool) {
	r.t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-ticker.C:
		case <-deadline:
			r.t.Fatalf("waited in vain: %v", r.statuses())
		}
	}
}

// The truth that a buried worker still knew is appended and wins.
func TestALateAnswerIsNeverDropped(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	release := make(chan struct{})
	answer := sync.OnceFunc(func() { close(release) })
	t.Cleanup(answer) // the relay does not end before
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Match: func(relaytest.Transaction) bool { <-release; return false }})
	e := r.engine("slow")
	done, job := make(chan error, 1), r.job(1)
	go func() { done <- e.Run(context.Background(), context.Background(), job) }()
	r.until(func() bool { return r.open() == 1 })
	for lost := 0; lost == 0; { // it may take its lease again in between
		r.exec("UPDATE worker SET lease_until = '-infinity' WHERE worker_no = $1", e.Worker.No)
		var err error
		if lost, err = r.store.Bury(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.statuses(); got[outcome.Indeterminate] != 1 {
		t.Fatalf("%v", got)
	}
	answer()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 1 {
		t.Errorf("%v", got)
	}
}

// F5: every backend is terminated again and again while a send runs.
func TestTerminatedBackendsLoseNothing(t *testing.T) {
	r := newRig(t, 3000, "hold", relaytest.Config{})
	super := r.db.As(t, "postgres")
	e := r.engine("sender")
	ctx, stop := context.WithCancel(context.Background())
	var killing sync.WaitGroup
	killing.Go(func() {
		for range 12 {
			_, _ = super.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
				AND usename = $1 AND application_name = 'forthwith'`, postgres.AppRole)
			r.wait(ctx, 40*time.Millisecond)
		}
	})
	for r.number("SELECT count(*) FROM batch WHERE campaign_no = $1 AND NOT done", r.campaign) > 0 {
		_ = e.Run(context.Background(), context.Background(), r.job(8))
	}
	stop()
	killing.Wait()
	r.finish(8)
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != 3000 {
		t.Errorf("%v", got)
	}
}

func (r *rig) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
