//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfTheClock takes the law's clock with people, without, and one duty.
func TestPicturesOfTheClock(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"clock": {"Ada", "/incidents/inc_1/clock"}, "duty": {"Ada", "/incidents/inc_1/clock/eu-gdpr.regulator.dpa"}, "facts": {"Ada", s.incident + "/facts"}, "organisation": {"Eli", "/organisation"}, "incident": {"Ada", "/incidents/inc_1"}, "empty": {"Ada", s.incident + "/clock"}, "home": {"Ada", "/"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "clock-"+what+"-"+name+".png"))
		}
	}
}
