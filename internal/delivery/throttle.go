package delivery

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// throttle hands sending rights to connections, one before each MAIL, at the
// rate that is allowed at the moment.
type throttle struct {
	limiter Limiter
	relay   int64
	rate    atomic.Uint64 // bits of a float64
}

func newThrottle(l Limiter, relay int64, perSecond float64) *throttle {
	t := &throttle{limiter: l, relay: relay}
	t.set(perSecond)
	return t
}

func (t *throttle) set(perSecond float64) { t.rate.Store(math.Float64bits(perSecond)) }

// take waits for one right. While the limiter is away nothing is sent, and it
// is asked again. The error is ctx's.
func (t *throttle) take(ctx context.Context) error {
	for {
		err := t.limiter.Wait(ctx, t.relay, math.Float64frombits(t.rate.Load()))
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
