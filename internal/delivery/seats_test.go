package delivery

import (
	"context"
	"testing"
	"time"
)

// waitFor gives the scheduler room until a condition holds.
func waitFor(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for !cond() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (s *seats) state(p *party) (taken, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.taken, len(p.waiting)
}

// want starts n that want a seat for a party, and gives a channel of those who
// have one.
func (s *seats) want(ctx context.Context, p *party, n int) chan bool {
	got := make(chan bool, n)
	for range n {
		go func() { got <- s.take(ctx, nil, p) }()
	}
	return got
}

func TestSeatsAreSharedEvenlyAndNeverExceeded(t *testing.T) {
	s := newSeats(1)
	s.turn = time.Hour
	first, second := s.join(4, 4), s.join(4, 4)
	for range 4 {
		s.take(t.Context(), nil, first)
	}
	s.want(t.Context(), second, 4)
	waitFor(t, "the second waits", func() bool { _, n := s.state(second); return n == 4 })
	for i := range 2 {
		if !s.yields(first, time.Now()) {
			t.Fatalf("after %d the first keeps more than its half", i)
		}
		s.give(first)
		s.want(t.Context(), first, 1) // it wants its seat back at once
		waitFor(t, "the second has it", func() bool { n, _ := s.state(second); return n == i+1 })
	}
	if a, _ := s.state(first); a != 2 || s.yields(first, time.Now()) {
		t.Errorf("the first has %d and gives way for ever", a)
	}
}

func TestASeatThatCannotBeSharedGoesRound(t *testing.T) {
	s := newSeats(1)
	first, second := s.join(1, 1), s.join(1, 1)
	s.take(t.Context(), nil, first)
	s.want(t.Context(), second, 1)
	waitFor(t, "the second waits", func() bool { _, n := s.state(second); return n == 1 })
	if s.yields(first, time.Now()) || !s.yields(first, time.Now().Add(-s.turn)) {
		t.Fatal("a turn is not kept")
	}
	s.give(first)
	s.want(t.Context(), first, 1)
	waitFor(t, "the second has it", func() bool { n, _ := s.state(second); return n == 1 })
}

func TestASmallerLimitHoldsNobodyElseBack(t *testing.T) {
	s := newSeats(1)
	large, small := s.join(3, 3), s.join(1, 1)
	s.take(t.Context(), nil, large)
	ctx, stop := context.WithCancel(t.Context())
	got := s.want(ctx, small, 1)
	waitFor(t, "the smaller waits", func() bool { _, n := s.state(small); return n == 1 })
	for range 2 {
		if !s.take(t.Context(), nil, large) {
			t.Error("the larger got no second and third seat")
		}
	}
	stop()
	if <-got {
		t.Error("the smaller got a seat above its limit")
	}
	enough := make(chan struct{})
	close(enough)
	if s.take(t.Context(), enough, large) {
		t.Error("a fourth seat was given")
	}
}

func TestARateThatNeedsFewSeatsTakesFew(t *testing.T) {
	s := newSeats(1)
	slow, fast := s.join(4, 1), s.join(4, 4)
	s.take(t.Context(), nil, slow)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s.want(ctx, slow, 1)
	waitFor(t, "the slow waits", func() bool { _, n := s.state(slow); return n == 1 })
	for range 3 {
		s.take(t.Context(), nil, fast)
	}
	if s.yields(fast, time.Now().Add(-time.Hour)) || s.wanted(fast) {
		t.Error("the fast gives way to seats that the slow cannot use")
	}
	s.resize(slow, 2)
	if !s.wanted(fast) || !s.yields(fast, time.Now()) {
		t.Error("the slow may have two now, and does not get it")
	}
	s.resize(fast, 2)
	if !s.yields(fast, time.Now()) {
		t.Error("three seats are kept where two are of use")
	}
}
