package e2e

import (
	"fmt"
	"testing"
)

// Ops corrects what people were told: a newer text goes to exactly those who have
// the first one, and the public page says of its codes that it was corrected.
func TestOpsCorrectsWhatPeopleWereTold(t *testing.T) {
	s := newScene(t)
	s.importedList()
	s.cohort = s.frozenCohort()
	subject := fmt.Sprintf("What we know, %d", s.next())
	notice := s.startsNotice(subject)
	s.version = s.approvedText(notice, subject, "Words that are wrong.")
	wrong := s.sent("/campaigns/new", map[string]string{"name": subject})
	code := s.lettersWith(subject, printedCode)[0]

	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(wrong)
	w.click("Correct the text")
	w.sums("3 people = 3 accepted")
	w.says("Who has it, or may have it", "They have v1", "A follow-up cohort of everybody who has it", "With the newer text")
	w.whole(true)
	correct := w.where()
	w.click("The people, frozen")
	w.says("3 people match this rule", "Everyone who has in ‘"+subject) // the rule is written already
	w.whole(true)
	w.click("Save")
	w.says("3 people match this rule")
	s.cohort = w.where()
	s.people["Cem"].does(s.cohort+"/freeze", s.cohort+"/freeze", nil)
	s.people["Cem"].await(s.cohort, "Frozen by")
	s.version = s.approvedText(notice, "Corrected: "+subject, "What we wrote before was wrong.")
	w.visit(correct)
	w.says(subject+" v2", "Correction of")
	w.whole(true)
	w.click("The campaign that sends it")
	w.says("Corrects")
	w.whole(true)
	right := s.sent("/campaigns/new?corrects="+last(wrong), nil)
	for page, words := range map[string]string{wrong: "Corrected by", right: "goes to exactly those who have that text", correct: "Complete"} {
		w.visit(page)
		w.says(words)
		w.whole(true)
	}
	for _, v := range []view{desk, {width: 390}} {
		p := open(t, v)
		p.visitPublic("/?lang=en")
		p.types(code)
		p.click("Check")
		p.says("This notice was corrected", "What the newer notice says", "Corrected: "+subject)
		p.careful()
	}
}

// startsNotice has Bo begin a notice.
func (s *scene) startsNotice(name string) string {
	s.t.Helper()
	page := s.incident + "/notices"
	return s.people["Bo"].does(page, page, map[string]string{"name": name})
}

// approvedText has Bo write the next version of a notice, and Ada approve it.
func (s *scene) approvedText(notice, subject, words string) string {
	s.t.Helper()
	version := s.people["Bo"].does(notice, notice, map[string]string{"variants[0].subject": subject, "variants[0].body": words + " Code {{notice.code}}.", "do": "submit"})
	return s.people["Ada"].does(version+"/approve", version+"/approve", nil)
}

// sent carries a campaign of what a form of the incident begins with to its end.
func (s *scene) sent(form string, typed map[string]string) string {
	s.t.Helper()
	cem, page := s.people["Cem"], s.incident+form
	values := map[string]string{"version_id": last(s.version), "sender_id": "snd_1", "relays": "rel_1", "max_rate_per_second": "50"}
	if typed != nil {
		values["cohort_id"] = last(s.cohort)
	}
	for name, value := range typed {
		values[name] = value
	}
	cem.does(page, s.incident+"/campaigns/new", values)
	plan := "/campaigns/" + last(s.newestCampaign(s.incident+"/campaigns"))
	cem.await(plan, "Waits for legal")
	s.people["Ada"].does(plan+"/approve", plan+"/approve", nil)
	cem.does(plan+"/launch", plan+"/launch", map[string]string{"confirm_recipients": "3"})
	cem.await(plan, "Complete: all 3 people")
	return plan
}
