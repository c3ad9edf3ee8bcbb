package e2e

import (
	"regexp"
	"slices"
	"testing"
)

// aRecipient leads to a person's own page.
var aRecipient = regexp.MustCompile(`/recipients/rcp_\d+-\d+`)

// leftOut freezes a cohort of five people, of whom two were excluded before, and
// plans a campaign for the others.
func (s *scene) leftOut() (cohort, plan string) {
	s.t.Helper()
	s.crowd(5)
	cohort = s.draftCohort()
	people := slices.Compact(aRecipient.FindAllString(s.people["Ada"].get(cohort).body, -1))
	for i, kind := range []string{"law_enforcement_hold", "deceased"} {
		s.people["Ada"].does(people[i], people[i], map[string]string{"kind": kind, "reason": "a letter from the family of somebody"})
	}
	s.people["Cem"].does(cohort+"/freeze", cohort+"/freeze", nil)
	s.people["Cem"].await(cohort, "Frozen by")
	usual := s.cohort
	s.cohort = cohort
	plan = s.checkedPlan()
	s.cohort = usual
	return cohort, plan
}

// The summary of a report counts everybody who was considered once, and whom it
// has no line for by why; it names nobody and tells no reason in words.
func TestTheReportSaysWhomItHasNoLineFor(t *testing.T) {
	s := newScene(t)
	cohort, plan := s.leftOut()
	w := open(t, view{width: 390})
	w.signInAs("Dee")
	w.visit(plan + "/evidence")
	name := eval[string](w, `document.querySelector("h2 + p a bdi").innerText`)
	want := []string{"3 people = 3 waiting", "8 considered = 3 in ‘" + name + "’ + 2 excluded before the freeze + 3 not in its rule",
		"2 excluded = 1 held for law enforcement + 1 deceased"}
	if got := eval[[]string](w, `[...document.querySelectorAll(".fw-sum__bar")].map((e) => e.getAttribute("aria-label"))`); !slices.Equal(got, want) {
		t.Errorf("the bars say %q, want %q", got, want)
	}
	w.whole(false)
	body := s.people["Dee"].get(plan + "/evidence").body
	if aRecipient.MatchString(body) || regexp.MustCompile("a letter from the family").MatchString(body) {
		t.Error("the summary names somebody, or why")
	}
	w.click("Who decided so, and why")
	w.says("a letter from the family of somebody")
	w = open(t, desk)
	w.signInAs("Cem")
	w.visit(cohort)
	w.sums("5 match = 3 told here + 2 excluded")
	w.says("Excluded before the freeze", "held for law enforcement")
	w.whole(true)
}
