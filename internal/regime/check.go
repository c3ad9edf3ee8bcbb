package regime

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"forthwith/internal/fault"
)

// check refuses references to nothing and ids that stand twice. It runs on a
// file whose form is right, and fills in the sources of each rule.
func (s *Set) check(in *reader, root *yaml.Node) {
	c := checker{in: in, root: root}
	events := c.ids("events", idsOf(s.events, func(t Term) string { return t.ID }))
	conditions := c.ids("conditions", idsOf(s.conditions, func(t Term) string { return t.ID }))
	items := c.ids("content_items", idsOf(s.items, func(i Item) string { return i.ID }))
	sources := c.ids("sources", idsOf(s.sources, func(x Source) string { return x.ID }))
	c.ids("contacts", idsOf(s.contacts, func(x Contact) string { return x.ID }))
	regimes := c.ids("regimes", idsOf(s.rules, func(r rule) string { return r.Regime }))
	for i, x := range s.conflicts {
		at := []any{"conflicts", i}
		c.refer(items, "content item", []string{x.Item}, append(at, "item")...)
		c.refer(regimes, "regime", x.ProhibitedBy, append(at, "prohibited_by")...)
		c.refer(regimes, "regime", x.RequiredBy, append(at, "required_by")...)
	}
	for i := range s.rules {
		r := &s.rules[i]
		c.rule(r, i, events, conditions, items)
		c.refer(sources, "source", idsOf(r.Sources, func(x Source) string { return x.ID }), "regimes", i, "sources")
		for k, x := range r.Sources {
			if at := slices.IndexFunc(s.sources, func(y Source) bool { return y.ID == x.ID }); at >= 0 {
				r.Sources[k] = s.sources[at]
			}
		}
	}
}

func idsOf[T any](all []T, id func(T) string) []string {
	ids := make([]string, 0, len(all))
	for _, x := range all {
		ids = append(ids, id(x))
	}
	return ids
}

type checker struct {
	in   *reader
	root *yaml.Node
}

func (c checker) refuse(code string, values fault.Values, at ...any) {
	n, path := c.find(at)
	c.in.refuse(fault.Field{Code: code, Values: values}, path, n.Line)
}

// find walks from the root by keys and indices, as far as there is a way, and
// writes the path.
func (c checker) find(at []any) (*yaml.Node, string) {
	n, path := c.root, ""
	for _, step := range at {
		next := (*yaml.Node)(nil)
		switch v := step.(type) {
		case string:
			next, path = valueOf(n, v), strings.TrimPrefix(path+"."+v, ".")
		case int:
			label := fmt.Sprint(v)
			if n.Kind == yaml.SequenceNode && v < len(n.Content) {
				next, label = n.Content[v], labelOf(n.Content[v], v)
			}
			path += "[" + label + "]"
		}
		if next != nil {
			n = next
		}
	}
	return n, path
}

func valueOf(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// ids refuses what stands twice.
func (c checker) ids(section string, ids []string) map[string]bool {
	seen := map[string]bool{}
	for i, id := range ids {
		if seen[id] {
			c.refuse("rules_id_twice", fault.Values{"value": quote(id)}, section, i, "id")
		}
		seen[id] = true
	}
	return seen
}

func (c checker) refer(known map[string]bool, kind string, ids []string, at ...any) {
	for _, id := range ids {
		if id != "" && !known[id] {
			c.refuse("rules_reference", fault.Values{"value": quote(id), "kind": kind}, at...)
		}
	}
}

func (c checker) rule(r *rule, i int, events, conditions, items map[string]bool) {
	under := func(at ...any) []any { return append([]any{"regimes", i}, at...) }
	clock := func(d Deadline, at ...any) {
		c.refer(events, "event", []string{d.From}, under(append(at, "from")...)...)
	}
	when := func(ids []string, at ...any) { c.refer(conditions, "condition", ids, under(at...)...) }
	says := func(ids []string, at ...any) { c.refer(items, "content item", ids, under(at...)...) }

	clock(r.individual.deadline, "individual_notice", "deadline")
	for k, n := range r.regulators {
		clock(n.deadline, "regulator_notice", k, "deadline")
		for j, also := range n.also {
			clock(also, "regulator_notice", k, "also", j)
		}
		when(n.when, "regulator_notice", k, "when")
	}
	clock(r.agencies.deadline, "cra_notice", "deadline")
	clock(r.media.deadline, "media_notice", "deadline")
	for k, m := range r.milestones {
		clock(m.deadline, "milestones", k, "deadline")
	}
	says(r.content.required, "content", "required")
	says(r.content.prohibited, "content", "prohibited")
	for k, x := range r.content.requiredIf {
		says(x.ids, "content", "required_if", k, "ids")
		when(x.all, "content", "required_if", k, "all")
		when(x.any, "content", "required_if", k, "any")
	}
	when(r.monitoring.whenAll, "credit_monitoring", "when_all")
	when(r.monitoring.whenAny, "credit_monitoring", "when_any")
	c.shape(r, i)
}

// shape refuses a rule that could never be in play, milestones of one name, and
// doubts about fields that are not there.
func (c checker) shape(r *rule, i int) {
	if len(r.residency)+len(r.profiles) == 0 {
		c.refuse("rules_wrong_type", fault.Values{"want": "a place or a profile"}, "regimes", i, "applies_when")
	}
	seen := map[string]bool{}
	for k, m := range r.milestones {
		if seen[m.id] {
			c.refuse("rules_id_twice", fault.Values{"value": quote(m.id)}, "regimes", i, "milestones", k, "id")
		}
		seen[m.id] = true
	}
	n, _ := c.find([]any{"regimes", i})
	for _, field := range r.low {
		if !hasField(n, strings.Split(field, ".")) {
			c.refuse("rules_reference", fault.Values{"value": quote(field), "kind": "field"}, "regimes", i, "low_confidence_fields")
		}
	}
}

// hasField tells whether a dotted path leads somewhere; it goes through lists.
func hasField(n *yaml.Node, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if n.Kind == yaml.SequenceNode {
		return slices.ContainsFunc(n.Content, func(part *yaml.Node) bool { return hasField(part, path) })
	}
	next := valueOf(n, path[0])
	return next != nil && hasField(next, path[1:])
}
