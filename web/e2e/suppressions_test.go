package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// Somebody is suppressed after the approval: the launch is refused until legal
// has decided, and what is decided is what the plan sends.
func TestALaunchWaitsUntilEverybodyIsDecided(t *testing.T) {
	s := newScene(t)
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			undecided, suppress := s.undecidedPlan(3)
			suppress()
			plan := undecided[:len(undecided)-len("/undecided")]
			s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
			if got := s.people["Cem"].submit(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "3"}); refusal(got.body) == "" || got.status != 409 {
				t.Errorf("launched while somebody is undecided: %d", got.status)
			}
			w := open(t, v)
			w.signInAs("Ada")
			w.visit(plan + "/launch")
			w.says("Somebody was suppressed since this plan was made")
			w.visit(s.incident + "/decisions")
			w.whole(v.scripts)
			w.click("Decide for 1 person")
			w.sums("1 suppressed = 1 undecided")
			w.says("They asked not to be mailed", "c•••@e•••.com")
			w.whole(v.scripts)
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
		})
	}
}
