package e2e

import (
	"fmt"
	"testing"
)

// TestPeopleAreHeldUntilAFactIsKnown puts a gate before a cohort, launches what
// may be sent, and lets the others through with a later list.
func TestPeopleAreHeldUntilAFactIsKnown(t *testing.T) {
	s := newScene(t)
	cem := s.people["Cem"]
	name := s.crowd(3)
	cohort := s.frozenCohort()
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(cohort)
	w.says("A gate holds members of a cohort")
	w.click("Put a gate before a cohort")
	w.whole(true)
	w.click("Put it up")
	w.says("Fix this")
	w.fill("column", "secured")
	w.click("Add a line for it")
	w.click("Remove 1")
	w.fill("name", "Account secured")
	w.click("Show size")
	w.sums("3 in the cohort = 3 held")
	w.whole(true)
	w.click("Put it up")
	w.says("No list has this column yet: secured.", "Everyone", "secured")
	w.sums("3 in the cohort = 3 held")
	w.whole(true)
	gate := w.where()

	plan := s.planned(map[string]string{"name": fmt.Sprintf("Gated %d", s.next()), "cohort_id": last(cohort), "version_id": last(s.version), "sender_id": "snd_1", "relays": "rel_1", "max_rate_per_second": "50"})
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	if got := cem.submit(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "0"}); got.status != 409 {
		t.Errorf("launched while everybody is held: %d", got.status)
	}
	s.secure(name, 0)
	cem.await(gate, "1 person let through, 0 people held again")
	w.visit(plan + "/launch")
	w.says("2 of them are held by a gate")
	cem.does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "1"})
	cem.await(plan, "2 held")
	w.visit(plan)
	w.whole(true)
	s.secure(name, 1, 2)
	cem.await(gate, "2 people let through, 0 people held again")
	cem.await(plan, "Complete")
	w.visit(gate)
	w.sums("3 in the cohort = 3 may be sent to")
	w.says("Nobody is held.")
}

// secure imports a list that tells of some people of a crowd that they are
// secured.
func (s *scene) secure(name string, people ...int) {
	s.t.Helper()
	file := "secured.csv\nemail,secured\n"
	for _, i := range people {
		file += fmt.Sprintf("%s%d@example.com,yes\n", name, i)
	}
	page := s.incident + "/lists"
	list := s.people["Cem"].does(page, page, map[string]string{"file": file})
	s.people["Cem"].does(list, list, nil)
	s.people["Cem"].await(list, "known people")
}
