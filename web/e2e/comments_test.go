package e2e

import (
	"strings"
	"testing"
)

// TestACommentGoesFromTheReviewerToTheAuthor comments on a paragraph by keyboard,
// finds the comment on the author's desk, and in the next version.
func TestACommentGoesFromTheReviewerToTheAuthor(t *testing.T) {
	bo, ada := open(t, desk), open(t, view{width: 390, scripts: true})
	bo.signInAs("Bo")
	ada.signInAs("Ada")
	editor := bo.newNotice(bo.newIncident("A breach that is talked about"), "Addresses exposed")
	bo.writes("Dear customer,\n\nyour address was seen.\n\nWrite to us.")
	bo.presses("Submit")
	version := bo.where()

	ada.visit(version)
	ada.says("No comment is open.", "Line 3")
	hash := eval[string](ada, `document.querySelector("main .fw-hash details code").textContent`)
	ada.tabTo("on the paragraph in line 3")
	ada.enter()
	ada.says("Comment on the paragraph in line 3", "your address was seen.")
	ada.click("Keep comment")
	ada.says("Fix this", "‘Comment’ is empty")
	ada.whole(true)
	ada.tabTo("[body]")
	ada.typed("Seen by whom? <b>Say so</b>.")
	ada.tabTo("Keep comment")
	ada.enter()
	ada.says("1 comment is open.", "Seen by whom? <b>Say so</b>.")
	if !strings.HasSuffix(ada.where(), "#p-3") {
		t.Errorf("a comment leads to %s", ada.where())
	}
	if got := eval[string](ada, `document.querySelector("main .fw-hash details code").textContent`); got != hash {
		t.Error("a comment changes the hash")
	}
	ada.whole(true)
	ada.visit(version + "/approve")
	ada.says("1 comment on this text is open. It can be approved all the same.")
	ada.whole(true)

	bo.visit(editor)
	bo.says("Open comments on v1", "Seen by whom?", "everywhere else, line 3")
	bo.whole(true)
	bo.fill(body, "Dear customer,\n\nsince May,\n\nyour address was seen.\n\nWrite to us.")
	bo.presses("Save")
	bo.says("Open comments on v2", "everywhere else, line 5")
	bo.fill(body, "Dear customer,\n\nyour address was seen by one thief.\n\nWrite to us.")
	bo.presses("Save")
	bo.says("Open comments on v3", "v1, line 3: the paragraph has changed since")
	bo.click("v1, line 3")
	if !strings.HasSuffix(bo.where(), "#p-3") {
		t.Errorf("a comment leads to %s", bo.where())
	}
	bo.click("Resolve")
	bo.says("No comment is open.")
	bo.click("All comments, also resolved ones")
	bo.says("Seen by whom?", "Resolved by Bo")
	bo.whole(true)
	bo.visit(editor)
	if strings.Contains(bo.text(), "Open comments") {
		t.Error("a resolved comment lies on the desk")
	}
}

// TestWhoMayOnlyReadIsNotAskedToComment shows an auditor comments without a form.
func TestWhoMayOnlyReadIsNotAskedToComment(t *testing.T) {
	s := newScene(t)
	version := s.commentedVersion()
	dee := open(t, desk)
	dee.signInAs("Dee")
	dee.visit(version)
	dee.says("1 comment is open.", "Say by whom.")
	dee.visit(version + "/comment?variant=0&line=1")
	dee.says("Open comments here", "Say by whom.")
	if n := eval[int](dee, `document.querySelectorAll("main form[method=post]").length`); n != 0 {
		t.Errorf("an auditor is offered %d forms", n)
	}
	dee.whole(true)
	cem := s.people["Cem"]
	if got := cem.get(version).body; strings.Contains(got, "/resolve") || !strings.Contains(got, "/comment?") {
		t.Error("ops is offered to resolve what is another's, or nothing to comment")
	}
	for _, path := range []string{"/comment?variant=0&line=2", "/comment?variant=7&line=1", "/comment?variant=0", "/comment?line=a&variant=0", "/comments?cursor=x"} {
		if got := cem.get(version + path); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}
