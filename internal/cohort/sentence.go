package cohort

import (
	"strconv"
	"strings"

	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// Names give the names of what a rule speaks of.
type Names struct {
	List     func(id.List) string
	Campaign func(id.Campaign) string
	Cohort   func(id.Cohort) string
}

// Ids are the names of what nobody has named.
var Ids = Names{id.List.String, id.Campaign.String, id.Cohort.String}

// Sentence says a rule in plain words.
func (r Rule) Sentence(name Names) string {
	return phrase.Say("rule_sentence", map[string]any{"what": r.words(name, false)})
}

func (r Rule) words(name Names, inner bool) string {
	switch {
	case r.All != nil:
		return joined(r.All, "rule_and", name, inner)
	case r.Any != nil:
		return joined(r.Any, "rule_or", name, inner)
	case r.Not != nil:
		return phrase.Say("rule_not", map[string]any{"what": r.Not.words(name, false)})
	case r.Upgraded != 0:
		return phrase.Say("rule_upgraded", map[string]any{"cohort": name.Cohort(r.Upgraded)})
	case r.Outcome != 0:
		return r.outcomeWords(name)
	case r.Attribute != "":
		return r.leafWords(name)
	}
	return phrase.Say("rule_in_list", map[string]any{"list": name.List(r.List)})
}

func joined(parts []Rule, word string, name Names, inner bool) string {
	said := make([]string, len(parts))
	for i, p := range parts {
		said[i] = p.words(name, len(parts) > 1)
	}
	text := strings.Join(said, " "+phrase.Say(word, nil)+" ")
	if inner && len(parts) > 1 {
		return "(" + text + ")"
	}
	return text
}

func (r Rule) leafWords(name Names) string {
	values := make([]string, len(r.Values))
	for i, v := range r.Values {
		values[i] = "‘" + v.Text + "’"
		if v.IsNumber {
			values[i] = strconv.FormatFloat(v.Number, 'f', -1, 64)
		}
	}
	said := phrase.Say("rule_"+string(r.Op), map[string]any{"attribute": r.Attribute, "value": strings.Join(values, ", ")})
	if r.List != 0 {
		said += " " + phrase.Say("rule_within", map[string]any{"list": name.List(r.List)})
	}
	return said
}

func (r Rule) outcomeWords(name Names) string {
	said := make([]string, len(r.Statuses))
	for i, s := range r.Statuses {
		said[i] = "‘" + phrase.Say("state_delivery_"+string(s), nil) + "’"
	}
	return phrase.Say("rule_outcome", map[string]any{"campaign": name.Campaign(r.Outcome), "statuses": strings.Join(said, ", ")})
}
