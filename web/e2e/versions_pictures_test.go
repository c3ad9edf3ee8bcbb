//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfVersions takes a frozen cohort that more people match by now, and
// the version that is made for them.
func TestPicturesOfVersions(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		cohort := s.grownCohort()
		w := open(t, v)
		w.signInAs("Cem")
		w.visit(cohort)
		w.picture(filepath.Join(dir, "versions-grown-"+name+".png"))
		w.visit(s.incident)
		w.picture(filepath.Join(dir, "versions-overview-"+name+".png"))
		w.visit(s.incident + "/cohorts")
		w.picture(filepath.Join(dir, "versions-cohorts-"+name+".png"))
		next := s.people["Cem"].does(cohort, cohort+"/versions", nil)
		w.visit(next)
		w.picture(filepath.Join(dir, "versions-draft-"+name+".png"))
		w.visit(s.incident + "/flags")
		w.picture(filepath.Join(dir, "flags-domains-"+name+".png"))
	}
}
