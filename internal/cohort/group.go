package cohort

import (
	"cmp"
	"slices"
	"strings"
)

// grouping counts people by places and language together.
type grouping map[string]*Group

func (g grouping) add(jurisdictions []string, locale string) {
	if len(jurisdictions) > 1 && !slices.IsSorted(jurisdictions) {
		jurisdictions = slices.Sorted(slices.Values(jurisdictions))
	}
	key := locale
	for _, j := range jurisdictions {
		key += " " + j
	}
	one := g[key]
	if one == nil {
		one = &Group{Jurisdictions: append([]string{}, jurisdictions...), Locale: locale}
		g[key] = one
	}
	one.People++
}

// sorted gives the largest groups first.
func (g grouping) sorted() []Group {
	all := make([]Group, 0, len(g))
	for _, one := range g {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.People, a.People), slices.Compare(a.Jurisdictions, b.Jurisdictions), strings.Compare(a.Locale, b.Locale))
	})
	return all
}
