//go:build pictures

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestPicturesOfCodes takes an incident without codes, one with pools, and a
// pool, for who may fill it and who may not.
func TestPicturesOfCodes(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	empty := s.people["Bo"].does("/incidents/new", "/incidents/new", map[string]string{"name": "A breach without codes"}) + "/codes"
	page := s.incident + "/codes"
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "L%d-%d\n", s.next(), i)
	}
	s.people["Cem"].does(page, page, map[string]string{"name": "a_pool_with_a_name_that_is_as_long_as_the_name_of_a_pool_may_be", "file": "codes.txt\n" + lines.String()})
	pool := s.pool()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"empty": {"Cem", empty}, "none": {"Dee", empty}, "pools": {"Cem", page}, "pool": {"Cem", pool}, "read": {"Ada", pool}, "notices": {"Ada", s.incident + "/notices"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "codes-"+what+"-"+name+".png"))
		}
	}
}
