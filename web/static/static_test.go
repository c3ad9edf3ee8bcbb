package static

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// TestFilesAreBuiltFromTheirSources computes the sum that the build wrote.
func TestFilesAreBuiltFromTheirSources(t *testing.T) {
	names := []string{"build.mjs", "forthwith.js", "icon.svg", "package-lock.json", "package.json"}
	partials, err := filepath.Glob("source/scss/*")
	if err != nil || len(partials) == 0 {
		t.Fatalf("no partials: %v", err)
	}
	for _, p := range partials {
		names = append(names, strings.TrimPrefix(filepath.ToSlash(p), "source/"))
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		body, err := os.ReadFile(filepath.Join("source", name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write([]byte(name + "\n"))
		sum.Write(body)
	}
	if got, want := strings.TrimSpace(string(read("SOURCES.sha256"))), hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("files were built from other sources: run make web")
	}
}

func TestAFirstLoadIsSmall(t *testing.T) {
	total := 0
	for _, name := range []string{"forthwith.css", "forthwith.js", "inter.woff2", "icon.svg"} {
		f := Files[name]
		if f.Gzipped != nil {
			total += len(f.Gzipped)
		} else {
			total += len(f.Body)
		}
	}
	if total == 0 || total > 200<<10 { // the page itself has the rest of 250 KiB
		t.Errorf("%d bytes", total)
	}
	if n := len(Files["inter.woff2"].Body); n > 60<<10 {
		t.Errorf("the font has %d bytes", n)
	}
}
