//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfComments takes a version with comments, its approval, the form and
// the author's desk.
func TestPicturesOfComments(t *testing.T) {
	dir := folder(t)
	bo := open(t, desk)
	bo.signInAs("Bo")
	editor := bo.newNotice(bo.newIncident("A breach that is talked about"), "Addresses exposed")
	bo.writes("# What happened\n\nDear customer,\n\nyour address was seen by somebody who should not see it.\n\n- It was in May.\n- It has ended.\n\nWrite to us.")
	bo.presses("Submit")
	version := bo.where()
	for where, words := range map[string]string{"/comment?variant=0&line=5": "Seen by whom?\nSay what is known.", "/comment?variant=0&line=7": "Give the day.", "/comment": "It is short; that is good."} {
		bo.visit(version + where)
		bo.fill("body", words)
		bo.click("Keep comment")
	}
	bo.visit(editor)
	bo.fill(body, "# What happened\n\nDear customer,\n\nyour address was seen by one thief.\n\n- It was in May.\n- It has ended.\n\nWrite to us.")
	bo.presses("Submit")
	second := bo.where()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"version": {"Ada", second}, "form": {"Ada", second + "/comment?variant=0&line=7"}, "approve": {"Ada", second + "/approve"}, "all": {"Dee", second + "/comments"}, "desk": {"Bo", editor}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "comments-"+what+"-"+name+".png"))
		}
	}
}
