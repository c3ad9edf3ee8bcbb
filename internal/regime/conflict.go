package regime

import "slices"

// conflictsOf gives the items on which rules in play disagree: those that the
// file speaks of, with its advice, and any other that one forbids and another
// demands. The file's come first; a conflict inside one rule is none.
func (s Set) conflictsOf(rules []rule, holds map[string]bool) []Conflict {
	inPlay := idsOf(rules, func(r rule) string { return r.Regime })
	var all []Conflict
	for _, c := range s.conflicts {
		bans, asks := both(c.ProhibitedBy, inPlay), both(c.RequiredBy, inPlay)
		if len(bans) > 0 && len(asks) > 0 {
			all = append(all, Conflict{Item: c.Item, ProhibitedBy: bans, RequiredBy: asks, Advice: c.Advice})
		}
	}
	bans, asks := map[string][]string{}, map[string][]string{}
	for _, r := range rules {
		for id, d := range r.demands(holds) {
			if d.Need == Prohibited {
				bans[id] = append(bans[id], r.Regime)
			} else {
				asks[id] = append(asks[id], r.Regime)
			}
		}
	}
	for _, item := range s.items {
		told := slices.ContainsFunc(all, func(c Conflict) bool { return c.Item == item.ID })
		if !told && len(bans[item.ID]) > 0 && len(asks[item.ID]) > 0 {
			all = append(all, Conflict{Item: item.ID, ProhibitedBy: bans[item.ID], RequiredBy: asks[item.ID]})
		}
	}
	return all
}

func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return !slices.Contains(b, x) })
}
