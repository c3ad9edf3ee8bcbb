package delivery

import (
	"sync"
	"time"

	"forthwith/internal/outcome"
)

// A circuit opens when a relay fails so often: so many in a row whatever they
// were, so many dials in a row, or half of what was tried within a window that
// holds enough.
const (
	mostInARow  = 20
	mostDials   = 3
	window      = 60 // seconds
	enoughTries = 20
)

// Tried names one attempt.
type Tried struct {
	Campaign int64
	Seq      int64
	Attempt  int
}

// circuit watches how one relay answers this process, over all runs. Once it
// has fallen, each refusal is the relay's until it is reset.
type circuit struct {
	pace float64

	mu     sync.Mutex
	streak []Tried // failures since the last acceptance
	dials  int
	second [window]tally
	fallen bool
	fell   chan struct{}     // closed when it falls
	toSave map[int64][]Tried // failures of the run that opened it, by campaign
}

// tally counts what ended within one second.
type tally struct{ second, all, bad int64 }

func newCircuit(pace float64) *circuit {
	return &circuit{pace: max(pace, 1), fell: make(chan struct{}), toSave: map[int64][]Tried{}}
}

// note adds how an attempt ended. It is true for the one that opens the
// circuit.
func (c *circuit) note(at time.Time, t Tried, r outcome.Reply) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	blame := r.Blame()
	switch {
	case blame == outcome.BlameMailbox:
		return false
	case blame == outcome.BlameNobody:
		c.streak, c.dials = nil, 0
	case c.fallen:
		return false // it is put off for the relay's sake anyway
	default:
		c.streak = append(c.streak, t)
		if r.Dial() {
			c.dials++
		}
	}
	half := c.count(at, blame == outcome.BlameRelay)
	if c.fallen || len(c.streak) < mostInARow && c.dials < mostDials && !half {
		return false
	}
	c.open()
	return true
}

// count adds to the window, and tells whether half of it failed.
func (c *circuit) count(at time.Time, bad bool) bool {
	now := int64(float64(at.UnixNano()) * c.pace / 1e9)
	s := &c.second[now%window]
	if s.second != now {
		*s = tally{second: now}
	}
	s.all++
	if bad {
		s.bad++
	}
	var all, failed int64
	for _, s := range c.second {
		if now-s.second < window {
			all, failed = all+s.all, failed+s.bad
		}
	}
	return bad && all >= enoughTries && 2*failed >= all
}

// fall opens the circuit because others found that the relay fails.
func (c *circuit) fall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.fallen {
		c.open()
	}
}

func (c *circuit) open() {
	c.fallen = true
	for _, t := range c.streak {
		c.toSave[t.Campaign] = append(c.toSave[t.Campaign], t)
	}
	c.streak, c.dials, c.second = nil, 0, [window]tally{}
	close(c.fell)
}

// reset begins anew with a relay that works again.
func (c *circuit) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fallen {
		c.fallen, c.fell = false, make(chan struct{})
	}
}

// down tells whether the circuit has fallen.
func (c *circuit) down() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fallen
}

// falls is closed when the circuit falls.
func (c *circuit) falls() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fell
}

// saved takes the attempts of a campaign that a broken relay may have refused.
func (c *circuit) saved(campaign int64) []Tried {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.toSave[campaign]
	delete(c.toSave, campaign)
	return out
}
