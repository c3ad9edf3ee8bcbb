//go:build pictures

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPicturesOfExclusions takes who is not told, with long words and short
// ones, and a person's own page.
func TestPicturesOfExclusions(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	list := s.importedList()
	page := s.incident + "/decisions"
	s.people["Ada"].does(page, page, map[string]string{"list_id": last(list), "kind": "law_enforcement_hold", "reason": strings.Repeat("The public prosecutor asked for it. ", 8)})
	person, one := s.person(), s.exclusion()
	s.people["Ada"].does(one, one, map[string]string{"reason": "It was somebody else."})
	other := s.exclusion()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"decisions": {"Ada", page}, "ops": {"Cem", page}, "lifted": {"Dee", page + "?state=lifted"}, "one": {"Ada", other}, "gone": {"Ada", one}, "person": {"Ada", person}, "cohorts": {"Ada", s.incident + "/cohorts"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "exclusions-"+what+"-"+name+".png"))
		}
	}
}

// TestPicturesOfSuppressions takes who is undecided, and the reasons that are
// known.
func TestPicturesOfSuppressions(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	undecided, suppress := s.undecidedPlan(3)
	suppress()
	one := s.suppression("somebody@example.net")
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, p := range map[string]struct{ who, path string }{"undecided": {"Ada", undecided}, "ops": {"Cem", undecided}, "all": {"Cem", "/suppressions"}, "one": {"Ada", one}, "decisions": {"Ada", s.incident + "/decisions"}} {
			w := open(t, v)
			w.signInAs(p.who)
			w.visit(p.path)
			w.picture(filepath.Join(dir, "suppressions-"+what+"-"+name+".png"))
		}
	}
}

// TestPicturesOfFilesOfSuppressions takes no file, one of which lines were
// refused, many such lines, and one that was released.
func TestPicturesOfFilesOfSuppressions(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	const page = "/suppressions/files"
	shots := func(of map[string]struct{ who, path string }) {
		for name, v := range map[string]view{"1280": desk, "390": phone} {
			for what, p := range of {
				w := open(t, v)
				w.signInAs(p.who)
				w.visit(p.path)
				w.picture(filepath.Join(dir, "files-"+what+"-"+name+".png"))
			}
		}
	}
	shots(map[string]struct{ who, path string }{"empty": {"Cem", page}, "empty-read": {"Dee", page}})
	one, gone := s.suppressionFile(), s.suppressionFile()
	s.people["Ada"].does(gone, gone, map[string]string{"reason": "It was the wrong export."})
	long := s.people["Cem"].does(page, page, map[string]string{"source": "register", "reason": strings.Repeat("A register of those who want no mail. ", 6), "file": "x.csv\nlong@example.net\n" + strings.Repeat("nobody\n", 70)})
	shots(map[string]struct{ who, path string }{"all": {"Cem", page}, "one": {"Ada", one}, "ops": {"Cem", one}, "gone": {"Dee", gone}, "long": {"Ada", long}, "suppressions": {"Cem", "/suppressions"}})
}
