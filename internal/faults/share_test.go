package main

import (
	"context"
	"sync"
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
		e := r.engine("sender")
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

// A run whose last connection waits for an answer lets another one work beside
// it, and its own answer still counts.
func TestARunThatOnlyWaitsForAnAnswerHoldsNothingBack(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	ctx := context.Background()
	off := r.relay.On(relaytest.For(address(1), relaytest.Dot, relaytest.Action{Delay: 2 * time.Second}))
	defer off()
	r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Rcpt: address(2), Times: 1, Do: relaytest.Action{Code: 451}})
	e, job, drained := r.enginePaced("sender", 1), r.job(3), make(chan struct{})
	job.Drained = func() { close(drained) }
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
			job.Drained = func() { close(drained) }
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
			if got := r.statuses(); got[outcome.Accepted]+r.open() < people || r.relay.Count(relaytest.Dot) > people {
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
