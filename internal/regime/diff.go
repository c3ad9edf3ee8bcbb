package regime

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Change is one fact of a rule file that another version has otherwise. Regime
// is empty for what stands outside the regimes. Field is a dotted path; it is
// empty for a whole regime that came or went, whose name is the value. Old or
// New is empty for what is not there and for null. Lists of texts are JSON.
type Change struct{ Regime, Field, Old, New string }

// place is where a fact stands.
type place struct{ regime, field string }

// Diff gives what changes from old to new, regime by regime and field by field.
// Two files that say the same in another order of keys have no changes. The
// order of a list is part of what it says.
func Diff(old, new Set) []Change {
	var all []Change
	for at, was := range old.facts {
		if is := new.facts[at]; is != was {
			all = append(all, Change{Regime: at.regime, Field: at.field, Old: was, New: is})
		}
	}
	for at, is := range new.facts {
		if _, was := old.facts[at]; !was && is != "" {
			all = append(all, Change{Regime: at.regime, Field: at.field, New: is})
		}
	}
	before, after := old.names(), new.names()
	all = slices.DeleteFunc(all, func(c Change) bool {
		_, was := before[c.Regime]
		_, is := after[c.Regime]
		return c.Regime != "" && was != is
	})
	for id, name := range before {
		if _, is := after[id]; !is {
			all = append(all, Change{Regime: id, Old: name})
		}
	}
	for id, name := range after {
		if _, was := before[id]; !was {
			all = append(all, Change{Regime: id, New: name})
		}
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Regime, b.Regime), cmp.Compare(a.Field, b.Field))
	})
	return all
}

func (s Set) names() map[string]string {
	all := map[string]string{}
	for _, r := range s.rules {
		all[r.Regime] = r.Name
	}
	return all
}

// factsOf gives every value of a file by its place.
func factsOf(root *yaml.Node) map[place]string {
	all := map[place]string{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, n := root.Content[i].Value, root.Content[i+1]
		if key != "regimes" {
			flatten(all, "", key, n)
			continue
		}
		for k, r := range n.Content {
			flatten(all, labelOf(r, k), "", r)
		}
	}
	return all
}

func flatten(all map[place]string, regime, path string, n *yaml.Node) {
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			flatten(all, regime, dotted(path, n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode && isPlain(n):
		all[place{regime, path}] = listed(n)
	case n.Kind == yaml.SequenceNode:
		for i, part := range n.Content {
			flatten(all, regime, fmt.Sprintf("%s[%s]", path, labelOf(part, i)), part)
		}
	case n.ShortTag() != "!!null":
		all[place{regime, path}] = n.Value
	default:
		all[place{regime, path}] = ""
	}
}

func dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// isPlain tells of a list that holds texts only.
func isPlain(n *yaml.Node) bool {
	return !slices.ContainsFunc(n.Content, func(part *yaml.Node) bool { return part.Kind != yaml.ScalarNode })
}

// listed writes a list of texts; an empty one is nothing, like null.
func listed(n *yaml.Node) string {
	if len(n.Content) == 0 {
		return ""
	}
	texts := make([]string, 0, len(n.Content))
	for _, part := range n.Content {
		texts = append(texts, part.Value)
	}
	raw, err := json.Marshal(texts)
	if err != nil {
		return strconv.Itoa(len(texts)) // texts always have a form in JSON
	}
	return string(raw)
}
