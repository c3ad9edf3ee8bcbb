package e2e

import (
	"strings"
	"testing"
)

// People who come after a cohort was frozen are told by a further version of it.
func TestAFurtherVersionTellsThoseWhoCameSince(t *testing.T) {
	s := newScene(t)
	cohort := s.grownCohort()
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(s.incident)
	w.says("Say what 2 people hear who came since the last freeze", "2 people in none")
	w.whole(true)
	w.click("Open the cohorts")
	w.says("2 people are in no cohort and not excluded.", "2 people of them came since the last freeze.")
	w.whole(true)
	w.visit(cohort)
	w.says("2 people more match this rule by now, and nobody tells them.")
	w.whole(true)
	w.click("Make version 2 for them")
	w.says("The version before:", "Compared with what was frozen before: 2 new, 1 in both, 0 that match no more.", "where the version before stands")
	w.says("3 people match this rule")
	w.whole(true)
	w.click("Freeze 2 people")
	w.whole(true)
	w.click("Freeze 2 people")
	s.people["Cem"].await(w.where(), "Frozen by")
	w.visit(w.where())
	w.says("Compared with what was frozen before: 2 new, 1 in both")
	w.visit(cohort)
	w.says("The version after:")
	w.visit(s.incident)
	if strings.Contains(w.text(), "since the last freeze") || strings.Contains(w.text(), "in none") {
		t.Error("somebody waits for a cohort when all have one")
	}
}

// A reviewer compares the texts of a version, and a version with another.
func TestLegalComparesTexts(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Ada")
	w.visit("/versions/ver_2")
	w.click("Compare with another version, or two texts")
	w.says("Two texts of this version")
	w.whole(true)
	w.click("Compare")
	w.says("What ‘", "has otherwise than ‘")
	w.whole(true)
	for path, status := range map[string]int64{"/versions/ver_2/compare?against=ver_99999": 404, "/versions/ver_2/compare?variant=0&with=99": 404, "/versions/ver_2/compare?against=x": 200} {
		if got := w.visit(path); got != status {
			t.Errorf("%s is answered %d, not %d", path, got, status)
		}
	}
}
