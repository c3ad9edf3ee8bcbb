package main

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
)

var operator = access.Actor{Role: access.Ops, User: 1}

func (r *rig) campaigns() campaign.Service {
	return campaign.Service{Store: postgres.CampaignStore{DB: r.db.DB}}
}

// sending starts an engine and waits until some mail is out.
func (r *rig) sending(name string, mails int) (done chan error) {
	r.t.Helper()
	e, job := r.engine(name), r.job(6)
	done = make(chan error, 1)
	go func() { done <- e.Run(context.Background(), context.Background(), job) }()
	r.until(func() bool { return r.relay.Count(relaytest.Mail) >= mails })
	return done
}

// ended waits for a run that a pause or an abort must end, and holds that no
// intent was granted since.
func (r *rig) ended(done chan error) {
	r.t.Helper()
	intents := r.count("true", "intent")
	select {
	case err := <-done:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(2 * time.Second):
		r.t.Fatal("two seconds later the run goes on")
	}
	if n := r.count("true", "intent"); n != intents {
		r.t.Errorf("%d intents were granted after the answer", n-intents)
	}
}

// F20: no new mail once the pause is answered, and a resume repeats nobody.
func TestAPauseStopsAndAResumeRepeatsNobody(t *testing.T) {
	const people = 3000
	r := newRig(t, people, "hold", relaytest.Config{})
	ctx, no := context.Background(), id.Campaign(r.campaign)
	for round := range 3 {
		done := r.sending("sender", 300*(round+1))
		if _, err := r.campaigns().Pause(ctx, operator, no, "look at it"); err != nil {
			t.Fatal(err)
		}
		r.ended(done)
		if _, err := r.campaigns().Resume(ctx, operator, no); err != nil {
			t.Fatal(err)
		}
	}
	r.finish(6)
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != people || len(r.relay.Messages()) != people {
		t.Errorf("%v with %d messages", got, len(r.relay.Messages()))
	}
}

// F20: an abort is final, and everybody is either told or cancelled.
func TestAnAbortIsFinalAndAddsUp(t *testing.T) {
	const people = 3000
	r := newRig(t, people, "hold", relaytest.Config{})
	ctx, no := context.Background(), id.Campaign(r.campaign)
	done := r.sending("sender", 500)
	if _, err := r.campaigns().Abort(ctx, operator, no, "wrong text"); err != nil {
		t.Fatal(err)
	}
	r.ended(done)
	if _, err := r.campaigns().Resume(ctx, operator, no); fault.KindOf(err) != fault.Conflict {
		t.Errorf("resumed: %v", err)
	}
	r.finish(6)
	r.invariants()
	got := r.statuses()
	if got[outcome.Accepted] != len(r.relay.Messages()) || got[outcome.Accepted]+got[outcome.Cancelled] != people || got[outcome.Cancelled] == 0 {
		t.Errorf("%v with %d messages", got, len(r.relay.Messages()))
	}
}

// An attempt that is under way when the campaign is aborted, and fails
// afterwards, or at the same moment, is not tried again: it is cancelled.
func TestWhatFailsAfterAnAbortIsCancelled(t *testing.T) {
	for name, crossing := range map[string]bool{"after": false, "at the same moment": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 2, "hold", relaytest.Config{})
			ctx := context.Background()
			w := r.engine("sender").Worker
			c := r.attempt(w, 1)
			abort := func() {
				if _, err := r.campaigns().Abort(ctx, operator, id.Campaign(r.campaign), "wrong text"); err != nil {
					t.Error(err)
				}
			}
			g := r.answer(w, c, 2)
			g.Outcomes[0].Reply.Code, g.Outcomes[0].Ruling = 451, delivery.Ruling{Status: outcome.Deferred, After: time.Minute}
			if crossing {
				r.crossing(g, abort)
			} else {
				abort()
				if _, err := r.store.Commit(ctx, g); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.store.Conclude(ctx); err != nil {
				t.Fatal(err)
			}
			if got := r.statuses(); got[outcome.Cancelled] != 2 || r.count("true", "delivery_open") != 0 {
				t.Errorf("%v", got)
			}
		})
	}
}

// crossing does something that meets a group's rows before their commit.
func (r *rig) crossing(g delivery.Group, f func()) {
	r.t.Helper()
	ctx, o := context.Background(), g.Outcomes[0]
	tx, err := r.db.As(r.t, postgres.AppRole).Begin(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, sql := range []string{
		"INSERT INTO outcome (campaign_no, group_no, seq, attempt, n, position, code, lost, phase) VALUES ($1, 2, $2, 1, 0, 0, 451, false, 'dot')",
		"INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at) VALUES ($1, $2, 'deferred', now(), now() + interval '1 day')",
		"UPDATE delivery SET status = 'deferred', attempts = 1 WHERE campaign_no = $1 AND seq = $2",
	} {
		if _, err := tx.Exec(ctx, sql, r.campaign, o.Seq); err != nil {
			r.t.Fatal(err)
		}
	}
	f()
	if err := tx.Commit(ctx); err != nil {
		r.t.Fatal(err)
	}
}

// F19: a worker that is asked to end begins nothing new, waits for the answers
// under way, and leaves as unclear only what has none by the hard end.
func TestAnEndInOrderWaitsForAnswers(t *testing.T) {
	const connections, slower = 10, 5
	for name, c := range map[string]struct {
		reply   time.Duration
		unclear int
	}{"a reply after 5 s": {5 * time.Second, 0}, "a reply after 60 s": {60 * time.Second, connections}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 200, "hold", relaytest.Config{Pace: slower})
			off := r.relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{Delay: c.reply}})
			e, job := r.enginePaced("leaver", slower), r.job(connections)
			soft, stop := context.WithCancel(context.Background())
			hard, end := context.WithCancel(context.Background())
			defer end()
			done := make(chan error, 1)
			go func() { done <- e.Run(soft, hard, job) }()
			r.until(func() bool { return r.open() == connections && r.relay.Count(relaytest.Data) >= connections })
			stop()
			timer := time.AfterFunc(25*time.Second/slower, end)
			defer timer.Stop()
			before := r.relay.Count(relaytest.Mail)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if n := r.relay.Count(relaytest.Mail) - before; n > 0 {
				t.Errorf("%d messages were begun after the end", n)
			}
			if err := r.store.Retire(context.Background(), e.Worker); err != nil {
				t.Fatal(err)
			}
			if got := r.statuses(); got[outcome.Indeterminate] != c.unclear {
				t.Errorf("%v", got)
			}
			off()
			r.finish(connections)
			r.invariants()
		})
	}
}
