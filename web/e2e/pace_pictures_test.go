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
