//go:build pictures

package e2e

import (
	"fmt"
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
	s.coded(frozen)
	for size, v := range map[string]view{"1280": desk, "390": phone} {
		for _, who := range []string{"Dee", "Fay"} {
			w := open(t, v)
			w.signInAs(who)
			w.looksUp(name + "3@example.com")
			w.picture(filepath.Join(dir, "person-found-"+who+"-"+size+".png"))
			if who == "Dee" {
				w.click("See this person")
				w.picture(filepath.Join(dir, "person-own-"+size+".png"))
				w.visit("/versions/ver_2?recipient=rcp_1-200&format=phone#preview")
				w.picture(filepath.Join(dir, "person-reads-"+size+".png"))
				w.fill("person", "nobody@example.com")
				w.presses("Show for this person")
				w.picture(filepath.Join(dir, "person-nobody-"+size+".png"))
				w.visit("/deliveries/dlv_1-1")
				w.picture(filepath.Join(dir, "person-delivery-"+size+".png"))
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

// coded hands out codes to everybody of a cohort, and makes a pool of which
// nobody has one.
func (s *scene) coded(cohort string) {
	s.t.Helper()
	page, n := s.incident+"/codes", s.next()
	pool := fmt.Sprintf("a_pool_with_a_name_that_is_as_long_as_a_name_of_a_pool_may_be%d", n)
	s.people["Cem"].does(page, page, map[string]string{"name": pool, "file": "codes.txt\n" + fmt.Sprintf("A%[1]d\nB%[1]d\nC%[1]d\nD%[1]d\nE%[1]d\n", n)})
	s.pool()
	notices := s.incident + "/notices"
	editor := s.people["Bo"].does(notices, notices, map[string]string{"name": fmt.Sprintf("Swept %d", s.next())})
	version := s.people["Bo"].does(editor, editor, map[string]string{"variants[0].subject": "Enrol", "variants[0].body": "Your code is {{code." + pool + "}}.", "do": "submit"})
	s.people["Ada"].does(version+"/approve", version+"/approve", nil)
	s.cohort, s.version = cohort, version
	s.checkedPlan()
}
