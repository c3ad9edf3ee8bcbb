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

// pace sets what the campaign may send from the next right on.
func (t *throttle) pace(perSecond float64) {
	a := *t.now.Load()
	a.CampaignRate = perSecond
	t.now.Store(&a)
}

func (t *throttle) rate() float64 { return t.now.Load().Rate() }

// try takes a right that is at hand.
func (t *throttle) try() bool { return t.limiter.Try(*t.now.Load()) }

// take waits for one right. While the limiter is away nothing is sent, and it
// is asked again. The error is ctx's.
func (t *throttle) take(ctx context.Context) error {
	for {
		err := t.limiter.Wait(ctx, *t.now.Load())
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := pause(ctx, 250*time.Millisecond); err != nil {
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
