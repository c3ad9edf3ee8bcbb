//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfOnePerson takes who is looked up, their own page, and the cohort
// that has them.
func TestPicturesOfOnePerson(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	name := s.crowd(5)
	frozen := s.frozenCohort()
	for size, v := range map[string]view{"1280": desk, "390": phone} {
		for _, who := range []string{"Dee", "Fay"} {
			w := open(t, v)
			w.signInAs(who)
			w.looksUp(name + "3@example.com")
			w.picture(filepath.Join(dir, "person-found-"+who+"-"+size+".png"))
			if who == "Dee" {
				w.click("See this person")
				w.picture(filepath.Join(dir, "person-own-"+size+".png"))
				w.visit(frozen)
				w.picture(filepath.Join(dir, "person-cohort-"+size+".png"))
			}
		}
	}
}

// TestPicturesOfTheSummary takes the summary of a report, and the cohort that it
// speaks of.
func TestPicturesOfTheSummary(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	cohort, plan := s.leftOut()
	for size, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Dee")
		for what, path := range map[string]string{"report": plan + "/evidence", "cohort": cohort} {
			w.visit(path)
			w.picture(filepath.Join(dir, "summary-"+what+"-"+size+".png"))
		}
	}
}
