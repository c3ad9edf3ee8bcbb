package intake

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Group is what all rows with one address say together. Adding the same rows
// in any order, or in parts that are then joined, gives the same Group.
//
// One mailbox may be read by several people: rows that share a reference or a
// name are one individual, and so is everybody whom a chain of such rows
// connects. A row with neither tells of nobody new.
type Group struct {
	Rows          int
	jurisdictions map[string]int
	locales       map[string]int
	timezones     map[string]int
	consent       [3]int
	marks         map[identity]bool
}

// identity is what a row says about who it is.
type identity struct{ reference, name string }

// Add adds one row of this person's address.
func (g *Group) Add(row Row) {
	g.Rows++
	count(&g.jurisdictions, row.Jurisdiction, 1)
	count(&g.locales, row.Locale, 1)
	count(&g.timezones, row.Timezone, 1)
	g.consent[row.Consent]++
	if m := (identity{strings.TrimSpace(row.Reference), folded(row.Name)}); m != (identity{}) {
		if g.marks == nil {
			g.marks = map[identity]bool{}
		}
		g.marks[m] = true
	}
}

// Join adds everything that another part of the rows said.
func (g *Group) Join(q Group) {
	g.Rows += q.Rows
	for v, n := range q.jurisdictions {
		count(&g.jurisdictions, v, n)
	}
	for v, n := range q.locales {
		count(&g.locales, v, n)
	}
	for v, n := range q.timezones {
		count(&g.timezones, v, n)
	}
	for i, n := range q.consent {
		g.consent[i] += n
	}
	if g.marks == nil {
		g.marks = map[identity]bool{}
	}
	maps.Copy(g.marks, q.marks)
}

func count(m *map[string]int, value string, n int) {
	if value == "" {
		return
	}
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[value] += n
}

// folded makes one form of a name that people write in several ways.
func folded(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), unicode.IsSpace), " ")
}

// Jurisdictions gives all of them, sorted: the person counts for the duties of
// each.
func (g *Group) Jurisdictions() []string { return slices.Sorted(maps.Keys(g.jurisdictions)) }

// Locale gives the language that most rows name; of two, the first in the
// alphabet.
func (g *Group) Locale() string { return most(g.locales) }

// Timezone is chosen as the locale is.
func (g *Group) Timezone() string { return most(g.timezones) }

// Consent gives Declined if any row says so, else Agreed if any row does.
func (g *Group) Consent() Answer {
	switch {
	case g.consent[Declined] > 0:
		return Declined
	case g.consent[Agreed] > 0:
		return Agreed
	}
	return NotAsked
}

func most(m map[string]int) string {
	best := ""
	for v, n := range m {
		if best == "" || n > m[best] || n == m[best] && v < best {
			best = v
		}
	}
	return best
}

// Individuals counts the different people behind the address; at least one.
func (g *Group) Individuals() int {
	u := union{}
	for m := range g.marks {
		switch {
		case m.reference == "":
			u.find("n" + m.name)
		case m.name == "":
			u.find("r" + m.reference)
		default:
			u.join("r"+m.reference, "n"+m.name)
		}
	}
	roots := 0
	for k, parent := range u {
		if k == parent {
			roots++
		}
	}
	return max(roots, 1)
}

// union is a disjoint-set forest over marks.
type union map[string]string

func (u union) find(k string) string {
	if _, ok := u[k]; !ok {
		u[k] = k
	}
	for u[k] != k {
		u[k] = u[u[k]]
		k = u[k]
	}
	return k
}

func (u union) join(a, b string) { u[u.find(a)] = u.find(b) }
