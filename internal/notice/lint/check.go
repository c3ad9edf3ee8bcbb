package lint

import (
	"maps"
	"slices"
	"strings"

	"forthwith/internal/fault"
)

// Check reads every text, and every pair of a text and a place whose people get
// it. A text that nobody gets is read for what holds everywhere.
func Check(in Input) []Finding {
	c := newChecker(in)
	for i := range in.Texts {
		r := c.read(i)
		c.hygiene(r)
		c.reached(r)
		for _, p := range c.pairs[i] {
			for _, law := range in.Laws[p.jurisdiction] {
				c.law(r, p, law)
			}
		}
	}
	c.speech()
	c.conditions()
	return settle(c.found, in.Ticked)
}

// checker collects findings of one lint.
type checker struct {
	Input
	items map[string]Item
	facts map[string]bool // conditions that hold
	found []Finding
	texts []*reading
	pairs [][]pair // the places of each text
	names map[string]string
	state map[string]Contact // attorneys general by place
}

func newChecker(in Input) *checker {
	c := &checker{Input: in, items: map[string]Item{}, facts: map[string]bool{conditionEmail: true}, state: map[string]Contact{}, names: map[string]string{}}
	c.Facts = onLines(in.Facts)
	for _, it := range in.Items {
		c.items[it.ID] = it
	}
	for _, name := range in.Conditions {
		c.facts[name] = true
	}
	c.texts, c.pairs = make([]*reading, len(in.Texts)), make([][]pair, len(in.Texts))
	for i := range in.Texts {
		c.pairs[i] = c.pairsOf(i)
	}
	for _, contact := range in.Contacts {
		if strings.HasPrefix(contact.ID, "ag-") {
			c.state[contact.Jurisdiction] = contact
		}
	}
	return c
}

func (c *checker) read(i int) *reading {
	if c.texts[i] == nil {
		told := maps.Clone(c.Facts)
		maps.Copy(told, onLines(c.Texts[i].Facts))
		c.texts[i] = read(i, c.Texts[i], told)
	}
	return c.texts[i]
}

// onLines puts each value on one line, as letters do.
func onLines(facts map[string]string) map[string]string {
	all := make(map[string]string, len(facts))
	for field, value := range facts {
		all[field] = strings.Join(strings.Fields(value), " ")
	}
	return all
}

func (c *checker) add(f Finding) {
	if f.Severity == Pass && !c.Passed {
		return
	}
	if f.Values == nil {
		f.Values = fault.Values{}
	}
	f.Values["line"] = f.Line
	if f.Text >= 0 && f.Text < len(c.Texts) {
		f.Values["locale"] = c.Texts[f.Text].Locale
	}
	c.found = append(c.found, f)
}

// pair is a place whose people get a text.
type pair struct {
	jurisdiction, named             string // named as messages do
	people, consenting, atMailboxes int64
}

// named names a place, once.
func (c *checker) named(jurisdiction string) string {
	if _, known := c.names[jurisdiction]; !known {
		c.names[jurisdiction] = place(jurisdiction)
	}
	return c.names[jurisdiction]
}

// pairsOf gives the places of one text, in order. People of several places count
// in each of them; those of none have the place "".
func (c *checker) pairsOf(text int) []pair {
	sums := map[string]*pair{}
	for _, p := range c.Places {
		if p.Text != text {
			continue
		}
		places := p.Jurisdictions
		if len(places) == 0 {
			places = []string{""}
		}
		for _, j := range places {
			if sums[j] == nil {
				sums[j] = &pair{jurisdiction: j, named: c.named(j)}
			}
			sums[j].people += p.People
			sums[j].consenting += p.Consenting
			sums[j].atMailboxes += p.AtMailboxes
		}
	}
	all := make([]pair, 0, len(sums))
	for _, p := range sums {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pair) int {
		if a.jurisdiction < b.jurisdiction {
			return -1
		}
		return 1
	})
	return all
}
