package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// most is the highest number of connections that were open at once, by the
// relay's own record. One that said QUIT counts as closed.
func (r *rig) most() int {
	open, most := map[int]bool{}, 0
	for _, e := range r.relay.Events() {
		switch e.Phase {
		case relaytest.Open:
			open[e.Conn] = true
		case relaytest.Quit, relaytest.Closed:
			delete(open, e.Conn)
		}
		most = max(most, len(open))
	}
	return most
}

// Two campaigns over one relay share what it allows one process, and neither
// waits for the other's end.
func TestTwoCampaignsShareTheConnectionsOfARelay(t *testing.T) {
	for _, connections := range []int{4, 1} {
		const people = 600
		r := newRig(t, people, "hold", relaytest.Config{})
		jobs := []delivery.Job{r.job(connections)}
		r.seed("hold")
		jobs = append(jobs, r.job(connections))
		e := r.enginePaced("sender", pace/20) // twenty times as patient: a crowded machine is no silent relay
		var all sync.WaitGroup
		for _, job := range jobs {
			all.Go(func() {
				if err := e.Run(context.Background(), context.Background(), job); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got, n := r.most(), len(r.relay.Messages()); got > connections || n != 2*people {
			t.Errorf("%d connections were open at once, %d are allowed; %d messages", got, connections, n)
		}
	}
}

// dried is a limiter whose bucket of one campaign is empty for good.
type dried struct {
	unlimited
	campaign int64
}

func (d dried) Try(a delivery.Allowance) bool { return a.Campaign != d.campaign }

func (d dried) Ask(_ context.Context, a delivery.Allowance) (delivery.Answer, error) {
	return delivery.Answer{Granted: a.Campaign != d.campaign, Again: time.Second}, nil
}

func (d dried) Wait(ctx context.Context, a delivery.Allowance) error {
	if a.Campaign != d.campaign {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// besideSlow runs a fast campaign to its end while a slow one goes on that had
// begun.
func (r *rig) besideSlow(e *delivery.Engine, slow, fast delivery.Job, begun func() bool) {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx, ctx, slow) }()
	r.until(begun)
	in, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	if err := e.Run(in, in, fast); err != nil {
		r.t.Error(err)
	}
	if n := len(r.relay.Messages()); n != r.people {
		r.t.Errorf("%d of %d messages went out beside a slow campaign", n, r.people)
	}
	stop()
	if err := <-done; err != nil {
		r.t.Error(err)
	}
}

// A campaign whose own rate allows nothing leaves its relay to the others, and
// goes on where it was.
func TestASlowCampaignLeavesItsRelayToOthers(t *testing.T) {
	const people = 30
	r := newRig(t, people, "hold", relaytest.Config{})
	slow := r.job(1)
	r.seed("hold")
	fast := r.job(1)
	e := r.engine("sender")
	e.Limiter = dried{campaign: slow.Campaign}
	r.besideSlow(e, slow, fast, func() bool {
		return r.number("SELECT count(*) FROM batch WHERE campaign_no = $1 AND worker_no IS NOT NULL", slow.Campaign) > 0
	})
	e.Limiter = unlimited{}
	if err := e.Run(t.Context(), t.Context(), slow); err != nil {
		t.Error(err)
	}
	if n := len(r.relay.Messages()); n != 2*people {
		t.Errorf("%d messages in all, %d people", n, 2*people)
	}
}

// onePlace is dried, with one place for a message to any domain.
type onePlace struct {
	dried
	place   chan struct{}
	entered func()
}

func (o onePlace) Enter(context.Context, delivery.Domain, int) (string, bool, error) {
	select {
	case o.place <- struct{}{}:
		o.entered()
		return "the place", true, nil
	default:
		return "", false, nil
	}
}

func (o onePlace) Leave(context.Context, string) { <-o.place }

// A campaign whose own rate allows nothing leaves the places of a bounded domain
// to the others.
func TestASlowCampaignLeavesABoundedDomainToOthers(t *testing.T) {
	for name, bounds := range map[string]string{
		"under way":          `max_concurrency = '{"default": 1}'`,
		"under way and rate": `max_concurrency = '{"default": 1}', pace_per_domain = '{"default": 1000}'`,
	} {
		t.Run(name, func(t *testing.T) {
			const people = 9
			r := newRig(t, people, "hold", relaytest.Config{})
			r.bound(bounds)
			slow := r.job(4)
			r.seed("hold")
			r.bound(bounds)
			fast := r.job(4)
			e := r.engine("sender")
			var entered atomic.Bool
			limits := onePlace{dried{campaign: slow.Campaign}, make(chan struct{}, 1), func() { entered.Store(true) }}
			e.Limiter = limits
			r.besideSlow(e, slow, fast, entered.Load)
			if len(limits.place) != 0 {
				t.Error("the place was kept at the end")
			}
		})
	}
}

// unhurried gives a right at a time, each after a while.
type unhurried struct{ unlimited }

func (unhurried) Try(delivery.Allowance) bool { return false }
func (unhurried) Wait(ctx context.Context, _ delivery.Allowance) error {
	timer := time.NewTimer(1200 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A relay that has waited for too long says 421 to the next message and hangs
// up. That is no failure of the message, which goes over a new connection.
func TestARelayMayTireOfAnIdleConnection(t *testing.T) {
	const people = 3
	r := newRig(t, people, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Mail, Match: func(t relaytest.Transaction) bool { return t.N >= t.Conn },
		Do: relaytest.Action{Code: 421, Enhanced: "4.4.2", End: relaytest.ThenClose}}) // each carries one
	e := r.engine("sender")
	e.Limiter = unhurried{}
	if err := e.Run(t.Context(), t.Context(), r.job(1)); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
}

// A relay that carries so many messages a connection says 421 to the next one.
// Nobody waits because of it, and the relay is not blamed.
func TestARelayMayBoundTheMessagesOfAConnection(t *testing.T) {
	const people, each = 300, 7
	for name, c := range map[string]relaytest.Config{"one command at a time": {}, "pipelining": {Pipelining: true}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, people, "hold", c)
			var mu sync.Mutex
			carried := map[int]int{}
			r.relay.On(relaytest.Rule{At: relaytest.Mail, Match: func(t relaytest.Transaction) bool {
				mu.Lock()
				defer mu.Unlock()
				carried[t.Conn]++
				return carried[t.Conn] > each
			}, Do: relaytest.Action{Code: 421, Enhanced: "4.7.0", End: relaytest.ThenClose}})
			if err := r.engine("sender").Run(t.Context(), t.Context(), r.job(4)); err != nil {
				t.Fatal(err)
			}
			if got := r.statuses(); got[outcome.Accepted] != people || r.state(1) != "healthy" {
				t.Errorf("%v, the relay is %s", got, r.state(1))
			}
			if len(carried) < people/each {
				t.Errorf("it went over %d connections", len(carried))
			}
			r.invariants()
		})
	}
}

// A run whose last connection waits for an answer lets another one work beside
// it, and its own answer still counts.
func TestARunThatOnlyWaitsForAnAnswerHoldsNothingBack(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	ctx := context.Background()
	off := r.relay.On(relaytest.For(address(1), relaytest.Dot, relaytest.Action{Delay: 2 * time.Second}))
	defer off()
	r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Rcpt: address(2), Times: 1, Do: relaytest.Action{Code: 451}})
	e, job, drained := r.enginePaced("sender", 1), r.job(3), make(chan struct{})
	job.Drained = func(bool) { close(drained) }
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx, ctx, job) }()
	<-drained
	r.until(func() bool { return r.count("status = 'deferred'", "delivery_open") == 1 && r.open() == 1 })
	r.exec("UPDATE delivery_open SET next_at = now() WHERE campaign_no = $1", r.campaign)
	if _, err := r.store.Gather(ctx); err != nil {
		t.Fatal(err)
	}
	if err := e.Run(ctx, ctx, r.job(3)); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 2 || r.open() != 1 {
		t.Errorf("while an answer is out: %v", got)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.finish(3)
	r.invariants()
	if got := r.statuses(); got[outcome.Accepted] != 3 || r.count("state = 'complete'", "campaign") != 1 {
		t.Errorf("%v", got)
	}
}

// A run that ended early while an answer is out gives the rest back at once:
// another run sends it, and repeats nobody.
func TestWhatARunDidNotSendDoesNotWaitForItsLastAnswer(t *testing.T) {
	for name, paused := range map[string]bool{"paused and resumed": true, "the record failed": false} {
		t.Run(name, func(t *testing.T) {
			const people = 1100
			r := newRig(t, people, "hold", relaytest.Config{})
			ctx := context.Background()
			r.relay.On(relaytest.For(address(1), relaytest.Dot, relaytest.Action{Delay: 5 * time.Second}))
			e, job, drained := r.enginePaced("sender", 1), r.job(2), make(chan struct{})
			job.Drained = func(bool) { close(drained) }
			if !paused {
				e.Store = &forgetful{DeliveryStore: r.store}
			}
			done := make(chan error, 1)
			go func() { done <- e.Run(ctx, ctx, job) }()
			if paused {
				r.until(func() bool { return r.relay.Count(relaytest.Data) >= 20 })
				if _, err := r.campaigns().Pause(ctx, operator, id.Campaign(r.campaign), "look at it"); err != nil {
					t.Fatal(err)
				}
			}
			<-drained
			if paused {
				if _, err := r.campaigns().Resume(ctx, operator, id.Campaign(r.campaign)); err != nil {
					t.Fatal(err)
				}
			}
			if n := r.count("NOT done AND worker_no IS NOT NULL", "batch"); n != 0 {
				t.Errorf("%d batches are held while nothing is begun", n)
			}
			if err := e.Run(ctx, ctx, r.job(2)); err != nil {
				t.Fatal(err)
			}
			open := r.open() // before the statuses: its answer may come between
			if got := r.statuses(); got[outcome.Accepted]+open < people || r.relay.Count(relaytest.Dot) > people {
				t.Errorf("while an answer is out: %v", got)
			}
			if err := <-done; (err != nil) == paused {
				t.Error(err)
			}
			r.finish(2)
			r.invariants()
			if got := r.statuses(); got[outcome.Accepted] != people || len(r.relay.Messages()) != people {
				t.Errorf("%v with %d messages", got, len(r.relay.Messages()))
			}
		})
	}
}
