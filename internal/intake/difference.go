package intake

import (
	"context"
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Difference says, person by person, what a list tells otherwise than an
// earlier one. People without an address cannot be recognised again; they are
// counted apart.
type Difference struct {
	Earlier, Later List
	New            People // in the later list only
	Gone           People // in the earlier list only
	Changed        People // in both, with other values in a column that both have
	Same           int64
	Columns        []ColumnChange // that both have, in the order of the later list
	Dropped, Added []string       // columns of the earlier, and of the later list only
	Nameless       [2]int64       // rows without an address: earlier, later
}

// People counts some, and names the first of them.
type People struct {
	Count int64
	First []id.Recipient
}

// ColumnChange counts people whose values in a column differ.
type ColumnChange struct {
	Name   string
	People int64
}

// Comparison reads the rows of two lists side by side.
type Comparison interface {
	// RowsOf visits the rows of some lists in the order of their people.
	RowsOf(ctx context.Context, incident id.Incident, lists []id.List, visit func(list id.List, person int64, cells []string) error) error
}

// Difference compares a list with an earlier one of the same incident. Both must
// be imported; a withdrawn one may still be compared with.
func (s Service) Difference(ctx context.Context, by access.Actor, no, against id.List) (Difference, error) {
	later, err := s.Get(ctx, by, no)
	if err != nil {
		return Difference{}, err
	}
	earlier, err := s.Get(ctx, by, against)
	if fault.Is(err, ErrNoList.Code) || err == nil && (earlier.Incident != later.Incident || no == against) {
		return Difference{}, fault.Wrong("against", "list_not_comparable", nil)
	}
	if err != nil {
		return Difference{}, err
	}
	for _, l := range []List{earlier, later} {
		if l.State != Imported && l.State != Withdrawn {
			return Difference{}, l.wrongState()
		}
	}
	c := newComparing(earlier, later)
	err = s.Comparison.RowsOf(ctx, later.Incident, []id.List{against, no}, c.row)
	c.person(0)
	return c.Difference, err
}

// comparing meets the rows of one person after the other.
type comparing struct {
	Difference
	at     int64 // the person whose rows are met
	met    [2]bool
	values [2][]map[string]bool // of each common column
	common [2][]int             // where it stands in each list
	email  [2]int
}

func newComparing(earlier, later List) *comparing {
	c := &comparing{Difference: Difference{Earlier: earlier, Later: later}}
	for i, name := range later.Columns {
		j := slices.Index(earlier.Columns, name)
		if j < 0 {
			c.Added = append(c.Added, name)
			continue
		}
		c.Columns = append(c.Columns, ColumnChange{Name: name})
		c.common[0], c.common[1] = append(c.common[0], j), append(c.common[1], i)
	}
	for _, name := range earlier.Columns {
		if !slices.Contains(later.Columns, name) {
			c.Dropped = append(c.Dropped, name)
		}
	}
	for side, l := range []List{earlier, later} {
		c.email[side] = slices.IndexFunc(l.Mapping, func(t Target) bool { return t.Kind == Email })
		c.values[side] = make([]map[string]bool, len(c.Columns))
	}
	return c
}

func (c *comparing) row(list id.List, person int64, cells []string) error {
	side := 0
	if list == c.Later.ID {
		side = 1
	}
	if at := c.email[side]; at < 0 || at >= len(cells) || strings.Trim(cells[at], " ") == "" {
		c.Nameless[side]++
		return nil
	}
	if person != c.at {
		c.person(person)
	}
	c.met[side] = true
	for i, column := range c.common[side] {
		if column >= len(cells) {
			continue
		}
		if c.values[side][i] == nil {
			c.values[side][i] = map[string]bool{}
		}
		c.values[side][i][cells[column]] = true
	}
	return nil
}

// person ends with one and goes on to the next.
func (c *comparing) person(next int64) {
	switch {
	case c.met[0] && c.met[1]:
		if c.changed() {
			c.Changed.add(c.Later.Incident, c.at)
		} else {
			c.Same++
		}
	case c.met[0]:
		c.Gone.add(c.Later.Incident, c.at)
	case c.met[1]:
		c.New.add(c.Later.Incident, c.at)
	}
	c.at, c.met = next, [2]bool{}
	for side := range c.values {
		for _, set := range c.values[side] {
			clear(set)
		}
	}
}

// changed counts in which columns a person differs. The order of rows, and how
// often one stands there, does not matter.
func (c *comparing) changed() bool {
	any := false
	for i := range c.Columns {
		a, b := c.values[0][i], c.values[1][i]
		differs := len(a) != len(b)
		for v := range a {
			differs = differs || !b[v]
		}
		if differs {
			c.Columns[i].People++
			any = true
		}
	}
	return any
}

// shownPeople is how many of a kind are named.
const shownPeople = 20

func (p *People) add(incident id.Incident, person int64) {
	if p.Count++; len(p.First) < shownPeople {
		p.First = append(p.First, id.Recipient{Parent: int64(incident), No: person})
	}
}
