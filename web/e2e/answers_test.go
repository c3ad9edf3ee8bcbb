package e2e

import (
	"strings"
	"testing"
)

// TestLegalAnswersWhatTheLawAsks takes a text that lacks what two states ask for
// through its refusal, an answer and a correction to its review.
func TestLegalAnswersWhatTheLawAsks(t *testing.T) {
	s := newScene(t)
	bo := open(t, desk)
	bo.signInAs("Bo")
	s.incident = bo.newIncident("A breach in two states")
	s.frozenOf("Two states", "states.csv\nemail,name,jurisdiction\nfay@example.com,Fay,US-CA\ngus@example.com,Gus,US-NY\n")

	editor := bo.newNotice(s.incident, "Two states are told")
	bo.writes("Dear {{recipient.name}},\n\nyour address was seen by others.")
	bo.presses("Submit")
	bo.says("Fix this", "no frozen cohort can be sent this text", "things that the law of a place asks for")
	bo.holds()
	bo.click("Answer several at once")
	bo.says("Answer what is open about the text")
	bo.click("Answer")
	bo.says("Fix this")
	eval[bool](bo, `document.querySelectorAll('main input[type=checkbox]').forEach((box) => { box.checked = true }); true`)
	bo.fill("reason", "Both are told by letter.")
	bo.whole(true)
	bo.presses("Answer")
	eval[bool](bo, `document.querySelectorAll("main details").forEach((d) => { d.open = true }); true`)
	bo.says("answers", "Bo: Both are told by letter.")
	version, _, _ := strings.Cut(bo.where(), "#")
	bo.whole(true)
	bo.visit(editor)
	bo.presses("Submit")
	bo.says("In review")

	dee := open(t, desk)
	dee.signInAs("Dee")
	dee.visit(version + "/answer")
	dee.says("Answers so far", "Bo: Both are told by letter.")
	if eval[int](dee, `document.querySelectorAll("main form").length`) != 0 {
		t.Error("an auditor is asked to answer")
	}
	dee.whole(true)
}
