package cohort

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Type is the type of an attribute's values, fixed at import.
type Type string

// The types. Of a secret attribute only digests are stored, so that it can be
// compared for equality and nothing else.
const (
	Text   Type = "text"
	Number Type = "number"
	Date   Type = "date"
	Secret Type = "secret"
)

// Known is what a rule may speak of in one incident.
type Known struct {
	Lists      map[id.List]bool
	Attributes map[string]Type
	Cohorts    map[id.Cohort]string   // first ones, with their names
	Campaigns  map[id.Campaign]string // that were launched, with their names
	// Written gives the one form in which rows have a value of an attribute of every
	// recipient, and tells whether any row can have it. nil: it is not known.
	Written func(attribute, value string) (string, bool)
}

// builtin are the attributes of every recipient.
var builtin = map[string]Type{"jurisdiction": Text, "locale": Text, "timezone": Text}

func (k Known) typeOf(attribute string) (Type, bool) {
	if t, ok := builtin[attribute]; ok {
		return t, true
	}
	t, ok := k.Attributes[attribute]
	return t, ok
}

// Names gives every attribute that a rule may speak of, in order.
func (k Known) Names() []string {
	names := slices.Collect(maps.Keys(builtin))
	for n := range k.Attributes {
		names = append(names, n)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (k Known) names() string { return strings.Join(k.Names(), ", ") }

// Check names everything in the rule that this incident does not have, and
// every comparison that its types do not allow.
func (r Rule) Check(k Known) error { return fault.Wrongs(r.check(k, "rule")) }

func (r Rule) check(k Known, path string) []fault.Field {
	var wrong []fault.Field
	if r.List != 0 && !k.Lists[r.List] {
		wrong = append(wrong, fault.Field{Name: path + ".list", Code: "rule_list_unknown"})
	}
	if _, launched := k.Campaigns[r.Outcome]; r.Outcome != 0 && !launched {
		wrong = append(wrong, fault.Field{Name: path + ".outcome.campaign", Code: "rule_campaign_unknown"})
	}
	if _, there := k.Cohorts[r.Upgraded]; r.Upgraded != 0 && !there {
		wrong = append(wrong, fault.Field{Name: path + ".upgraded", Code: "rule_cohort_unknown"})
	}
	if r.Attribute != "" {
		wrong = append(wrong, r.checkLeaf(k, path)...)
	}
	for i, part := range r.All {
		wrong = append(wrong, part.check(k, fmt.Sprintf("%s.all[%d]", path, i))...)
	}
	for i, part := range r.Any {
		wrong = append(wrong, part.check(k, fmt.Sprintf("%s.any[%d]", path, i))...)
	}
	if r.Not != nil {
		wrong = append(wrong, r.Not.check(k, path+".not")...)
	}
	return wrong
}

// allowed says which comparisons each type takes.
var allowed = map[Type][]Op{
	Text:   {Eq, Ne, In, Exists, Prefix},
	Number: {Eq, Ne, In, Exists, Lt, Gt},
	Date:   {Eq, Ne, In, Exists, Lt, Gt},
	Secret: {Eq, Ne, In, Exists},
}

func (r Rule) checkLeaf(k Known, path string) []fault.Field {
	t, ok := k.typeOf(r.Attribute)
	if !ok {
		return []fault.Field{{Name: path + ".attribute", Code: "rule_attribute_unknown", Values: fault.Values{"attribute": r.Attribute, "known": k.names()}}}
	}
	if !slices.Contains(allowed[t], r.Op) {
		return []fault.Field{{Name: path + ".op", Code: "rule_op_not_for_type", Values: fault.Values{"attribute": r.Attribute, "op": string(r.Op), "type": string(t)}}}
	}
	for _, v := range r.Values {
		if !v.fits(t) {
			return []fault.Field{{Name: path + ".value", Code: "rule_value_wrong_type", Values: fault.Values{"attribute": r.Attribute, "type": string(t)}}}
		}
	}
	return r.checkWritten(k, path)
}

// checkWritten refuses values that no row has for their form alone: de-ch would
// select nobody, and everybody inside a not.
func (r Rule) checkWritten(k Known, path string) []fault.Field {
	if _, everybodys := builtin[r.Attribute]; !everybodys || k.Written == nil || r.Op == Prefix {
		return nil
	}
	for _, v := range r.Values {
		told := fault.Values{"attribute": r.Attribute, "value": v.Text}
		switch as, ok := k.Written(r.Attribute, v.Text); {
		case !ok:
			return []fault.Field{{Name: path + ".value", Code: "rule_value_in_no_row", Values: told}}
		case as != v.Text:
			told["as"] = as
			return []fault.Field{{Name: path + ".value", Code: "rule_value_written", Values: told}}
		}
	}
	return nil
}

func (o Operand) fits(t Type) bool {
	switch t {
	case Number:
		return o.IsNumber
	case Date:
		_, err := time.Parse(time.DateOnly, o.Text)
		return err == nil
	}
	return !o.IsNumber
}
