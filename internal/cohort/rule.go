package cohort

import (
	"encoding/json"
	"slices"

	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// Op compares an attribute.
type Op string

// The comparisons.
const (
	Eq     Op = "eq"
	Ne     Op = "ne"
	In     Op = "in"
	Exists Op = "exists"
	Lt     Op = "lt"
	Gt     Op = "gt"
	Prefix Op = "prefix"
)

// Limits of one rule: how many parts it has, and how deep they lie.
const (
	MaxDepth  = 16
	MaxNodes  = 500
	maxValues = 1000
)

// Rule is a tree. Exactly one of List alone, Attribute, Outcome, Upgraded, All,
// Any and Not is set; ParseRule makes no other.
type Rule struct {
	List      id.List // with Attribute: only rows of this list count
	Attribute string
	Op        Op
	Values    []Operand        // one; for in any number; for exists none
	Outcome   id.Campaign      // with Statuses: what became of people in a campaign
	Statuses  []outcome.Status // any of these
	Upgraded  id.Cohort        // those of whom it was decided that they hear this cohort's notice too
	All       []Rule
	Any       []Rule
	Not       *Rule
}

// Operand is what an attribute is compared with: a text, a date as YYYY-MM-DD,
// or a number.
type Operand struct {
	Text     string
	Number   float64
	IsNumber bool
}

// MarshalJSON writes the operand as a JSON string or number.
func (o Operand) MarshalJSON() ([]byte, error) {
	if o.IsNumber {
		return json.Marshal(o.Number)
	}
	return json.Marshal(o.Text)
}

// MarshalJSON writes the form that ParseRule reads.
func (r Rule) MarshalJSON() ([]byte, error) {
	doc := map[string]any{}
	switch {
	case r.All != nil:
		doc["all"] = r.All
	case r.Any != nil:
		doc["any"] = r.Any
	case r.Not != nil:
		doc["not"] = r.Not
	case r.Upgraded != 0:
		doc["upgraded"] = r.Upgraded
	case r.Outcome != 0:
		doc["outcome"] = map[string]any{"campaign": r.Outcome, "status": r.Statuses}
	case r.Attribute != "":
		doc["attribute"], doc["op"] = r.Attribute, r.Op
		if r.Op == In {
			doc["value"] = r.Values
		} else if r.Op != Exists {
			doc["value"] = r.Values[0]
		}
		if r.List != 0 {
			doc["list"] = r.List
		}
	default:
		doc["list"] = r.List
	}
	return json.Marshal(doc)
}

// Lists gives every list that the rule names, each once, in order of
// appearance.
func (r Rule) Lists() []id.List {
	var all []id.List
	seen := map[id.List]bool{}
	r.walk(func(n Rule) {
		if n.List != 0 && !seen[n.List] {
			seen[n.List] = true
			all = append(all, n.List)
		}
	})
	return all
}

func (r Rule) walk(visit func(Rule)) {
	visit(r)
	for _, part := range r.parts() {
		part.walk(visit)
	}
}

func (r Rule) parts() []Rule {
	if r.Not != nil {
		return []Rule{*r.Not}
	}
	if r.All != nil {
		return r.All
	}
	return r.Any
}

// WithTextOf selects those who have the text of a campaign, or may have it: whom a
// correction goes to.
func WithTextOf(no id.Campaign) Rule { return Rule{Outcome: no, Statuses: outcome.TextOut} }

// isWithTextOf tells whether a rule is that one, whatever the order of its statuses.
func (r Rule) isWithTextOf(no id.Campaign) bool {
	sorted := func(all []outcome.Status) []outcome.Status { return slices.Sorted(slices.Values(all)) }
	return r.Outcome == no && slices.Equal(sorted(r.Statuses), sorted(outcome.TextOut))
}

// Corrects tells whether a cohort is whom a correction of a campaign goes to.
func (c Cohort) Corrects(no id.Campaign) bool {
	return c.Kind == FollowUp && c.Basis == no && c.Rule.isWithTextOf(no)
}
