package sender

import (
	"slices"
	"time"

	"forthwith/internal/id"
)

// State is what a look-up found of one thing.
type State string

// The states. CannotTell speaks neither for nor against.
const (
	OK         State = "ok"
	Wrong      State = "wrong" // missing, or not what it should be
	CannotTell State = "cannot_tell"
)

// Kind is what an item of a look-up is about.
type Kind string

// The kinds, in the order in which they are shown.
const (
	AboutPass   Kind = "pass" // whether notices pass DMARC
	AboutKey    Kind = "dkim"
	AboutDMARC  Kind = "dmarc"
	AboutSPF    Kind = "spf"
	AboutRelay  Kind = "relay"
	AboutBounce Kind = "bounce"
	AboutReply  Kind = "reply"
	AboutFrom   Kind = "from"
)

// Item is one thing that was looked up.
type Item struct {
	Kind    Kind           `json:"kind"`
	Subject string         `json:"subject"` // a selector, a domain, or the name of a relay
	State   State          `json:"state"`
	Code    string         `json:"code"` // the sentence about it
	Values  map[string]any `json:"values,omitempty"`
	Record  *Record        `json:"record,omitempty"` // that has to stand
	Found   []string       `json:"found,omitempty"`  // what stands, cut short
	Key     id.DKIMKey     `json:"key,omitempty"`
	Relay   id.Relay       `json:"relay,omitempty"`
	Host    string         `json:"host,omitempty"`  // of the relay, as it was
	Aside   bool           `json:"aside,omitempty"` // a key that signs nothing: no mail depends on it
}

// Check is one look-up of an identity: what its domains said at one time.
type Check struct {
	Sender   id.Sender
	Revision int // of the identity, as it was looked up
	At       time.Time
	By       id.User
	Items    []Item
	// Overtaken: a key of the identity, or a relay, was made or changed since.
	Overtaken bool
}

// Standing is what a look-up is worth now.
type Standing string

// The standings.
const (
	NeverLooked Standing = "never"
	LookedOld   Standing = "old"     // more than a week ago
	LookedOther Standing = "changed" // the identity, its keys or its relays are others now
	LookedWrong Standing = "wrong"
	LookedBlind Standing = "blind" // nothing answered
	LookedSome  Standing = "some"  // what could be told is right
	LookedWell  Standing = "well"
)

// FreshFor is how long a look-up counts.
const FreshFor = 7 * 24 * time.Hour

// Standing tells what a look-up is worth for a revision of its identity. A nil
// one was never made.
func (c *Check) Standing(revision int, at time.Time) Standing {
	switch {
	case c == nil:
		return NeverLooked
	case c.Revision != revision, c.Overtaken:
		return LookedOther
	case at.Sub(c.At) > FreshFor:
		return LookedOld
	}
	return worst(c.counting())
}

// Of leaves the items that concern a plan: all but those about other relays.
// Whether it was overtaken for that plan Covers tells.
func (c Check) Of(relays []id.Relay) Check {
	c.Overtaken = false
	c.Items = slices.DeleteFunc(slices.Clone(c.Items), func(i Item) bool { return i.Relay != 0 && !slices.Contains(relays, i.Relay) })
	return c
}

// Covers tells whether a look-up was about exactly these keys that sign, and
// about these relays, where they stand now.
func (c Check) Covers(keys []id.DKIMKey, relays []RelayHost) bool {
	var signing []id.DKIMKey
	for _, i := range c.counting() {
		if i.Kind == AboutKey {
			signing = append(signing, i.Key)
		}
	}
	keys = slices.Clone(keys)
	slices.Sort(keys)
	if slices.Sort(signing); !slices.Equal(keys, signing) {
		return false
	}
	for _, r := range relays {
		if !slices.ContainsFunc(c.Items, func(i Item) bool { return i.Relay == r.ID && i.Host == r.Host }) {
			return false
		}
	}
	return true
}

// Missing are the items that are wrong and that mail depends on.
func (c Check) Missing() []Item {
	return slices.DeleteFunc(c.counting(), func(i Item) bool { return i.State != Wrong })
}

func (c Check) counting() []Item {
	return slices.DeleteFunc(slices.Clone(c.Items), func(i Item) bool { return i.Aside })
}

func worst(all []Item) Standing {
	count := map[State]int{}
	for _, i := range all {
		count[i.State]++
	}
	switch {
	case count[Wrong] > 0:
		return LookedWrong
	case count[CannotTell] == 0:
		return LookedWell
	case count[OK] == 0:
		return LookedBlind
	}
	return LookedSome
}
