package cohort

import (
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/reason"
)

// ExclusionKind says why people are not told.
type ExclusionKind string

// The kinds. Operations may exclude for a suppression only.
const (
	LawEnforcementHold ExclusionKind = "law_enforcement_hold"
	Deceased           ExclusionKind = "deceased"
	MinorNeedsGuardian ExclusionKind = "minor_needs_guardian"
	CounselDecision    ExclusionKind = "counsel_decision"
	ForSuppression     ExclusionKind = "suppression"
)

// ExclusionKinds lists every kind.
var ExclusionKinds = []ExclusionKind{LawEnforcementHold, Deceased, MinorNeedsGuardian, CounselDecision, ForSuppression}

// LiftState says whether an exclusion or a gate holds.
type LiftState string

// The states.
const (
	Holds  LiftState = "active"
	Lifted LiftState = "lifted"
)

// LiftStates lists every state.
var LiftStates = []LiftState{Holds, Lifted}

// Exclude is what a person decides: that these people, everybody of a list, or
// whoever has a mailbox that the breach reached, are not told.
type Exclude struct {
	People      []id.Recipient
	List        id.List
	AtMailboxes bool // everybody with an address at a mailbox that the breach reached, as the facts say
	Kind        ExclusionKind
	Reason      string
}

// Exclusion is such a decision as it stands on record.
type Exclusion struct {
	ID       id.Exclusion
	Incident id.Incident
	Kind     ExclusionKind
	List     id.List // 0: they were named one by one
	ListName string
	People   int64
	First    id.Recipient // of those, by their numbers
	Masked   string       // the address of First; empty: it has none
	Reason   string
	By       id.User
	At       time.Time
	Lifting  *Lifting // nil: it holds
}

// State says whether an exclusion holds.
func (e Exclusion) State() LiftState {
	if e.Lifting != nil {
		return Lifted
	}
	return Holds
}

// Lifting is what took an exclusion back.
type Lifting struct {
	Reason string
	By     id.User
	At     time.Time
}

// Excluded are the people of an incident who are excluded, by kind. Nobody is in
// two of the sets.
type Excluded map[ExclusionKind]Bitset

// All gives everybody who is excluded.
func (e Excluded) All() Bitset {
	var all Bitset
	for _, set := range e {
		all = all.Or(set)
	}
	return all
}

// ByKind counts excluded people by why.
type ByKind = map[ExclusionKind]int

// Tally counts them by kind.
func (e Excluded) Tally() ByKind {
	n := ByKind{}
	for kind, set := range e {
		if set.Len() > 0 {
			n[kind] = set.Len()
		}
	}
	return n
}

// among gives those of some people.
func (e Excluded) among(people Bitset) Excluded {
	some := Excluded{}
	for kind, set := range e {
		some[kind] = set.And(people)
	}
	return some
}

// mostNamed bounds the people that one request names.
const mostNamed = 10_000

// ErrNoExclusion means that there is no such exclusion.
var ErrNoExclusion = fault.New(fault.NotFound, "no_such_exclusion", nil)

// normalise drops what does not count, and names nobody twice.
func (d Exclude) normalise() Exclude {
	d.Reason = strings.TrimSpace(d.Reason)
	people := slices.Clone(d.People)
	slices.SortFunc(people, func(a, b id.Recipient) int { return int(a.No - b.No) })
	d.People = slices.Compact(people)
	return d
}

// ways counts how a decision says whom.
func (d Exclude) ways() int {
	n := 0
	for _, said := range []bool{len(d.People) > 0, d.List != 0, d.AtMailboxes} {
		if said {
			n++
		}
	}
	return n
}

// check names everything that is wrong with a decision.
func (d Exclude) check(incident id.Incident) error {
	var wrong []fault.Field
	switch {
	case d.ways() != 1:
		wrong = append(wrong, fault.Field{Name: "recipient_ids", Code: "exclusion_whom", Values: fault.Values{}})
	case len(d.People) > mostNamed:
		wrong = append(wrong, fault.Field{Name: "recipient_ids", Code: "exclusion_too_many", Values: fault.Values{"limit": mostNamed}})
	case slices.ContainsFunc(d.People, func(r id.Recipient) bool { return r.Parent != int64(incident) }):
		wrong = append(wrong, fault.Field{Name: "recipient_ids", Code: "no_such_recipient", Values: fault.Values{}})
	}
	if !slices.Contains(ExclusionKinds, d.Kind) {
		wrong = append(wrong, fault.Field{Name: "kind", Code: "field_not_one_of", Values: fault.Values{"name": "kind", "choices": joinKinds(ExclusionKinds)}})
	}
	return fault.Wrongs(append(wrong, reason.Check(d.Reason)...))
}

func joinKinds(all []ExclusionKind) string {
	names := make([]string, len(all))
	for i, k := range all {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// KindsFor gives the kinds that somebody may exclude for.
func KindsFor(by access.Actor) []ExclusionKind {
	switch {
	case access.ExcludeFreely.Allow(by) == nil:
		return ExclusionKinds
	case access.ExcludePeople.Allow(by) == nil:
		return []ExclusionKind{ForSuppression}
	}
	return nil
}

// mayExclude refuses who may not exclude for a reason of this kind, or lift it.
func (k ExclusionKind) mayExclude(by access.Actor) error {
	if err := access.ExcludePeople.Allow(by); err != nil || k == ForSuppression {
		return err
	}
	return access.ExcludeFreely.Allow(by)
}

// lift takes an exclusion back.
func (e Exclusion) lift(by access.Actor, why string, at time.Time) (Exclusion, error) {
	if e.Lifting != nil {
		return e, fault.New(fault.Conflict, "exclusion_lifted", nil)
	}
	e.Lifting = &Lifting{Reason: why, By: by.User, At: at}
	return e, nil
}
