package e2e

import "testing"

// People who turn out to belong to a narrower cohort after they were placed are
// decided about, by a person, before it freezes.
func TestAPersonDecidesWhatThosePlacedBeforeAreToHear(t *testing.T) {
	s := newScene(t)
	narrow := s.placedBefore()
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(narrow)
	w.says("3 people were placed in a broader cohort before: decide")
	w.whole(true)
	w.click("3 people were placed in a broader cohort before: decide")
	w.says("nobody is passed over silently", "3 people placed in ‘Broad")
	w.whole(true)
	w.click("Decide for 3 people")
	w.says("is empty")
	w.whole(true)
	w.tick("decision", "follow_up")
	w.fill("reason", "Their passwords were reset as well")
	w.click("Decide for 3 people")
	w.says("Nobody waits for a decision.", "3 people are to hear this notice as well; 3 of them are in no frozen follow-up yet.")
	w.whole(true)
	w.says("The follow-up is made once a campaign of the incident was launched.")
}

// Those who are to hear more are chosen by a follow-up, once something was sent.
func TestAFollowUpBeginsWithThoseWhoAreToHearMore(t *testing.T) {
	s := newScene(t)
	s.runningCampaign()
	narrow := s.placedBefore()
	s.people["Cem"].does(narrow+"/upgrades", narrow+"/upgrades", map[string]string{"decision": "follow_up", "reason": "because"})
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(narrow + "/upgrades")
	w.click("Make the follow-up")
	w.says("What it is for", "A follow-up to", "Everyone who is to hear the notice of ‘Narrow")
	w.whole(true)
	w.click("Save")
	w.says("Draft", "0 people match this rule") // the running campaign was for others
	w.whole(true)
}
