package main

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
)

// stopping pauses the rig's campaign as a worker does.
type stopping struct {
	r    *rig
	last atomic.Pointer[delivery.Share]
}

func (s *stopping) Stop(ctx context.Context, bad delivery.Share) error {
	s.last.Store(&bad)
	return s.r.campaigns().Stop(ctx, id.Campaign(s.r.campaign), campaign.Share{Relay: id.Relay(bad.Relay), Domain: bad.Domain, Refusals: bad.Refusals})
}

// Where surely too many are refused the campaign pauses by itself, says why, and
// whoever resumes it is not stopped by what they have seen.
func TestTooManyRefusalsPauseACampaign(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, 2000, "hold", relaytest.Config{})
	off := r.relay.On(relaytest.Rule{At: relaytest.Rcpt, Match: oneIn(5), Do: relaytest.Action{Code: 550, Enhanced: "5.1.1"}})
	job := r.job(4)
	stop := &stopping{r: r}
	job.Stopper, job.StopAbove = stop, 5
	e := r.engine("stopped")
	if err := e.Run(ctx, ctx, job); err != nil {
		t.Fatal(err)
	}
	c, err := postgres.CampaignStore{DB: r.db.DB}.Campaign(ctx, id.Campaign(r.campaign))
	if err != nil {
		t.Fatal(err)
	}
	got := r.statuses()
	if bad := stop.last.Load(); c.State != campaign.Paused || bad == nil || bad.Relay != 1 || c.Reason.Code != "paused_relay_refuses" {
		t.Fatalf("%s because of %+v, %+v; %v", c.State, c.Reason, bad, got)
	}
	if got[outcome.Rejected] == 0 || got[outcome.Pending] < 1000 {
		t.Errorf("noticed late: %v", got)
	}
	off()
	if _, err := r.campaigns().Resume(ctx, operator, id.Campaign(r.campaign)); err != nil {
		t.Fatal(err)
	}
	stop.last.Store(nil)
	if err := e.Run(ctx, ctx, job); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); stop.last.Load() != nil || got[outcome.Pending] != 0 {
		t.Errorf("stopped again by %+v: %v", stop.last.Load(), got)
	}
	r.invariants()
}

// closing is a record whose first batches close before anybody is mailed.
type closing struct {
	postgres.DeliveryStore
	early, claims atomic.Int64
}

func (c *closing) Claim(ctx context.Context, job delivery.Job, w delivery.Worker, want delivery.Want) (delivery.Batch, error) {
	b, err := c.DeliveryStore.Claim(ctx, job, w, want)
	if c.claims.Add(1); err == nil && c.early.Add(-1) >= 0 {
		b.Closes = b.Now
	}
	return b, err
}

// Who was claimed before the window closed and not mailed in time, twice over,
// waits for the next one, and is mailed then, once.
func TestWhoIsLateForTheWindowWaitsForTheNextOne(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, 1500, "hold", relaytest.Config{})
	e := r.engine("late")
	store := &closing{DeliveryStore: r.store}
	store.early.Store(4)
	e.Store = store
	if err := e.Run(ctx, ctx, r.job(4)); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 1500 || store.claims.Load() < 8 {
		t.Errorf("%v after %d claims", got, store.claims.Load())
	}
	r.invariants()
}

// closingSoon is a record whose batches close a moment after their claim.
type closingSoon struct{ postgres.DeliveryStore }

func (c closingSoon) Claim(ctx context.Context, job delivery.Job, w delivery.Worker, want delivery.Want) (delivery.Batch, error) {
	b, err := c.DeliveryStore.Claim(ctx, job, w, want)
	b.Closes = b.Now.Add(500 * time.Millisecond)
	return b, err
}

// A relay whose circuit is open is not tried with a letter whose window closed
// while it waited for the try.
func TestARelayIsNotTriedWithALateLetter(t *testing.T) {
	r := newRig(t, 1, "hold", relaytest.Config{})
	r.pace = 1
	r.exec("UPDATE relay SET state = 'open', probe_at = now() + interval '1 second' WHERE relay_no = 1")
	ctx, stop := context.WithCancel(t.Context())
	e, job := r.engine("worker"), r.job(1)
	e.Store = closingSoon{r.store}
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx, ctx, job) }()
	r.until(func() bool { return r.relay.Count(relaytest.Mail) > 0 || r.count("fence > 1", "batch") > 0 })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := r.statuses(); r.relay.Count(relaytest.Mail) != 0 || got[outcome.Pending] != 1 {
		t.Errorf("tried after the window closed: %v", got)
	}
}
