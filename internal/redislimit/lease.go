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
	left  int // with the turn
	until time.Time
	rates []float64
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
	for !s.fresh(limits) {
		granted, again, err := l.Take(ctx, limits[0].block(), limits...)
		if err != nil {
			return err
		}
		if granted > 0 {
			s.hold(granted, limits)
			continue
		}
		if err := pause(ctx, min(max(again, 100*time.Microsecond), longest)); err != nil {
			return err
		}
	}
	s.left--
	return nil
}

// fresh tells whether a token is left that may still be used, under the rates
// that it was taken for.
func (s *lease) fresh(limits []Limit) bool {
	if s.left < 1 || len(s.rates) != len(limits) || time.Now().After(s.until) {
		return false
	}
	for i, lim := range limits {
		if s.rates[i] != lim.PerSecond {
			return false
		}
	}
	return true
}

func (s *lease) hold(granted int, limits []Limit) {
	s.left, s.until, s.rates = granted, time.Now().Add(slack), s.rates[:0]
	for _, lim := range limits {
		s.rates = append(s.rates, lim.PerSecond)
	}
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
