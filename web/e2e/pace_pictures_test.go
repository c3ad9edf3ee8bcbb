//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfAPace takes the form with everything about parts, hours and
// domains open and wrong, and the plan that is made of it.
func TestPicturesOfAPace(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	plan := s.checkedPlan()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		w.visit(plan + "/edit")
		w.fill("ramp", "ten")
		w.fill("max_per_domain", "example.com")
		w.picture(filepath.Join(dir, "pace-form-"+name+".png"))
		w.click("Save and check")
		w.picture(filepath.Join(dir, "pace-wrong-"+name+".png"))
		w.visit(plan)
		w.picture(filepath.Join(dir, "pace-plan-"+name+".png"))
	}
}

// TestPicturesOfAnAmendment takes what ops asks for and what legal decides on.
func TestPicturesOfAnAmendment(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	running := s.runningCampaign()
	s.people["Cem"].does(running+"/pause", running+"/pause", map[string]string{"reason": "because"})
	asked := s.amendmentOf(running)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for who, path := range map[string]string{"Cem": running + "/amend", "Ada": asked, "Dee": running} {
			w := open(t, v)
			w.signInAs(who)
			w.visit(path)
			w.picture(filepath.Join(dir, "amendment-"+who+"-"+name+".png"))
		}
	}
}
