package cohort

import (
	"cmp"
	"slices"
	"strings"
)

// Traits are the places and the language of every person of an incident: few
// distinct ones exist, and each person has the number of theirs. The zero value
// is ready to use.
type Traits struct {
	groups []Group        // without counts
	of     []uint32       // by recipient number: 1 + the group's; 0: nobody
	known  map[string]int // while they are gathered
}

// Add notes a person. no must not be negative.
func (t *Traits) Add(no int, jurisdictions []string, locale string) {
	if len(jurisdictions) > 1 && !slices.IsSorted(jurisdictions) {
		jurisdictions = slices.Sorted(slices.Values(jurisdictions))
	}
	key := locale + " " + strings.Join(jurisdictions, " ")
	i, known := t.known[key]
	if !known {
		if t.known == nil {
			t.known = map[string]int{}
		}
		i = len(t.groups)
		t.known[key] = i
		t.groups = append(t.groups, Group{Jurisdictions: append([]string{}, jurisdictions...), Locale: locale})
	}
	if need := no + 1 - len(t.of); need > 0 {
		t.of = append(t.of, make([]uint32, need)...)
	}
	t.of[no] = uint32(i + 1)
}

// Groups counts some people by places and language together, the largest group
// first.
func (t Traits) Groups(members Bitset) []Group {
	counts := make([]int, len(t.groups)+1)
	members.Each(func(no int) bool {
		if no < len(t.of) {
			counts[t.of[no]]++
		}
		return true
	})
	all := []Group{}
	for i, g := range t.groups {
		if g.People = counts[i+1]; g.People > 0 {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.People, a.People), slices.Compare(a.Jurisdictions, b.Jurisdictions), strings.Compare(a.Locale, b.Locale))
	})
	return all
}
