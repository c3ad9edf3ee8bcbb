package floorplan

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// named finds what looks like a path from the top of the checkout.
var named = regexp.MustCompile("`((?:api|bench|cmd|docs|internal|migrations|web|worker)/[A-Za-z0-9_./-]*)`")

// A page that sends people to a file that is gone is worse than none.
func TestEveryFileThatAPageNamesIsThere(t *testing.T) {
	for _, page := range []string{"docs/change-routing.md", "docs/glossary.md", "docs/simulator.md"} {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no file", page)
		}
		for _, m := range found {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", page, m[1])
			}
		}
	}
}
