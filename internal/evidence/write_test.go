package evidence

import "testing"

// What a spreadsheet would run gets an apostrophe, in whatever form it opens.
func TestNoCellOfAReportIsAFormula(t *testing.T) {
	for _, opening := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		for _, before := range []string{"", " ", "\u00a0", " \u00a0 "} {
			cell := before + opening + "cmd|' /C calc'!A0"
			if got := Neutral(cell); got != "'"+cell {
				t.Errorf("%q became %q", cell, got)
			}
		}
	}
	for _, cell := range []string{"", " ", "a=1", "ana@example.com", "2026-01-02", "'quoted'"} {
		if got := Neutral(cell); got != cell {
			t.Errorf("%q became %q", cell, got)
		}
	}
}
