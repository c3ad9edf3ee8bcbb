package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestASecondLaunchSaysWhoWasFirst launches one plan from two pages.
func TestASecondLaunchSaysWhoWasFirst(t *testing.T) {
	s := newScene(t)
	plan, cem := s.approvedPlan(), s.people["Cem"]
	page := plan + "/launch"
	late, _ := formTo(formsOf(cem.get(page).body), page)
	cem.does(page, page, map[string]string{"confirm_recipients": "3"})
	values := late.values()
	values.Set("confirm_recipients", "3")
	got := cem.post(late, values)
	said := refusal(got.body)
	if got.status != http.StatusConflict || !strings.HasPrefix(said, "Cem of the crew launched this at ") || !strings.Contains(said, "it was not launched twice – watch it live.") {
		t.Errorf("a second launch is answered %d: %s", got.status, said)
	}
	for _, verb := range []string{"resume", "reject"} {
		if shown := cem.get(plan + "/" + verb); len(formsOf(shown.body)) != 1 { // that signs out
			t.Errorf("a campaign that is sent can be asked to %s", verb)
		}
	}
	cem.does(plan+"/abort", plan+"/abort", map[string]string{"reason": "a test", "confirm_recipients": "3"})
	for _, verb := range []string{"pause", "abort"} {
		if shown := cem.get(plan + "/" + verb); len(formsOf(shown.body)) != 1 {
			t.Errorf("a campaign that was given up can be asked to %s", verb)
		}
	}
}
