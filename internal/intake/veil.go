package intake

import (
	"strings"
	"unicode/utf8"

	"forthwith/internal/mailaddr"
)

const veil = "•••"

// Hidden stands for a cell that is not shown at all.
const Hidden = "\x00"

// Veiled gives the first cells of a column as a page may show them: enough to
// tell what a column is, and nobody in it. Addresses, names and every text that
// differs from row to row are masked; a secret is Hidden.
func (p Preview) Veiled(column, limit int) []string {
	cells := make([]string, 0, limit)
	plain := p.plain(column)
	for _, row := range p.Rows[:min(len(p.Rows), limit)] {
		if column < len(row) {
			cells = append(cells, p.veiled(column, strings.TrimSpace(row[column]), plain))
		}
	}
	return cells
}

func (p Preview) veiled(column int, cell string, plain bool) string {
	switch {
	case p.hides(column):
		return Hidden
	case cell == "":
		return ""
	}
	if a, err := mailaddr.Parse(cell); err == nil {
		return a.Redacted()
	}
	if plain && len(cell) <= longestPlain {
		return cell
	}
	first, _ := utf8.DecodeRuneInString(cell)
	return string(first) + veil
}

// hides tells whether a column is secret, or its heading speaks of a secret and
// its cells explain nothing else.
func (p Preview) hides(column int) bool {
	if k := p.Mapping[column].Kind; k != Ignore && k < Attribute {
		return false
	}
	heading := reduced(p.Columns[column])
	for _, w := range secretWords {
		if strings.Contains(heading, w) {
			return true
		}
	}
	return p.Mapping[column].Kind == SecretAttribute
}

const (
	longestPlain = 40
	commonTwice  = 2 // a value of a small set stands twice or more on average
)

// plain tells whether a column's cells say nothing of one person: places,
// languages, dates, numbers, and words of a small set.
func (p Preview) plain(column int) bool {
	t := p.Mapping[column]
	switch t.Kind {
	case Jurisdiction, Locale, Timezone, Consent, Reference:
		return true
	case Email, Name, Phone, Postal:
		return false
	case Attribute:
		if t.Type != Text {
			return true
		}
	}
	different, filled := map[string]bool{}, 0
	for _, row := range p.Rows {
		if column < len(row) && strings.TrimSpace(row[column]) != "" {
			different[row[column]] = true
			filled++
		}
	}
	return filled >= commonTwice*len(different)
}
