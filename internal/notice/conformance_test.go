//go:build conformance

package notice

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func corpus(t *testing.T, name string, into any) {
	t.Helper()
	dir := os.Getenv("FORTHWITH_CORPORA")
	if dir == "" {
		dir = "../shared/corpora"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func TestConformanceNoPayloadActs(t *testing.T) {
	var cases []struct{ Payload string }
	corpus(t, "xss/xss.json", &cases)
	text := compiled(t, "en", "For {{merge.a}}", everywhere)
	refused := 0
	for _, c := range cases {
		addsNothing(t, text, c.Payload)
		s, err := Source{Locale: "en", Subject: "x", Body: c.Payload}.Compile()
		if err != nil {
			refused++
			continue
		}
		onlyKnownTags(t, s.HTML)
	}
	t.Logf("xss: %d payloads as values: none acts; as texts: %d refused, %d harmless", len(cases), refused, len(cases)-refused)
}

func TestConformanceStringsAreData(t *testing.T) {
	var texts []string
	corpus(t, "strings/blns.json", &texts)
	text := compiled(t, "en", "For {{merge.a}}", everywhere)
	for _, s := range texts {
		addsNothing(t, text, s)
	}
	t.Logf("strings: %d as values: none adds a tag or a line", len(texts))
}
