package identity

import (
	"time"

	"forthwith/internal/fault"
)

const (
	freeTries   = 4 // a typing mistake costs nothing
	firstWait   = 2 * time.Second
	longestWait = 15 * time.Minute
)

// Tries counts wrong tries at one account.
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

// missed counts one more wrong try: from the fifth on, each doubles the wait.
func (t Tries) missed(now time.Time) Tries {
	t.Wrong++
	t.NextAt = now
	if over := t.Wrong - freeTries; over > 0 {
		wait := longestWait
		if over < 12 {
			wait = min(firstWait<<(over-1), longestWait)
		}
		t.NextAt = now.Add(wait)
	}
	return t
}
