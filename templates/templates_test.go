package templates

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

func TestEveryFileBelongsToOneStarter(t *testing.T) {
	used := map[string]bool{}
	for _, s := range All() {
		for _, v := range s.Variants {
			name := s.ID + "/" + v.File
			if used[name] {
				t.Errorf("%s serves two texts", name)
			}
			used[name] = true
			want := v.Locale
			if len(v.Jurisdictions) > 0 {
				want += "." + strings.Join(v.Jurisdictions, "+")
			}
			if v.File != want+".md" {
				t.Errorf("%s is the file of %s", name, want)
			}
		}
	}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".md") && !used[name] {
			t.Errorf("%s is no text of a starter", name)
		}
		return nil
	})
}

func TestStartersCanBeChosenFrom(t *testing.T) {
	ids, titles := []string{}, map[string]bool{}
	for _, s := range All() {
		ids = append(ids, s.ID)
		if s.Title == "" || titles[s.Title] || len(s.Description) < 60 || len(s.Regimes) == 0 || strings.Contains(s.Description, ". ") && s.ID != "us-massachusetts" {
			t.Errorf("%s does not say what it is for", s.ID)
		}
		titles[s.Title] = true
		if !slices.ContainsFunc(s.Variants, func(v Variant) bool { return v.Locale == s.DefaultLocale }) {
			t.Errorf("%s has no text in %s", s.ID, s.DefaultLocale)
		}
	}
	if len(ids) < 9 || !slices.IsSorted(ids) {
		t.Errorf("starters: %v", ids)
	}
	if _, ok := Find("eu-gdpr"); !ok {
		t.Error("eu-gdpr is not found")
	}
	if _, ok := Find("words"); ok {
		t.Error("the words are taken for a starter")
	}
}

// TestStartersWithAnOfferSaySo: a field of the offer without a value stops a
// launch, so whoever chooses the starter must know.
func TestStartersWithAnOfferSaySo(t *testing.T) {
	for _, s := range All() {
		offers := slices.ContainsFunc(s.Variants, func(v Variant) bool { return strings.Contains(v.Body, "{{offer.") })
		if says := strings.Contains(strings.Join(s.Notes, " "), "field of the offer"); says != offers {
			t.Errorf("%s: offers %v, says so %v", s.ID, offers, says)
		}
		for field, word := range map[string]string{"{{dpo.": "protection officer’s lines", "{{org.parent": "line about the parent company"} {
			has := slices.ContainsFunc(s.Variants, func(v Variant) bool { return strings.Contains(v.Body, field) })
			if says := strings.Contains(strings.Join(s.Notes, " "), word); says != has {
				t.Errorf("%s has %s: %v, says so: %v", s.ID, field, has, says)
			}
		}
	}
}

func TestWhatIsGivenIsTheCallers(t *testing.T) {
	first := All()
	first[0].Variants[0].Body, first[0].Regimes[0] = "changed", "changed"
	if again := All(); again[0].Variants[0].Body == "changed" || again[0].Regimes[0] == "changed" {
		t.Error("a caller changed the starters of all")
	}
	Words("en")["advice.password"] = "changed"
	if Words("en")["advice.password"] == "changed" {
		t.Error("a caller changed the words of all")
	}
}

func TestWordsAreThereForEachLanguage(t *testing.T) {
	locales := map[string]bool{}
	for _, s := range All() {
		for _, v := range s.Variants {
			locales[v.Locale] = true
		}
	}
	for l := range locales {
		if len(Words(l)) == 0 {
			t.Errorf("no words in %s", l)
		}
	}
	if len(Words("es-MX")) == 0 || len(Words("tlh")) != 0 {
		t.Error("a region does not get the words of its language, or a language without words gets some")
	}
	for field := range Words("es") {
		if Words("en")[field] == "" {
			t.Errorf("es has words for %s, en has none", field)
		}
	}
}
