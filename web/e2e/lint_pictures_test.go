//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfTheLint takes what a version lacks, its approval, and where a
// notice begins.
func TestPicturesOfTheLint(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"version": {"Ada", "/versions/ver_1"}, "approve": {"Ada", "/versions/ver_1/approve"}, "starters": {"Ada", "/incidents/inc_1/notices"}, "answers": {"Ada", "/versions/ver_1/answer"}, "answer": {"Ada", "/versions/ver_1/answer?law=us-ca&place=US-CA"}, "facts": {"Ada", "/incidents/inc_1/facts?words=en"}, "desk": {"Bo", "/notices/ntc_1"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "lint-"+what+"-"+name+".png"))
		}
	}
}
