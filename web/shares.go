package web

import (
	"cmp"
	"slices"

	"forthwith/internal/phrase"
)

// shareRows is how many parts a table of shares names; the rest are one row.
const shareRows = 10

// shares gives the parts of a whole, the largest first. Each bar is measured
// by the largest part.
func shares(counts map[string]int, called func(code string) string) []shareRow {
	var rows []shareRow
	for name, n := range counts {
		if name == "none" {
			name = phrase.Say("share_none", nil)
		} else {
			name = called(name)
		}
		rows = append(rows, shareRow{Name: name, People: n})
	}
	slices.SortFunc(rows, func(a, b shareRow) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Name, b.Name))
	})
	if len(rows) > shareRows {
		rest := shareRow{Name: phrase.Say("share_others", map[string]any{"count": len(rows) - shareRows + 1})}
		for _, r := range rows[shareRows-1:] {
			rest.People += r.People
		}
		rows = append(rows[:shareRows-1:shareRows-1], rest)
	}
	largest := 1
	for _, r := range rows {
		largest = max(largest, r.People)
	}
	for i := range rows {
		rows[i].Width = percent(wholeness * float64(rows[i].People) / float64(largest))
	}
	return rows
}
