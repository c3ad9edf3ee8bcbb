package delivery

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// gate stands before the dialling of one relay. While the relay does not
// answer, one connection at a time tries it, after a growing wait; the others
// keep their letters untouched.
type gate struct {
	pace float64

	mu       sync.Mutex
	failures int
	next     time.Time
	probing  bool
	changed  chan struct{}
}

const (
	firstRedial   = time.Second
	longestRedial = time.Minute
)

func newGate(pace float64) *gate { return &gate{pace: pace, changed: make(chan struct{})} }

// enter waits until a dial may be tried. It is false when ctx ended first.
func (g *gate) enter(ctx context.Context) bool {
	for {
		g.mu.Lock()
		wait := time.Until(g.next)
		if g.failures == 0 || !g.probing && wait <= 0 {
			g.probing = g.failures > 0
			g.mu.Unlock()
			return true
		}
		if g.probing {
			wait = longestRedial
		}
		changed := g.changed
		g.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// leave says how the dial ended.
func (g *gate) leave(ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
	switch {
	case ok:
		g.failures = 0
	case g.failures == 0 || time.Now().After(g.next): // many that fail at once are one failure
		g.failures++
		d := min(firstRedial<<min(g.failures-1, 6), longestRedial)
		d += time.Duration(rand.Float64() * 0.2 * float64(d))
		g.next = time.Now().Add(time.Duration(float64(d) / g.pace))
	}
	close(g.changed)
	g.changed = make(chan struct{})
}
