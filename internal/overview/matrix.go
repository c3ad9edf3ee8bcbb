package overview

import (
	"forthwith/internal/cohort"
	"forthwith/internal/notice"
)

// Matrix says which text of a notice each group of people gets. Texts and
// Untold add up to the people of the cohort.
type Matrix struct {
	Rows   []MatrixRow
	Texts  []int // people by text, in the notice's order
	Untold int   // people whom no text fits: they would hear nothing
}

// MatrixRow is one group of people with its text.
type MatrixRow struct {
	cohort.Group
	Text int // NoText: none fits
}

// NoText stands for the text of people whom none fits.
const NoText = -1

// MatrixOf lays the groups of a cohort over the texts of a notice, as preflight
// will for each person.
func MatrixOf(d notice.Draft, groups []cohort.Group) Matrix {
	m := Matrix{Rows: []MatrixRow{}, Texts: make([]int, len(d.Variants))}
	for _, g := range groups {
		text, fits := notice.PickVariant(d.Variants, d.DefaultLocale, g.Jurisdictions, g.Locale)
		if fits {
			m.Texts[text] += g.People
		} else {
			text = NoText
			m.Untold += g.People
		}
		m.Rows = append(m.Rows, MatrixRow{g, text})
	}
	return m
}
