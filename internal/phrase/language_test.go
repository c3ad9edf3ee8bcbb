package phrase

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"testing"
)

var gaps = regexp.MustCompile(`{(\w+)[^}]*}`)

// TestNoLanguageLacksASentence holds each file of another language against the
// English one of its name: the same codes, with the same gaps.
func TestNoLanguageLacksASentence(t *testing.T) {
	shared := names(t, Languages[1])
	if len(shared) == 0 {
		t.Fatal("nothing is translated: the search is broken")
	}
	for _, l := range Languages[1:] {
		if got := names(t, l); !slices.Equal(got, shared) {
			t.Errorf("%s has %v, not %v", l, got, shared)
		}
		for code, sentence := range tongues[l].sentences {
			english, ok := sentences[code]
			if !ok || sentence == "" {
				t.Errorf("%s: %s is no sentence of ours", l, code)
			}
			if a, b := gapsOf(sentence), gapsOf(english); !slices.Equal(a, b) {
				t.Errorf("%s: %s has the gaps %v, in English %v", l, code, a, b)
			}
		}
		for _, file := range shared {
			for code := range fileOf(t, file) {
				if tongues[l].sentences[code] == "" {
					t.Errorf("%s lacks %s", l, code)
				}
			}
		}
	}
}

func names(t *testing.T, l Language) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, string(l))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// fileOf reads the codes of one English file.
func fileOf(t *testing.T, name string) map[string]string {
	t.Helper()
	raw, err := fs.ReadFile(files, path.Join(string(English), name))
	if err != nil {
		t.Fatal(err)
	}
	return part(name, raw)
}

func gapsOf(sentence string) []string {
	all := map[string]bool{}
	for _, m := range gaps.FindAllStringSubmatch(sentence, -1) {
		all[m[1]] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func TestABrowserGetsTheLanguageThatItAsksFor(t *testing.T) {
	for header, want := range map[string]Language{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "fr-CA": "fr", "es-MX,es;q=0.9": "es", "ja": "en", "ja,fr;q=0.5": "fr",
		"en-GB,de;q=0.5": "en", "\x00;;": "en", "*": "en", "xx,de;q=0.5": "de", "de-CH,xx;q=0.5,\x00": "de",
	} {
		if got := Wanted(header); got != want {
			t.Errorf("%q gets %s, want %s", header, got, want)
		}
	}
	if _, ok := Spoken("it"); ok {
		t.Error("Italian is spoken")
	}
	if l, ok := Spoken("fr"); !ok || l.Say("public_check", nil) != "Vérifier" {
		t.Error("French is not spoken")
	}
}
