package lint

import (
	"strconv"
	"strings"

	"forthwith/internal/phrase"
)

// conditionBureau is the fact that some laws ask more of.
const conditionBureau = "entity_is_cra"

// monitoring holds the offer's months against what a rule asks for. Whether the
// text tells of the offer is for the items of the rule.
func (c *checker) monitoring(r *reading, p pair, law Law) {
	m := law.Monitoring
	if holds, _ := c.fires(RequiredIf{All: m.All, Any: m.Any}); !m.Required || !holds {
		return
	}
	f := about(r, p, law, Item{})
	f.Values["months"], f.Values["offered"], f.Values["note"] = m.Months, c.months(), m.Note
	switch {
	case c.months() < m.Months:
		f.Rule, f.Severity, f.Result = "months", Block, Missing
	case c.facts[conditionBureau] && strings.Contains(m.Note, "consumer reporting"):
		f.Rule, f.Severity, f.Result = "months_bureau", Ask, CannotTell
	default:
		f.Rule, f.Severity, f.Result = "months_found", Pass, Present
	}
	c.add(f)
}

// months gives the length of the offer: as it came in, or of its fact.
func (c *checker) months() int {
	if c.Months > 0 {
		return c.Months
	}
	n, err := strconv.Atoi(strings.TrimSpace(c.Facts["offer.months"]))
	if err != nil {
		return 0
	}
	return n
}

// place names a place as messages do.
func place(jurisdiction string) string {
	if jurisdiction == "" {
		return phrase.Say("lint_no_place", nil)
	}
	return phrase.Place(jurisdiction)
}

// fieldsOf writes the fields that make an item.
func fieldsOf(it Item) string {
	if len(it.Fields) == 0 {
		return it.Description
	}
	groups, special := needs[it.ID]
	if !special {
		groups = [][]string{it.Fields}
	}
	var all []string
	for _, g := range groups {
		all = append(all, "{{"+strings.Join(g, "}} or {{")+"}}")
	}
	return strings.Join(all, " and ")
}
