package identity

import (
	"time"

	"forthwith/internal/fault"
)

// patience says how many wrong tries are free, and how the wait grows after
// them: each doubles it.
type patience struct {
	free           int // a typing mistake costs nothing
	first, longest time.Duration
	forgets        time.Duration // without a try for so long, they count anew; 0: never here
}

// One address may stand for a whole office, or for the proxy before us: it has
// more free tries than an account, and never waits long.
var (
	ofAccount = patience{free: 4, first: 2 * time.Second, longest: 15 * time.Minute}
	ofAddress = patience{free: 20, first: 2 * time.Second, longest: time.Minute, forgets: time.Hour}
)

// Tries counts wrong tries at one account, or from one address.
type Tries struct {
	Wrong  int
	NextAt time.Time
}

// allow refuses a try that comes too early.
func (t Tries) allow(now time.Time) error {
	wait := t.NextAt.Sub(now)
	if wait <= 0 {
		return nil
	}
	seconds := int((wait + time.Second - 1) / time.Second)
	return fault.New(fault.Limited, "too_many_tries", fault.Values{"seconds": seconds}).After(wait)
}

// missed counts one more wrong try.
func (t Tries) missed(now time.Time, p patience) Tries {
	if p.forgets > 0 && now.Sub(t.NextAt) > p.forgets {
		t.Wrong = 0
	}
	t.Wrong++
	t.NextAt = now
	if over := t.Wrong - p.free; over > 0 {
		wait := p.longest
		if over < 12 {
			wait = min(p.first<<(over-1), p.longest)
		}
		t.NextAt = now.Add(wait)
	}
	return t
}

// forgiven takes one try back that was no wrong one.
func (t Tries) forgiven(now time.Time) Tries {
	return Tries{Wrong: max(t.Wrong-1, 0), NextAt: now}
}
