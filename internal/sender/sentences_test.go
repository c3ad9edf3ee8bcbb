package sender

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"forthwith/internal/phrase"
)

var codes = regexp.MustCompile(`"(dns_[a-z_]+[a-z])"`)

// Every code that an item may have, those that are put together too, has its
// sentence.
func TestEveryItemHasItsSentence(t *testing.T) {
	all := map[string]bool{}
	for _, kind := range []Kind{AboutBounce, AboutReply, AboutFrom} {
		all["dns_"+string(kind)+"_ok"], all["dns_"+string(kind)+"_missing"] = true, true
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range codes.FindAllStringSubmatch(string(source), -1) {
			all[found[1]] = true
		}
	}
	if len(all) < 40 {
		t.Errorf("only %d codes were found", len(all))
	}
	for code := range all {
		if !phrase.Has(code) {
			t.Errorf("%s has no sentence", code)
		}
	}
}
