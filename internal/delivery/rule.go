package delivery

import (
	"math/rand/v2"
	"time"

	"forthwith/internal/outcome"
)

// Ruling is what follows from an outcome: the new status, decisions that a
// rule takes, and when the next attempt is due.
type Ruling struct {
	Status     outcome.Status
	RelayFault bool          // decision: the refusal is not the recipient's
	Resend     bool          // decision: the unclear attempt is made once more
	After      time.Duration // until the next attempt, where there is one
}

// repeatAfter is how long the same relay must have gone on before its second
// refusal of a person is believed.
const repeatAfter = 15 * time.Minute

// Facts are what a ruling depends on beyond the reply.
type Facts struct {
	Claimed
	Relay         int64
	Now           time.Time
	RelayAccepted time.Time // when the relay last accepted anybody's message
	Fallen        bool      // the relay's circuit is open
	Elsewhere     bool      // another relay of the campaign can go on
	ResendOnce    bool
	Pace          float64 // divides waits; 1 in production
}

// Rule decides what follows from a reply. It is pure but for the jitter of the
// schedule.
func Rule(r outcome.Reply, f Facts) Ruling {
	switch r.Verdict() {
	case outcome.Took:
		return Ruling{Status: outcome.Accepted}
	case outcome.Refused:
		if f.Fallen && !f.repeated() {
			return f.blameRelay()
		}
		return Ruling{Status: outcome.Rejected}
	case outcome.Unknown:
		if f.ResendOnce && !f.unclearBefore() {
			return Ruling{Status: outcome.Deferred, Resend: true, After: delay(f.Attempt)}
		}
		return Ruling{Status: outcome.Indeterminate}
	case outcome.RelayFault:
		if f.repeated() || r.Unfit() && len(f.Prior) > 0 {
			return Ruling{Status: outcome.Rejected}
		}
		return f.blameRelay()
	}
	if f.moves() && r.Blame() == outcome.BlameRelay {
		return Ruling{Status: outcome.Deferred}
	}
	return Ruling{Status: outcome.Deferred, After: delay(f.Attempt)}
}

// moves tells whether the next attempt goes through another relay at once.
func (f Facts) moves() bool { return f.Fallen && f.Elsewhere }

// blameRelay puts a refusal off that is not the recipient's.
func (f Facts) blameRelay() Ruling {
	if f.moves() {
		return Ruling{Status: outcome.Deferred, RelayFault: true}
	}
	return Ruling{Status: outcome.Deferred, RelayFault: true, After: max(repeatAfter, delay(f.Attempt))}
}

// unclearBefore tells whether an earlier attempt was already made again
// without knowing: once is the policy.
func (f Facts) unclearBefore() bool {
	for _, p := range f.Prior {
		if p.Verdict == outcome.Unknown {
			return true
		}
	}
	return false
}

// repeated tells whether a refusal that looked like the relay's fault is
// confirmed: by another relay, or by the same one a quarter of an hour later
// while it accepts others.
func (f Facts) repeated() bool {
	for _, p := range f.Prior {
		if p.Verdict != outcome.RelayFault && p.Verdict != outcome.Refused {
			continue
		}
		if p.Relay != f.Relay {
			return true
		}
		if f.Now.Sub(p.At) >= time.Duration(float64(repeatAfter)/max(f.Pace, 1)) && f.RelayAccepted.After(p.At) {
			return true
		}
	}
	return false
}

// The schedule of temporary failures: five minutes, doubled up to four hours,
// each ± a fifth. Six attempts take more than five hours.
const (
	firstDelay  = 5 * time.Minute
	longestWait = 4 * time.Hour
)

func delay(attempt int) time.Duration {
	d := firstDelay
	for i := 1; i < attempt && d < longestWait; i++ {
		d *= 2
	}
	d = min(d, longestWait)
	return d + time.Duration((rand.Float64()-0.5)*0.4*float64(d))
}
