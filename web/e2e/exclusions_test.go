package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// tick chooses a radio button by its value.
func (w *window) tick(name, value string) {
	w.t.Helper()
	w.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("input[name=%q][value=%q]", name, value))))
}

// TestNobodyIsLeftOutWithoutADecision excludes a list, on a phone without
// scripts, and decides about somebody who is suppressed, at a desk.
func TestNobodyIsLeftOutWithoutADecision(t *testing.T) {
	s := newScene(t)
	s.excludesAList(open(t, view{width: 390}))
	s.launchesWhenAllAreDecided(open(t, desk))
}

// excludesAList: its people are told by no cohort, the sums add up, and lifting
// it takes them back.
func (s *scene) excludesAList(w *window) {
	s.t.Helper()
	n := s.next()
	upload := func(name, people string) string {
		list := s.people["Cem"].does(s.incident+"/lists", s.incident+"/lists", map[string]string{"file": name + "\nemail,name\n" + people})
		s.people["Cem"].does(list, list, nil)
		s.people["Cem"].await(list, "new people")
		return list
	}
	hold := upload("held.csv", fmt.Sprintf("one%d@example.com,One\ntwo%d@example.com,Two\n", n, n))
	upload("all.csv", fmt.Sprintf("one%d@example.com,One\ntwo%d@example.com,Two\nsix%d@example.com,Six\n", n, n, n))
	cohort := s.draftCohort()
	w.signInAs("Ada")
	w.visit(cohort)
	w.sums("3 match = 3 told here")
	w.visit(s.incident + "/decisions")
	w.says("Nobody is excluded.")
	w.click("Exclude everybody in it")
	w.says("Fix this")
	w.fill("list_id", last(hold))
	w.tick("kind", "law_enforcement_hold")
	w.fill("reason", "asked for on 9 August <b>")
	w.click("Exclude everybody in it")
	w.says("held.csv", "2 people", "Law-enforcement hold", "asked for on 9 August <b>", "o•••@e•••.com", "t•••@e•••.com")
	exclusion := w.where()
	w.visit(cohort)
	w.sums("3 match = 1 told here + 2 excluded")
	w.visit(s.incident + "/decisions")
	w.sums("2 excluded = 2 held for law enforcement")
	w.whole(false)
	w.visit(exclusion)
	w.click("Lift this exclusion")
	w.says("Fix this")
	w.fill("reason", "the hold is over")
	w.click("Lift this exclusion")
	w.says("lifted, no longer holds", "the hold is over")
	w.visit(cohort)
	w.sums("3 match = 3 told here")
	w.visit(s.incident + "/decisions?state=lifted")
	w.says("held.csv", "lifted by Ada")
}

// launchesWhenAllAreDecided: somebody is suppressed after the approval, the
// launch is refused until legal has decided, and then it sends what was decided.
func (s *scene) launchesWhenAllAreDecided(w *window) {
	s.t.Helper()
	undecided, suppress := s.undecidedPlan(3)
	suppress()
	plan := undecided[:len(undecided)-len("/undecided")]
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	if got := s.people["Cem"].submit(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "3"}); got.status != 409 {
		s.t.Errorf("launched while somebody is undecided: %d", got.status)
	}
	w.signInAs("Ada")
	w.visit(plan + "/launch")
	w.says("Somebody was suppressed since this plan was made")
	w.visit(s.incident + "/decisions")
	w.whole(true)
	w.click("Decide for 1 person")
	w.sums("1 suppressed = 1 undecided")
	w.says("They asked not to be mailed", "c•••@e•••.com")
	w.whole(true)
	w.click("Decide")
	w.says("Fix this", "Nobody is chosen")
	w.do(chromedp.Click(chromedp.CSS(`input[name="recipient_ids"]`)))
	w.tick("decision", "other_channel")
	w.fill("reason", "a letter goes out")
	w.click("Decide")
	w.says("Nobody is undecided.")
	w.sums("1 suppressed = 1 told another way")
	s.people["Cem"].does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "2"})
	s.people["Cem"].await(plan, "?status=suppressed")
}
