package delivery

import (
	"context"
	"sync/atomic"
	"time"
)

// throttle hands sending rights to connections, one before each MAIL, at the
// rates that are allowed at the moment.
type throttle struct {
	limiter Limiter
	now     atomic.Pointer[Allowance]
}

func newThrottle(l Limiter, a Allowance) *throttle {
	t := &throttle{limiter: l}
	t.now.Store(&a)
	return t
}

// pace sets what the campaign and the relay may send from the next right on.
func (t *throttle) pace(campaign, relay float64) {
	a := *t.now.Load()
	a.CampaignRate, a.RelayRate = campaign, relay
	t.now.Store(&a)
}

func (t *throttle) rate() float64 { return t.now.Load().Rate() }

// try takes a right that is at hand.
func (t *throttle) try() bool { return t.limiter.Try(*t.now.Load()) }

// allowance is what a message to a domain counts against now.
func (t *throttle) allowance(d Domain, rate float64) Allowance {
	a := *t.now.Load()
	a.Domain, a.DomainRate = d, rate
	return a
}

// ask takes a right for a message to a bounded domain, or says after how long to
// ask again, and whether the domain is what makes it wait. Rate 0 is a domain
// that bounds only how many are under way. While the limiter is away nothing is
// sent.
func (t *throttle) ask(ctx context.Context, d Domain, rate float64) (ok, domain bool, again time.Duration) {
	if rate == 0 && t.try() {
		return true, false, 0
	}
	got, err := t.limiter.Ask(ctx, t.allowance(d, rate))
	if err != nil {
		return false, false, limiterAway
	}
	return got.Granted, got.Domain, min(max(got.Again, time.Millisecond), longestAsk)
}

const (
	// limiterAway is how long a limiter is left alone that does not answer.
	limiterAway = 250 * time.Millisecond
	// longestAsk is the longest wait before a domain's right is asked for again,
	// so that a rate that was raised is noticed.
	longestAsk = time.Second
)

// take waits for one right. While the limiter is away nothing is sent, and it
// is asked again. The error is ctx's.
func (t *throttle) take(ctx context.Context) error {
	for {
		err := t.limiter.Wait(ctx, *t.now.Load())
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := pause(ctx, limiterAway); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
