package cohort

import (
	"strings"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// State is where a cohort stands.
type State string

// The states.
const (
	Drafted  State = "draft"
	Freezing State = "freezing"
	Frozen   State = "frozen"
)

// States lists every state.
var States = []State{Drafted, Freezing, Frozen}

// Kind says what a cohort is for. First cohorts share people out by precedence.
// A follow-up chooses among those whom its campaign was for, and places nobody:
// they may hear more than one.
type Kind string

// The kinds. Follow-up cohorts are about a campaign that was sent.
const (
	FirstNotice Kind = "first"
	FollowUp    Kind = "follow_up"
)

// Kinds lists every kind.
var Kinds = []Kind{FirstNotice, FollowUp}

// Draft is what a person decides about a cohort.
type Draft struct {
	Name       string
	Kind       Kind
	Precedence int         // of a first cohort: the smaller wins
	Basis      id.Campaign // of a follow-up: whom it told before
	Rule       Rule
}

// Cohort is a named set of recipients of one incident.
type Cohort struct {
	Draft
	ID        id.Cohort
	Incident  id.Incident
	State     State
	Version   int       // counts changes of the draft, for If-Match
	Previous  id.Cohort // the version before this one; 0: it is the first
	Edition   int       // the number of this version of the cohort, from 1
	Lists     []id.List
	Figures   Figures // as frozen
	Root      canon.Hash
	FrozenAt  time.Time
	FrozenBy  id.User
	CreatedBy id.User
	CreatedAt time.Time
}

// Figures say how many people a rule selects, and what becomes of them. Size
// is the sum of Resolved, LostTo and Excluded, and Excluded that of ExcludedBy. A
// person of two jurisdictions counts for both; one without any counts under
// "none".
type Figures struct {
	Considered     int            `json:"considered"` // whom the rule was asked about: everybody, or whom the campaign of a follow-up was for
	Size           int            `json:"size"`
	Resolved       int            `json:"resolved_size"`
	LostTo         []Loss         `json:"lost_to"`
	Excluded       int            `json:"excluded"`
	ExcludedBy     ByKind         `json:"excluded_by"`
	ByJurisdiction map[string]int `json:"by_jurisdiction"`
	ByLocale       map[string]int `json:"by_locale"`
	Overlaps       []Loss         `json:"overlaps"`
	Upgrades       []Loss         `json:"upgrades"`   // of LostTo, by the cohort that has them: this one is more specific, and nobody has decided yet
	Difference     *Difference    `json:"difference"` // to the versions before; nil: there are none
	Groups         []Group        `json:"groups,omitempty"`
	Sample         []Sampled      `json:"-"` // of those told here; nothing that is kept
}

// Group is people of the same places and language. Groups add up to Resolved.
type Group struct {
	Jurisdictions []string `json:"jurisdictions"` // sorted
	Locale        string   `json:"locale"`        // empty: not known
	People        int      `json:"people"`
}

// Sampled is one person of a cohort, and why they are told here.
type Sampled struct {
	Person int
	Reason Reason
}

// Brief leaves the groups out, of which there may be many.
func (f Figures) Brief() Figures {
	f.Groups = nil
	return f
}

const (
	longestName    = 200
	mostPrecedence = 1_000_000
)

// ErrNotFound means that there is no such cohort.
var ErrNotFound = fault.New(fault.NotFound, "no_such_cohort", nil)

// Normalise drops what does not count.
func (d Draft) Normalise() Draft {
	d.Name = strings.TrimSpace(d.Name)
	if d.Kind == "" {
		d.Kind = FirstNotice
	}
	return d
}

// Check names everything that is wrong with a draft.
func (d Draft) Check(k Known) error {
	var wrong []fault.Field
	if d.Kind != FirstNotice && d.Kind != FollowUp {
		wrong = append(wrong, fault.Field{Name: "kind", Code: "field_not_one_of", Values: fault.Values{"name": "kind", "choices": "first, follow_up"}})
	}
	switch {
	case d.Name == "":
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_missing", Values: fault.Values{"name": "name"}})
	case len([]rune(d.Name)) > longestName:
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}})
	}
	wrong = append(wrong, d.checkPlace(k)...)
	return fault.Wrongs(append(wrong, d.Rule.check(k, "rule")...))
}

// checkPlace holds a first cohort to a precedence, and a follow-up to the
// campaign that it follows.
func (d Draft) checkPlace(k Known) []fault.Field {
	_, launched := k.Campaigns[d.Basis]
	switch {
	case d.Kind == FollowUp && d.Basis == 0:
		return []fault.Field{{Name: "basis_campaign", Code: "field_missing", Values: fault.Values{"name": "basis_campaign"}}}
	case d.Kind == FollowUp && !launched:
		return []fault.Field{{Name: "basis_campaign", Code: "rule_campaign_unknown"}}
	case d.Kind == FollowUp && d.Precedence != 0:
		return []fault.Field{{Name: "precedence", Code: "follow_up_no_precedence"}}
	case d.Kind == FirstNotice && d.Basis != 0:
		return []fault.Field{{Name: "basis_campaign", Code: "first_no_basis"}}
	case d.Kind == FirstNotice && (d.Precedence < 1 || d.Precedence > mostPrecedence):
		return []fault.Field{{Name: "precedence", Code: "field_out_of_range", Values: fault.Values{"name": "precedence", "from": 1, "to": mostPrecedence}}}
	}
	return nil
}

// change replaces a draft. owed tells that a frozen cohort has left people to
// it: they would be told nothing if its rule or its precedence changed.
func (c Cohort) change(seen int, d Draft, same, owed bool) (Cohort, error) {
	switch {
	case c.State != Drafted:
		return c, c.wrongState()
	case seen != c.Version:
		return c, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	case owed && !same:
		return c, fault.New(fault.Conflict, "cohort_owed", fault.Values{"cohort": c.Name})
	case c.Edition > 1 && d.Precedence != c.Precedence:
		return c, fault.Wrong("precedence", "cohort_version_place", fault.Values{"precedence": c.Precedence})
	}
	c.Draft, c.Version = d, c.Version+1
	return c, nil
}

// remove says whether a cohort may go.
func (c Cohort) remove(owed bool) error {
	switch {
	case c.State != Drafted:
		return c.wrongState()
	case owed:
		return fault.New(fault.Conflict, "cohort_owed", fault.Values{"cohort": c.Name})
	}
	return nil
}

// begin asks for the freeze. Asking twice is no mistake.
func (c Cohort) begin(by id.User) (Cohort, error) {
	if c.State == Frozen {
		return c, c.wrongState()
	}
	c.State, c.FrozenBy = Freezing, by
	return c, nil
}

// thaw gives up a freeze that has not been made.
func (c Cohort) thaw() (Cohort, error) {
	if c.State != Freezing {
		return c, c.wrongState()
	}
	c.State, c.FrozenBy = Drafted, 0
	return c, nil
}

// freeze fixes the cohort for ever.
func (c Cohort) freeze(f Figures, root canon.Hash, lists []id.List, at time.Time) (Cohort, error) {
	if c.State != Freezing {
		return c, errNotFreezing
	}
	c.State, c.Figures, c.Root, c.Lists, c.FrozenAt = Frozen, f, root, lists, at
	return c, nil
}

var errNotFreezing = fault.New(fault.Conflict, "freeze_cancelled", nil)

func (c Cohort) wrongState() error {
	return fault.New(fault.Conflict, "cohort_state", fault.Values{"state": string(c.State)})
}

// sources gives the lists that a rule draws from: those it names, or all when
// any part of it speaks of rows of every list.
func (r Rule) sources(all []id.List) []id.List {
	everywhere := false
	r.walk(func(n Rule) {
		everywhere = everywhere || n.Not != nil || n.Attribute != "" && n.List == 0
	})
	if everywhere {
		return all
	}
	return r.Lists()
}
