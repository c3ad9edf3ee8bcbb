package delivery

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// leaseSpan is how much of the rate a process may hold in advance: bursts stay
// under a twentieth of a second.
const leaseSpan = 50 * time.Millisecond

// throttle hands sending rights to connections, one before each MAIL, from
// small leases of the shared bucket.
type throttle struct {
	leaser Leaser
	relay  int64
	rate   atomic.Uint64 // millionths of a message a second

	mu   sync.Mutex
	held int
	till time.Time // when held rights lapse: an idle process keeps none
}

func newThrottle(l Leaser, relay int64, perSecond float64) *throttle {
	t := &throttle{leaser: l, relay: relay}
	t.set(perSecond)
	return t
}

func (t *throttle) set(perSecond float64) { t.rate.Store(uint64(perSecond * 1e6)) }

// take waits for one right. The error is ctx's.
func (t *throttle) take(ctx context.Context) error {
	for {
		wait, ok := t.try(ctx)
		if ok {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// try takes a right if one is at hand or can be leased now; otherwise it tells
// how long to wait before it asks again.
func (t *throttle) try(ctx context.Context) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if now.After(t.till) {
		t.held = 0
	}
	if t.held == 0 {
		perSecond := float64(t.rate.Load()) / 1e6
		most := max(1, int(perSecond*leaseSpan.Seconds()))
		granted, wait, err := t.leaser.Lease(ctx, t.relay, perSecond, most)
		if err != nil {
			return 250 * time.Millisecond, false // fails closed, and asks again
		}
		if granted == 0 {
			return max(wait, time.Millisecond), false
		}
		t.held, t.till = granted, now.Add(time.Second)
	}
	t.held--
	return 0, true
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
