package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// attach chooses a file of some content in a form.
func (w *window) attach(field, name, content string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="`+field+`"]`), []string{path}))
}

// choose takes an option of a field by its value.
func (w *window) choose(name, value string) {
	w.t.Helper()
	w.do(chromedp.SetValue(chromedp.CSS(`[name="`+name+`"]`), value))
}

// newIncident opens an incident of the test's own, and gives its path.
func (w *window) newIncident(name string) string {
	w.t.Helper()
	w.visit("/incidents/new")
	w.fill("name", name)
	w.click("Start incident")
	return w.where()
}

// until reloads a page until it says something.
func (w *window) until(path, words string) {
	w.t.Helper()
	for end := time.Now().Add(step); ; {
		w.visit(path)
		if w.has(words) {
			return
		}
		if time.Now().After(end) {
			w.says(words)
		}
	}
}

// has tells whether the page says something.
func (w *window) has(words string) bool { return strings.Contains(w.text(), words) }
