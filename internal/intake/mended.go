package intake

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// whyColumns stand before the columns of a file of refused rows, and say where
// each stood and why it was refused.
var whyColumns = [...]string{"line", "column", "reason"}

// mostCells is how many cells a row of such a file may have.
const mostCells = MaxColumns + len(whyColumns)

// whyNames are the names of these columns before others: no name stands twice.
func whyNames(columns []string) []string {
	names := slices.Clone(whyColumns[:])
	for i := range names {
		for slices.Contains(columns, names[i]) {
			names[i] = "refused " + names[i]
		}
	}
	return names
}

// mended tells that a file is one of refused rows, which people mend and upload
// again.
func mended(columns []string) bool {
	if len(columns) <= len(whyColumns) {
		return false
	}
	return slices.Equal(columns[:len(whyColumns)], whyNames(columns[len(whyColumns):]))
}

// newlyRefused leaves out why a row was refused before, where it stands in a file
// of refused rows: otherwise such a file grew with each round.
func newlyRefused(columns, cells []string) []string {
	if !mended(columns) {
		return cells
	}
	return cells[min(len(cells), len(whyColumns)):]
}

// formulas begin with one of these, in the eyes of a spreadsheet.
const formulas = "=+-@\t\r\n＝＋－＠"

// opensFormula looks behind leading spaces, as spreadsheets do.
func opensFormula(cell string) bool {
	cell = strings.TrimLeft(cell, " \u00a0")
	first, _ := utf8.DecodeRuneInString(cell)
	return cell != "" && strings.ContainsRune(formulas, first)
}

// bare is a cell without the apostrophes in front of it.
func bare(cell string) string { return strings.TrimLeft(cell, "'") }

// neutralised keeps a spreadsheet from running a cell as a formula: those that
// could be one get an apostrophe in front. So do those that have one already: it is
// theirs, and stays when this one is taken off.
func neutralised(cells []string) []string {
	for i, c := range cells {
		if opensFormula(bare(c)) {
			cells[i] = "'" + c
		}
	}
	return cells
}

// asTheyWere takes these apostrophes off again.
func asTheyWere(cells [][]byte) {
	for i, c := range cells {
		if len(c) > 1 && c[0] == '\'' && opensFormula(bare(string(c))) {
			cells[i] = c[1:]
		}
	}
}
