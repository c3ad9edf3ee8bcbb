package floorplan

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// named are paths of this repository as docs write them.
var named = regexp.MustCompile("`((?:api|bench|cmd|docs|internal|migrations|web|worker)/[A-Za-z0-9_./-]*)`")

func TestDocsNameFilesThatAreThere(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, doc := range []string{"docs/change-routing.md", "docs/guarantees.md", "docs/simulator.md", "README.md"} {
		text, err := os.ReadFile(filepath.Join(root, doc))
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllStringSubmatch(string(text), -1)
		if doc == "docs/change-routing.md" && len(found) < 20 {
			t.Errorf("%s names only %d files", doc, len(found))
		}
		for _, m := range found {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", doc, m[1])
			}
		}
	}
}
