package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// inboxNumber finds the newest letters of the capture inbox.
var inboxNumber = regexp.MustCompile(`href="/inbox/(\d+)"`)

// A pool of codes is filled on its page, stops a plan while it is short, and each
// letter that arrives has one code that no other letter has.
func TestEachLetterHasACodeOfItsOwn(t *testing.T) {
	s := newScene(t)
	name := s.crowd(3)
	s.cohort = s.frozenCohort()
	n := s.next()
	pool := fmt.Sprintf("monitoring%d", n)
	code := func(i int) string { return fmt.Sprintf("ENROL-%d-%d", n, i) }
	page := s.incident + "/codes"
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit(s.incident + "/notices")
	w.click("Codes for people, one for each")
	w.says("No codes")
	w.click("Upload codes")
	w.says("Fix this", "No file was chosen")
	w.fill("name", pool)
	w.attach("file", "codes.txt", code(1)+"\n"+code(2)+"\n"+code(1)+"\n")
	w.click("Upload codes")
	w.says("Fix this", "Line 3 has the same code as line 1 – nothing was kept")
	w.holds()
	w.passesAxe()
	if typed := eval[string](w, `document.getElementsByName("name")[0].value`); typed != pool {
		t.Errorf("the name is lost: %q", typed)
	}
	w.attach("file", "codes.txt", code(1)+"\n"+code(2)+"\n")
	w.click("Upload codes")
	w.sums("2 codes = 2 left")
	w.says("Codes: "+pool, "{{code."+pool+"}}")
	here := w.where()

	notices := s.incident + "/notices"
	editor := s.people["Bo"].does(notices, notices, map[string]string{"name": fmt.Sprintf("Swept %d", s.next())})
	version := s.people["Bo"].does(editor, editor, map[string]string{"variants[0].subject": fmt.Sprintf("Enrol %d", n), "variants[0].body": "Your code is {{code." + pool + "}}.", "do": "submit"})
	if shown := s.people["Bo"].get(version + "/frame").body; !strings.Contains(shown, "[sample code."+pool+"]") {
		t.Error("a preview of somebody made up is without a sample code")
	}
	s.people["Ada"].does(version+"/approve", version+"/approve", nil)

	build := s.incident + "/campaigns/new"
	s.people["Cem"].does(build, build, map[string]string{"name": fmt.Sprintf("Swept %d", s.next()), "cohort_id": last(s.cohort), "version_id": last(version), "sender_id": "snd_1", "relays": "rel_1", "max_rate_per_second": "50"})
	campaign := "/campaigns/" + last(s.newestCampaign(s.incident+"/campaigns"))
	s.people["Cem"].await(campaign+"/preflight", "The pool ‘"+pool+"’ has 2 codes left, 3 people need one – nothing was handed out – upload 1 more code.")

	w = open(t, view{width: 390})
	w.signInAs("Cem")
	w.visit(page)
	w.says("2 codes = 0 used + 2 left")
	w.holds()
	w.click("{{code." + pool + "}}")
	w.attach("file", "more.txt", code(2)+"\n")
	w.click("Add codes")
	w.says("The code in line 1 is in this pool already – nothing was kept")
	w.attach("file", "more.txt", code(3)+"\n"+code(4)+"\n")
	w.click("Add codes")
	w.sums("4 codes = 4 left")
	s.people["Cem"].does(campaign+"/preflight", campaign+"/preflight", nil)
	s.people["Cem"].await(campaign, "Waits for legal")
	w.visit(here)
	w.sums("4 codes = 3 used + 1 left")
	w.holds()

	s.supportLearnsNoCode(name+"1@example.com", pool, fmt.Sprintf("ENROL-%d-", n))
	s.people["Ada"].does(campaign+"/approve", campaign+"/approve", nil)
	s.people["Cem"].does(campaign+"/launch", campaign+"/launch", map[string]string{"confirm_recipients": "3"})
	s.people["Cem"].await(campaign, "Complete")
	told := s.lettersWith(fmt.Sprintf("Enrol %d", n), regexp.MustCompile(fmt.Sprintf(`ENROL-%d-\d`, n)))
	if want := []string{code(1), code(2), code(3)}; !slices.Equal(told, want) {
		t.Errorf("the letters have %v, want %v", told, want)
	}
}

// supportLearnsNoCode: who is looked up is told to hold a code, and when they
// were given it; the code itself stands nowhere.
func (s *scene) supportLearnsNoCode(email, pool, code string) {
	s.t.Helper()
	s.pool()
	w := open(s.t, view{width: 390, scripts: true})
	w.signInAs("Fay")
	w.looksUp(email)
	w.says("Codes for people", pool, "Handed out by the checks of ‘Swept", "UTC", "None was handed out to them", "is not shown here")
	if text := w.text(); strings.Contains(text, code) {
		s.t.Errorf("support reads a code: %s", text)
	}
	w.whole(true)
}

// lettersWith gives the one code that each letter of a subject has, sorted.
func (s *scene) lettersWith(subject string, code *regexp.Regexp) []string {
	s.t.Helper()
	var all []string
	for _, m := range inboxNumber.FindAllStringSubmatch(s.people["Cem"].get("/inbox").body, -1) {
		letter := s.people["Cem"].get("/inbox/" + m[1])
		if !strings.Contains(letter.body, subject) {
			continue
		}
		found := code.FindAllString(s.people["Cem"].get("/inbox/"+m[1]+"/frame").body, -1)
		if len(found) != 1 {
			s.t.Errorf("letter %s has %v", m[1], found)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return all
}
