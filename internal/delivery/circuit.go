package delivery

import (
	"maps"
	"slices"
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
	streak []failure   // since the last message that was begun and accepted
	blamed []blamed    // what the relay was blamed for lately, whatever came between
	dials  []time.Time // that failed since then
	second [window]tally
	fallen bool
	fell   chan struct{}     // closed when it falls
	toSave map[int64][]Tried // failures that the relay may have caused, by campaign
}

// failure is one attempt that failed, whoever is to blame.
type failure struct {
	Tried
	at time.Time
}

// blamed is one attempt that failed because of the relay.
type blamed struct {
	Tried
	second int64
}

// mostBlamed bounds what is remembered.
const mostBlamed = 10_000

// tally counts what ended within one second.
type tally struct{ second, all, bad int64 }

func newCircuit(pace float64) *circuit {
	return &circuit{pace: max(pace, 1), fell: make(chan struct{}), toSave: map[int64][]Tried{}}
}

// note adds how an attempt ended that was begun at an instant. It is true for
// the one that opens the circuit. An acceptance proves that the relay worked
// when the message was begun, and clears only what failed before.
func (c *circuit) note(begun, at time.Time, t Tried, r outcome.Reply) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	blame := r.Blame()
	switch {
	case blame == outcome.BlameMailbox:
		return false
	case blame == outcome.BlameNobody:
		c.streak = slices.DeleteFunc(c.streak, func(f failure) bool { return f.at.Before(begun) })
		c.dials = slices.DeleteFunc(c.dials, func(at time.Time) bool { return at.Before(begun) })
	case c.fallen:
		return false // it is put off for the relay's sake anyway
	default:
		c.streak = append(c.streak, failure{t, at})
		if blame == outcome.BlameRelay {
			c.blamed = append(c.lately(c.clock(at)), blamed{t, c.clock(at)})
		}
		if r.Dial() {
			c.dials = append(c.dials, at)
		}
	}
	half := c.count(c.clock(at), blame == outcome.BlameRelay)
	if c.fallen || len(c.streak) < mostInARow && len(c.dials) < mostDials && !half {
		return false
	}
	c.open()
	return true
}

// clock is the second of an instant, at the circuit's pace.
func (c *circuit) clock(at time.Time) int64 { return int64(float64(at.UnixNano()) * c.pace / 1e9) }

// lately drops what is older than the window.
func (c *circuit) lately(now int64) []blamed {
	old := 0
	for old < len(c.blamed) && (now-c.blamed[old].second >= window || len(c.blamed)-old >= mostBlamed) {
		old++
	}
	return c.blamed[old:]
}

// count adds to the window, and tells whether half of it failed.
func (c *circuit) count(now int64, bad bool) bool {
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
	named := map[Tried]bool{}
	for _, f := range c.blamed {
		named[f.Tried] = true
		c.toSave[f.Campaign] = append(c.toSave[f.Campaign], f.Tried)
	}
	for _, f := range c.streak {
		if !named[f.Tried] {
			c.toSave[f.Campaign] = append(c.toSave[f.Campaign], f.Tried)
		}
	}
	c.streak, c.blamed, c.dials, c.second = nil, nil, nil, [window]tally{}
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

// toSaveOf are the campaigns with attempts that a broken relay may have refused.
func (c *circuit) toSaveOf() []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.toSave))
}

// saved takes the attempts of a campaign that a broken relay may have refused.
func (c *circuit) saved(campaign int64) []Tried {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.toSave[campaign]
	delete(c.toSave, campaign)
	return out
}
