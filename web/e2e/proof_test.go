package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"forthwith/internal/cohort"
)

// An auditor who is asked about one person finds them, and leaves with a proof
// that checks without us.
func TestAnAuditorTakesTheProofOfSomebodyFound(t *testing.T) {
	s := newScene(t)
	name := s.crowd(5)
	frozen := s.frozenCohort()
	w := open(t, view{width: 390, scripts: true})
	w.signInAs("Dee")
	w.visit(frozen)
	w.says("The proof that somebody is in this cohort is on their own page.")
	w.looksUp(name + "3@example.com")
	w.tabTo("See this person")
	w.enter()
	w.tabTo("Download the proof for ‘")
	w.says("Proof of membership", "forthwith verify proof-"+last(frozen)+"-"+last(w.where())+".json")
	w.holds()
	w.passesAxe()
	download := eval[string](w, `document.querySelector("a[download]").getAttribute("href")`)
	if strings.Contains(download, "@") {
		t.Error("an address stands in an address line")
	}
	got := s.people["Dee"].get(download)
	if name := got.header.Get("Content-Disposition"); !strings.Contains(name, "proof-"+last(frozen)+"-"+last(w.where())+".json") {
		t.Errorf("it is called %s", name)
	}
	var p cohort.MemberProof
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Check() != nil || p.Recipient.String() != last(w.where()) || p.Size != 5 {
		t.Errorf("%.200s proves nothing: %v", got.body, err)
	}
	if strings.Contains(got.body, "@") || strings.Contains(got.body, "•••") {
		t.Error("the proof names somebody")
	}
	stranger := s.person()
	if got := s.people["Dee"].get(frozen + "/proof?recipient=" + last(stranger)); got.status != http.StatusNotFound {
		t.Errorf("a proof of somebody else: %d", got.status)
	}
	if strings.Contains(s.people["Dee"].get(stranger).body, "Proof of membership") {
		t.Error("a proof is offered of somebody in no frozen cohort")
	}
}

// looksUp finds somebody by keyboard.
func (w *window) looksUp(email string) {
	w.t.Helper()
	w.visit("/lookup")
	w.tabTo("[email]")
	w.typed(email)
	w.tabTo("[reason]")
	w.typed("they say that nobody told them")
	w.enter()
}

// Support finds somebody, and nothing leads on from there.
func TestSupportIsLedToNobody(t *testing.T) {
	s := newScene(t)
	name := s.crowd(2)
	frozen := s.frozenCohort()
	got := s.people["Fay"].submit("/lookup", "/lookup", map[string]string{"email": name + "1@example.com", "reason": "a caller asks"})
	if !strings.Contains(got.body, "c•••@e•••.com") || strings.Contains(got.body, "/recipients/") || strings.Contains(got.body, "/proof") {
		t.Errorf("%d: %.300s", got.status, got.body)
	}
	person := strings.Replace(last(s.incident), "inc_", "rcp_", 1) + "-1"
	if got := s.people["Fay"].get(frozen + "/proof?recipient=" + person); got.status != http.StatusForbidden {
		t.Errorf("support takes a proof: %d", got.status)
	}
}
