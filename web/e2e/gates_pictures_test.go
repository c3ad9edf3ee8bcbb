//go:build pictures

package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestPicturesOfGates takes who is held and why, before and after a list tells.
func TestPicturesOfGates(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	name := s.crowd(30)
	cohort := s.frozenCohort()
	form := s.incident + "/gates/new?cohort=" + last(cohort)
	gate := s.people["Cem"].does(form, s.incident+"/gates/new", map[string]string{"name": "Account secured", "r.0.what": "attribute:secured_on", "r.0.op": "exists"})
	empty := s.gate()
	plan := s.planned(map[string]string{"name": fmt.Sprintf("Gated %d", s.next()), "cohort_id": last(cohort), "version_id": last(s.version), "sender_id": "snd_1", "relays": "rel_1", "max_rate_per_second": "50"})
	other := s.people["Cem"].does(form, s.incident+"/gates/new", map[string]string{"name": "Told by telephone", "r.0.what": "attribute:secured", "r.0.op": "exists"})
	s.secure(name, 1, 2, 3, 4, 5, 6, 7)
	s.people["Cem"].await(other, "7 people let through")
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"one": {"Cem", gate}, "told": {"Cem", other}, "draft": {"Dee", empty}, "form": {"Cem", form}, "cohort": {"Cem", cohort}, "decisions": {"Ada", s.incident + "/decisions"}, "checks": {"Cem", plan + "/preflight"}, "approve": {"Ada", plan + "/approve"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "gates-"+what+"-"+name+".png"))
		}
	}
}
