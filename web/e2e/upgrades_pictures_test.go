//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfUpgrades takes the decision about people who were placed before,
// and the follow-up that reaches them.
func TestPicturesOfUpgrades(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	s.runningCampaign()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		narrow := s.placedBefore()
		w := open(t, v)
		w.signInAs("Ada")
		w.visit(narrow)
		w.picture(filepath.Join(dir, "upgrades-draft-"+name+".png"))
		w.visit(narrow + "/upgrades")
		w.picture(filepath.Join(dir, "upgrades-open-"+name+".png"))
		s.people["Cem"].does(narrow+"/upgrades", narrow+"/upgrades", map[string]string{"decision": "follow_up", "reason": "because"})
		w = open(t, v)
		w.signInAs("Cem")
		w.visit(narrow + "/upgrades")
		w.picture(filepath.Join(dir, "upgrades-made-"+name+".png"))
		w.click("Make the follow-up")
		w.picture(filepath.Join(dir, "upgrades-follow-"+name+".png"))
	}
}
