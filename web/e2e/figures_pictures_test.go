//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfFigures takes what authorities ask for, and the way to a correction.
func TestPicturesOfFigures(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		for what, path := range map[string]string{"figures": "/incidents/inc_1/figures", "form": "/incidents/inc_1/figures/US", "correct": "/campaigns/cmp_1/correct", "compare": "/versions/ver_2/compare?variant=0&with=1", "campaign-form": "/incidents/inc_1/campaigns/new?corrects=cmp_1", "decisions": "/incidents/inc_1/decisions"} {
			w.visit(path)
			w.picture(filepath.Join(dir, what+"-"+name+".png"))
		}
	}
}
