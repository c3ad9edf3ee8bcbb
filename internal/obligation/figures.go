package obligation

import (
	"context"
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/outcome"
)

// Reached says what became of an affected person by now, over all campaigns of
// the incident. Each person counts once, by the first that fits.
type Reached string

// What became of people, in the order in which it counts.
const (
	Told      Reached = "told"       // a relay took a notice
	Unclear   Reached = "unclear"    // it may have
	Waiting   Reached = "waiting"    // for a campaign under way or paused
	Failed    Reached = "failed"     // refused, bounced or out of time
	LeftOut   Reached = "left_out"   // excluded, suppressed or cancelled
	NoAddress Reached = "no_address" // to be told by another way
	NotYet    Reached = "not_yet"    // in no campaign that was launched
)

// Reaches lists them in the order in which sums are shown.
var Reaches = []Reached{Told, Unclear, Waiting, Failed, LeftOut, NoAddress, NotYet}

// Statuses are those of deliveries in the order in which they count for a person
// who has several.
var Statuses = []outcome.Status{outcome.Accepted, outcome.Delivered, outcome.Complained, outcome.Indeterminate,
	outcome.Pending, outcome.Held, outcome.Sending, outcome.Deferred, outcome.Rejected, outcome.Bounced, outcome.Expired,
	outcome.Excluded, outcome.Suppressed, outcome.Cancelled, outcome.Unaddressed}

// ReachedBy tells what a status says of its person.
func ReachedBy(s outcome.Status) Reached {
	switch s {
	case outcome.Accepted, outcome.Delivered, outcome.Complained:
		return Told
	case outcome.Indeterminate:
		return Unclear
	case outcome.Pending, outcome.Held, outcome.Sending, outcome.Deferred:
		return Waiting
	case outcome.Rejected, outcome.Bounced, outcome.Expired:
		return Failed
	case outcome.Unaddressed:
		return NoAddress
	}
	return LeftOut
}

// Everywhere stands for the people of all places, Nowhere for those of none known.
const (
	Everywhere = "all"
	Nowhere    = "none"
)

// Count is how many people of a place are affected, as the sum of what became of
// them. A mailbox of several people counts all of them.
type Count struct {
	Place   string
	Reached map[Reached]int
}

// Affected is the sum.
func (c Count) Affected() int {
	n := 0
	for _, people := range c.Reached {
		n += people
	}
	return n
}

// Group are people of the same places of whom the same became.
type Group struct {
	Places  []string
	Reached Reached
	People  int
}

// Standing is what is read for figures, at one moment.
type Standing struct {
	At     time.Time
	Groups []Group
}

// Figures are what the form of an authority asks about an incident.
type Figures struct {
	At           time.Time
	Counts       []Count // everywhere, then places by name, countries with their parts, then of none known
	Incident     incident.Incident
	Organisation incident.Organisation
	First, Last  *time.Time // when notices began, and ended; nil: not yet
}

// Of gives the count of a place.
func (f Figures) Of(place string) (Count, bool) {
	for _, c := range f.Counts {
		if c.Place == place {
			return c, true
		}
	}
	return Count{}, false
}

// ErrNobodyThere means that no affected person lives in a place.
var ErrNobodyThere = fault.New(fault.NotFound, "nobody_there", nil)

// Figures counts the affected people of an incident by place, with what became of
// them.
func (s Service) Figures(ctx context.Context, by access.Actor, no id.Incident) (Figures, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Figures{}, err
	}
	scene, err := s.Store.Scene(ctx, no)
	if err != nil {
		return Figures{}, err
	}
	now, err := s.Store.Standing(ctx, no)
	if err != nil {
		return Figures{}, err
	}
	f := Figures{At: now.At, Counts: counted(now.Groups), Incident: scene.Incident, Organisation: scene.Organisation}
	f.First, f.Last = scene.told()
	return f, nil
}

// told is when campaigns began to tell people, and when the last of them ended;
// while one is under way there is no end.
func (s Scene) told() (first, last *time.Time) {
	under := false
	for _, send := range s.Sends {
		if send.Begins.After(s.At) || !send.Launched {
			continue
		}
		if first == nil || send.Begins.Before(*first) {
			first = &send.Begins
		}
		under = under || !send.Over()
		if send.Ends != nil && (last == nil || send.Ends.After(*last)) {
			last = send.Ends
		}
	}
	if under {
		last = nil
	}
	return first, last
}

// counted sums groups up by place. Who has two places is in both, and in their
// country once.
func counted(groups []Group) []Count {
	sums := map[string]map[Reached]int{Everywhere: {}}
	for _, g := range groups {
		for _, place := range placesOf(g.Places) {
			if sums[place] == nil {
				sums[place] = map[Reached]int{}
			}
			sums[place][g.Reached] += g.People
		}
	}
	all := make([]Count, 0, len(sums))
	for place, reached := range sums {
		all = append(all, Count{place, reached})
	}
	slices.SortFunc(all, func(a, b Count) int {
		if by := rank(a.Place) - rank(b.Place); by != 0 {
			return by
		}
		return strings.Compare(a.Place, b.Place)
	})
	return all
}

func rank(place string) int {
	switch place {
	case Everywhere:
		return 0
	case Nowhere:
		return 2
	}
	return 1
}

// placesOf are the places that a group counts in.
func placesOf(places []string) []string {
	all := []string{Everywhere}
	if len(places) == 0 {
		return append(all, Nowhere)
	}
	for _, p := range places {
		country, _, _ := strings.Cut(p, "-")
		all = append(all, p, country)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
