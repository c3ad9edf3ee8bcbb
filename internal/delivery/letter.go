package delivery

import (
	"context"
	"iter"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/outcome"
	"forthwith/internal/relay"
)

// Batch is a span of deliveries, or a list of them to be tried again, that one
// worker has claimed.
type Batch struct {
	No     int64
	Fence  int64
	Now    time.Time // the database's clock at the claim
	Closes time.Time // after it nobody of the batch may be mailed; zero: at any time
	People []Claimed
}

// Want is what a worker can use of a batch.
type Want struct {
	Most int      // people
	Full []Domain // of which it has enough in hand
}

// SetAside is what a worker cannot use of a batch that it claimed.
type SetAside struct {
	Campaign int64
	Worker   Worker
	Claim    Claim
	Kept     []int64
	Aside    []Claimed
}

// Claimed is one delivery whose turn it is.
type Claimed struct {
	Seq       int64
	Recipient int64
	Variant   int
	Attempt   int // the number of the attempt to be made, from 1
	Leaf      canon.Hash
	Domain    Domain
	First     *First // set from the second attempt on
	Prior     []Prior
	Waited    bool // it stands among those that wait: it was put off before
}

// First is what the first intent fixed: every later attempt sends the same
// bytes.
type First struct {
	Date time.Time
	Hash canon.Hash
}

// Prior is how an earlier attempt ended.
type Prior struct {
	Relay   int64
	At      time.Time
	Verdict outcome.Verdict
}

// Letter is a message that is ready for the wire: exactly these bytes go out.
type Letter struct {
	Claimed
	From string // envelope sender
	To   string // the one envelope recipient
	Date time.Time
	Raw  []byte
	Hash canon.Hash

	// What the guard holds the bytes against.
	MessageID string
	Values    map[string][]string // of the fields of the text, by their names
}

// Composer makes the letters of claimed deliveries after it has checked them
// against the plan.
type Composer interface {
	// Compose reads what the letters need, and gives each as it is made, in their
	// order. A delivery that cannot be made comes with the reason instead of a
	// letter, and nothing of it reaches a relay.
	Compose(ctx context.Context, claimed []Claimed, now time.Time) (iter.Seq2[Letter, *Unmade], error)
}

// Unmade is a delivery whose letter could not be made.
type Unmade struct {
	Claimed Claimed
	Reason  error  // for the log
	Why     string // code of the sentence that goes on record
}

// Why a letter was not made.
const (
	NotAsApproved = "reason_not_as_approved" // it would not be what was approved
	NotMade       = "reason_not_made"        // the text cannot be filled in for this person
	Withheld      = "reason_withheld"        // the guard stopped the finished letter
)

// Relay is an approved relay as the plan has it.
type Relay struct {
	No             int64
	Revision       int
	MaxRate        float64 // messages a second, over all processes
	MaxConnections int
	WarmUp         *relay.WarmUp // nil: its own rate holds
}

// RateAt is what it may take at an instant of the database's clock.
func (r Relay) RateAt(at time.Time) float64 { return r.WarmUp.Rate(r.MaxRate, at) }

// Job is one campaign that is being sent.
type Job struct {
	Campaign    int64
	Incident    int64
	Relays      []Relay // in order
	Rate        float64 // messages a second: the lowest of plan, pace and relay
	ResendOnce  bool    // the policy for indeterminate deliveries; otherwise they are held
	ExpireAfter time.Duration
	Composer    Composer
	Guard       Guard
	Stopper     Stopper          // nil: no share of refused messages stops it
	StopAbove   float64          // percent
	Drained     func(moved bool) // called once when a run only waits for answers any more; moved: another relay should go on. May be nil
}
