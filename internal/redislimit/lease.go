package redislimit

import (
	"context"
	"fmt"
	"time"
)

// lease holds the tokens that this process took ahead for one set of buckets.
// One caller at a time has the turn and asks Redis; the others queue behind.
type lease struct {
	turn  chan struct{}
	users int // guarded by the limiter's mutex

	// With the turn.
	now, next hand // next was taken while now was not used up
	asking    bool // for next
}

// hand is what was taken in one go.
type hand struct {
	left  int
	until time.Time
	rates []float64
}

// fresh tells whether a token is left that may still be used, under the rates
// that it was taken for.
func (h hand) fresh(limits []Limit) bool {
	if h.left < 1 || len(h.rates) != len(limits) || time.Now().After(h.until) {
		return false
	}
	for i, lim := range limits {
		if h.rates[i] != lim.PerSecond {
			return false
		}
	}
	return true
}

func handOf(granted int, limits []Limit) hand {
	h := hand{left: granted, until: time.Now().Add(slack), rates: make([]float64, len(limits))}
	for i, lim := range limits {
		h.rates[i] = lim.PerSecond
	}
	return h
}

// use takes a token that is at hand, and has others fetched before the last of
// them grow stale, so that nobody waits for Redis while tokens flow.
func (s *lease) use(l *Limiter, limits []Limit) bool {
	if !s.now.fresh(limits) {
		s.now, s.next = s.next, hand{}
		if !s.now.fresh(limits) {
			return false
		}
	}
	s.now.left--
	if !s.asking && time.Until(s.now.until) < slack/2 && s.next.left == 0 {
		s.asking = true
		go s.renew(l, limits, limits[0].block()-s.now.left)
	}
	return true
}

// renewal is how long Redis may take for tokens that nobody waits for.
const renewal = time.Second

// renew fetches the next hand. With what is left of the present one it is no
// more than a process may take ahead.
func (s *lease) renew(l *Limiter, limits []Limit, want int) {
	ctx, cancel := context.WithTimeout(context.Background(), renewal)
	defer cancel()
	granted, _, err := l.Take(ctx, want, limits...)
	taken := handOf(granted, limits)
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.asking = false
	if err == nil && granted > 0 {
		s.next = taken
	}
}

// spend uses one token, taking a block first where none is left or where what
// is left has grown stale.
func (s *lease) spend(ctx context.Context, l *Limiter, limits []Limit) error {
	defer l.leave(s)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for a token: %w", ctx.Err())
	}
	for !s.use(l, limits) {
		granted, again, err := l.Take(ctx, limits[0].block(), limits...)
		if err != nil {
			return err
		}
		if granted > 0 {
			s.now = handOf(granted, limits)
			continue
		}
		if err := pause(ctx, min(max(again, 100*time.Microsecond), longest)); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a token: %w", ctx.Err())
	}
}
