package e2e

import "testing"

// TestALaunchSaysWhatChangedSinceThePlan has ops learn more after legal approved a
// plan, and press Send all the same.
func TestALaunchSaysWhatChangedSinceThePlan(t *testing.T) {
	s := newScene(t)
	plan := s.approvedPlan()
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(s.incident + "/facts")
	w.fill("summary", "More is known than when legal approved.")
	w.click("Save facts")
	w.visit(plan)
	w.says("Approved")
	w.click("Send to 3 people")
	w.fill("code", w.nextCode())
	w.fill("confirm_recipients", "3")
	w.click("Send to 3 people")
	w.says("Fix this", "‘Facts of the incident’ changed since this plan was made – it no longer counts, nothing was sent – run the checks again and ask legal.",
		"‘What the facts tell everybody’ changed since this plan was made")
	w.whole(true)
	w.visit(plan)
	w.says("Approved")
	w.click("Change and check")
	w.click("Save and check") // as it says, with nothing changed
	s.people["Cem"].await(plan, "Waits for legal")
}
