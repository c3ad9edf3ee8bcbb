package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A letter to somebody whom hardly any text fits stays within a phone's width, and
// a text that somebody lacks a value for says which.
func TestALetterFitsWhomHardlyAnyTextFits(t *testing.T) {
	s := newScene(t)
	notice := s.startsNotice(fmt.Sprintf("To everybody %d", s.next()))
	version := s.people["Bo"].does(notice, notice, map[string]string{"variants[0].subject": "A notice", "variants[0].body": "Dear {{recipient.name}},\n\nwe reset your password. Code {{notice.code}}.", "do": "submit"})
	w := open(t, phone390)
	w.signInAs("Ada")
	for who, words := range map[string]string{"longest": "Featherstonehaugh", "right_to_left": "مثال", "": "[sample recipient.name]"} {
		w.visit(version + "/frame?recipient=" + who)
		w.says(words)
		if wide := eval[int](w, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
			t.Errorf("%q scrolls sideways by %d px", who, wide)
		}
		w.visit(version + "?format=phone&recipient=" + who)
		w.holds()
	}
	w.visit(version + "?recipient=bare")
	if text := w.text(); !strings.Contains(text, "recipient.name") || !strings.Contains(text, "made up: nothing is known of them") {
		t.Errorf("the page says %s", text)
	}
	w.holds()
}

var phone390 = view{width: 390, scripts: true}
