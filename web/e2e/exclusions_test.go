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

// A list is excluded, its people are told by no cohort, the sums add up, and
// lifting it takes them back.
func TestAListIsExcludedAndLifted(t *testing.T) {
	s := newScene(t)
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
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
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
			w.whole(v.scripts)
			exclusion := w.where()
			w.visit(cohort)
			w.sums("3 match = 1 told here + 2 excluded")
			w.visit(s.incident + "/decisions")
			w.sums("2 excluded = 2 held for law enforcement")
			w.whole(v.scripts)
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
			w.whole(v.scripts)
		})
	}
}
