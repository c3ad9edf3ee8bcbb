package cohort

import (
	"slices"

	"forthwith/internal/id"
)

// First is a first cohort as precedence sees it: a draft with what its rule
// selects now, or a frozen one, whose placements speak for it.
type First struct {
	ID         id.Cohort
	Earlier    []id.Cohort // versions before this one, the newest first
	Precedence int         // the smaller wins; of two equal ones the older cohort
	Frozen     bool
	Matches    Bitset
	Now        Bitset // what the rule selects now, of a frozen one too
	Excluded   Bitset // people excluded from this cohort or from the incident
}

// Resolved is what becomes of one cohort's matches. Size is always the sum of
// Members, LostTo and Excluded.
type Resolved struct {
	ID       id.Cohort
	Size     int
	Members  Bitset
	LostTo   []Loss // in order of precedence
	Excluded Bitset
}

// Loss counts the people who are told something else first.
type Loss struct {
	Cohort id.Cohort `json:"cohort"`
	Size   int       `json:"size"`
}

// Resolve gives every recipient to one cohort at most. People whom a cohort
// excludes are not its members, and no other cohort loses them to it. Who has
// a placement stays there, whatever matches now. The result does not depend on
// the order of cohorts; it is in order of precedence.
func Resolve(cohorts []First, placed map[id.Cohort]Bitset) []Resolved {
	order := slices.Clone(cohorts)
	slices.SortFunc(order, func(a, b First) int {
		if a.Precedence != b.Precedence {
			return a.Precedence - b.Precedence
		}
		return int(a.ID - b.ID)
	})
	wins := winners(order, placed)
	out := make([]Resolved, len(order))
	for i, c := range order {
		out[i] = c.resolve(i, order, wins)
	}
	return out
}

// winners gives each cohort's people, pairwise disjoint.
func winners(order []First, placed map[id.Cohort]Bitset) []Bitset {
	var taken Bitset
	for _, set := range placed {
		taken = taken.Or(set)
	}
	wins := make([]Bitset, len(order))
	for i, c := range order {
		wins[i] = placed[c.ID]
		if c.Frozen {
			continue // what it did not place when it was frozen is not its own
		}
		free := c.Matches.Minus(c.Excluded).Minus(taken)
		wins[i] = wins[i].Or(free)
		taken = taken.Or(free)
	}
	return wins
}

func (c First) resolve(own int, order []First, wins []Bitset) Resolved {
	matches := c.Matches.Or(wins[own])
	r := Resolved{ID: c.ID, Size: matches.Len(), Members: wins[own]}
	rest := matches.Minus(wins[own])
	r.Excluded = rest.And(c.Excluded)
	rest = rest.Minus(r.Excluded)
	for i, w := range wins {
		if n := rest.And(w).Len(); i != own && n > 0 {
			r.LostTo = append(r.LostTo, Loss{order[i].ID, n})
			rest = rest.Minus(w)
		}
	}
	// A frozen cohort's rule may match people who came after it: they are no
	// members and nobody else's either, so that they do not count in its size.
	r.Size -= rest.Len()
	return r
}

// Overlap counts the people that two sets share.
func Overlap(a, b Bitset) int { return a.And(b).Len() }
