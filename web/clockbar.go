package web

import (
	"sync"
	"time"

	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/web/views"
)

// clockStates are the clocks as bars show them, for some seconds: every page of an
// incident has one, and the first page has one for each incident.
type clockStates struct {
	mu  sync.Mutex
	all map[id.Incident]clockSeen
}

type clockSeen struct {
	said views.Said
	at   time.Time
}

// barAge is how old the state of a clock in a bar may be.
const barAge = 5 * time.Second

// clockState says how an incident's clock stands, at most barAge ago.
func (v *visit) clockState(no id.Incident) (views.Said, error) {
	s := &v.clocks
	s.mu.Lock()
	seen := s.all[no]
	s.mu.Unlock()
	if v.reckonedFor != no && time.Since(seen.at) < barAge {
		return seen.said, nil
	}
	clock, err := v.clock(no)
	if err != nil {
		return views.Said{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[id.Incident]clockSeen{}
	}
	seen = clockSeen{clockBar(clock), time.Now()}
	s.all[no] = seen
	return seen.said, nil
}

// clockBar is the state of the clock for the bar: what ends first.
func clockBar(c obligation.Clock) views.Said {
	if c.Overdue() {
		return state("bad", "warning", "bar_clock_over", 0)
	}
	if len(c.LateSends()) > 0 {
		return state("warn", "warning", "bar_clock_late", 0)
	}
	if next := c.Next(); next != nil {
		return views.Said{Tone: "info", Icon: "quarter", Word: spanTo(c.At, next.Clock.At())}
	}
	return state("idle", "ring", "bar_clock_none", 0)
}
