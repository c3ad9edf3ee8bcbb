package cohort

import (
	"maps"
	"slices"
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// GateDraft is what a person decides about a gate: members of a cohort are not
// mailed until a rule is true of them.
type GateDraft struct {
	Cohort id.Cohort
	Name   string // of the fact that is waited for
	Rule   Rule
}

// Gate is a gate as it stands on record. It never changes.
type Gate struct {
	GateDraft
	ID         id.Gate
	Incident   id.Incident
	CohortName string
	By         id.User
	At         time.Time
	Lifting    *Lifting // nil: it holds
}

// State says whether a gate stands.
func (g Gate) State() LiftState {
	if g.Lifting != nil {
		return Lifted
	}
	return Holds
}

// GateNow is a gate with the members of its cohort on either side: of a draft as
// it would be frozen now.
type GateNow struct {
	Gate
	Open, Shut int
}

// GateReview is one comparison of what the lists say with what was on record.
type GateReview struct {
	Opened, Shut int64
	At           time.Time
}

// ErrNoGate means that there is no such gate.
var ErrNoGate = fault.New(fault.NotFound, "no_such_gate", nil)

func (d GateDraft) normalise() GateDraft {
	d.Name = strings.TrimSpace(d.Name)
	return d
}

// check names everything that is wrong with a draft. It may speak of a column
// that no list has yet: the list that tells comes later.
func (d GateDraft) check(k Known) error {
	var wrong []fault.Field
	switch {
	case d.Name == "":
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_missing", Values: fault.Values{"name": "name"}})
	case len([]rune(d.Name)) > longestName:
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}})
	}
	if d.Cohort == 0 {
		wrong = append(wrong, fault.Field{Name: "cohort_id", Code: "field_missing", Values: fault.Values{"name": "cohort_id"}})
	}
	if !d.Rule.ofFacts() {
		wrong = append(wrong, fault.Field{Name: "rule", Code: "gate_of_facts"})
	}
	return fault.Wrongs(append(wrong, d.Rule.check(k.Foreseeing(d.Rule.columns()...), "rule")...))
}

// ofFacts tells that a rule speaks of lists and columns only: what became of
// other letters is not known when a list is imported, but at any moment.
func (r Rule) ofFacts() bool {
	facts := true
	r.walk(func(n Rule) { facts = facts && n.Outcome == 0 && n.Upgraded == 0 })
	return facts
}

// columns are those that a rule speaks of.
func (r Rule) columns() []string {
	var names []string
	r.walk(func(n Rule) {
		if n.Attribute != "" && !slices.Contains(names, n.Attribute) {
			names = append(names, n.Attribute)
		}
	})
	return names
}

// Foreseeing adds columns that no list has yet, as texts.
func (k Known) Foreseeing(columns ...string) Known {
	all := maps.Clone(k.Attributes)
	if all == nil {
		all = map[string]Type{}
	}
	for _, name := range columns {
		if _, known := k.typeOf(name); !known {
			all[name] = Text
		}
	}
	k.Attributes = all
	return k
}

// Missing names the columns that a gate waits for and no list has.
func (g Gate) Missing(k Known) []string {
	return slices.DeleteFunc(g.Rule.columns(), func(name string) bool {
		_, known := k.typeOf(name)
		return known
	})
}

// told is how the ledger tells a gate.
func (d GateDraft) told() map[string]any {
	return map[string]any{"cohort": d.Cohort, "name": d.Name, "rule": d.Rule}
}

// errTold refuses to change the gates of a cohort that a campaign is telling.
func errTold(campaign string) error {
	return fault.New(fault.Conflict, "gate_while_told", fault.Values{"campaign": campaign})
}
