package delivery

import (
	"context"
	"slices"
	"sync"
	"time"
)

// seats are the connections that this process may have open with one relay,
// over all runs. A run that has more than another one that waits gives way
// between two messages.
type seats struct {
	turn time.Duration // how long a seat is kept that cannot be shared evenly

	mu      sync.Mutex
	parties map[*party]bool
	tickets int64
	changed chan struct{}
}

// party is a run that wants seats: at most limit are taken while it takes one,
// and at most most are its own.
type party struct {
	limit   int
	most    int
	taken   int
	waiting []int64 // tickets, oldest first
}

// wants tells whether somebody of the party waits who may have a seat.
func (p *party) wants() bool { return len(p.waiting) > 0 && p.taken < p.most }

// turnSpan is how long a seat is kept that cannot be shared evenly.
const turnSpan = 5 * time.Second

func newSeats(pace float64) *seats {
	return &seats{turn: time.Duration(float64(turnSpan) / max(pace, 1)), parties: map[*party]bool{}, changed: make(chan struct{})}
}

func (s *seats) join(limit, most int) *party {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &party{limit: limit, most: most}
	s.parties[p] = true
	return p
}

func (s *seats) leave(p *party) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parties, p)
}

// resize sets how many seats a party may have from now on. Those over it are
// given back between two messages.
func (s *seats) resize(p *party, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.most != most {
		p.most = most
		s.tell()
	}
}

// wanted tells whether another party waits for a seat that this one has.
func (s *seats) wanted(p *party) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q := range s.parties {
		if q != p && q.wants() {
			return true
		}
	}
	return false
}

// take waits for a seat. It is false when ctx ended or enough was closed first.
func (s *seats) take(ctx context.Context, enough <-chan struct{}, p *party) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tickets++
	ticket := s.tickets
	p.waiting = append(p.waiting, ticket)
	defer s.tell()
	defer func() { p.waiting = slices.DeleteFunc(p.waiting, func(t int64) bool { return t == ticket }) }()
	for !s.may(p, ticket) {
		changed := s.changed
		s.mu.Unlock()
		over := false
		select {
		case <-ctx.Done():
			over = true
		case <-enough:
			over = true
		case <-changed:
		}
		s.mu.Lock()
		if over {
			return false
		}
	}
	p.taken++
	return true
}

// may tells whether a party may take a seat now: one is free, and nobody who
// could use it has fewer, or as many and has waited longer.
func (s *seats) may(p *party, ticket int64) bool {
	total := s.total()
	if total >= p.limit || p.taken >= p.most {
		return false
	}
	for q := range s.parties {
		if q == p || !q.wants() || total >= q.limit {
			continue
		}
		if q.taken < p.taken || q.taken == p.taken && q.waiting[0] < ticket {
			return false
		}
	}
	return true
}

// give hands a seat back.
func (s *seats) give(p *party) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.taken--
	s.tell()
}

// yields tells whether a seat that a party has had since then is due to
// another: one that waits and has at least two fewer, or one fewer for a turn.
func (s *seats) yields(p *party, since time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.taken > p.most {
		return true
	}
	for q := range s.parties {
		if q == p || !q.wants() || s.total() > q.limit {
			continue
		}
		if gap := p.taken - q.taken; gap > 1 || gap == 1 && time.Since(since) >= s.turn {
			return true
		}
	}
	return false
}

func (s *seats) total() int {
	n := 0
	for p := range s.parties {
		n += p.taken
	}
	return n
}

// tell wakes everybody who waits.
func (s *seats) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}
