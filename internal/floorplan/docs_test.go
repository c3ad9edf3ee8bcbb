package floorplan

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named are paths of this repository as docs write them.
var named = regexp.MustCompile("`((?:api|bench|cmd|docs|internal|migrations|templates|web|worker)/[A-Za-z0-9_./-]*)`")

func TestDocsNameFilesThatAreThere(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, doc := range []string{"docs/bad-input.md", "docs/change-routing.md", "docs/guarantees.md", "docs/simulator.md", "README.md"} {
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

// tests are names of tests, or their beginnings, as docs write them.
var tests = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]+)`")

func TestDocsNameTestsThatAreThere(t *testing.T) {
	root, all := filepath.Join("..", ".."), ""
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range []string{"docs/bad-input.md", "docs/change-routing.md", "docs/guarantees.md"} {
		text, err := os.ReadFile(filepath.Join(root, doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tests.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(all, "\nfunc "+m[1]) {
				t.Errorf("%s names %s, which is not there", doc, m[1])
			}
		}
	}
}
