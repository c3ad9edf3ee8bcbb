//go:build conformance

package letter

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestConformanceStringsStayInTheirPlace(t *testing.T) {
	dir := os.Getenv("FORTHWITH_CORPORA")
	if dir == "" {
		dir = "../shared/corpora"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	raw, err := os.ReadFile(filepath.Join(dir, "strings/blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	c := composer(t, "For {{merge.a}}", "{{merge.a}}\n\n- {{merge.a}}\n")
	for _, s := range texts {
		holdLetter(t, c, s)
	}
	t.Logf("strings: %d in a letter: none adds a header or a part", len(texts))
}
