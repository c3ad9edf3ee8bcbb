package views

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"forthwith/internal/phrase"
)

var (
	action    = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tag       = regexp.MustCompile(`(?s)<[^>]*>`)
	attribute = regexp.MustCompile(`(?:aria-label|title|alt|placeholder)="([^"{]*[A-Za-z]{2}[^"{]*)"`)
	spoken    = regexp.MustCompile(`(?:say|"label"|"hint") "([a-z0-9_.]+)"`)
	letters   = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// TestTemplatesHoldNoWords finds text that stands in a template and not in the
// catalogue, and codes that the catalogue does not have.
func TestTemplatesHoldNoWords(t *testing.T) {
	found := 0
	for name, text := range templates(t) {
		for _, m := range spoken.FindAllStringSubmatch(text, -1) {
			found++
			if !phrase.Has(m[1]) {
				t.Errorf("%s: %q has no sentence", name, m[1])
			}
		}
		bare := action.ReplaceAllString(text, " ")
		for _, m := range attribute.FindAllStringSubmatch(bare, -1) {
			t.Errorf("%s: words in an attribute: %q", name, m[1])
		}
		if words := letters.FindAllString(strings.ReplaceAll(tag.ReplaceAllString(bare, " "), "&nbsp;", " "), -1); len(words) > 0 {
			t.Errorf("%s: words: %q", name, words)
		}
	}
	if found < 100 {
		t.Errorf("only %d codes were found: the search is broken", found)
	}
}

func templates(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		all[path] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
