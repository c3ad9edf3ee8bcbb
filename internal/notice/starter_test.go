package notice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"forthwith/internal/notice/lint"
	"forthwith/internal/regime"
	"forthwith/templates"
)

var lintedOn = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// factsOf are made up; where we have words for a field, it is those.
func factsOf(d Draft) map[string]string {
	facts := map[string]string{}
	for _, v := range d.Variants {
		for _, m := range inTarget.FindAllStringSubmatch(v.Subject+v.Body, -1) {
			f, _, _ := parseField(m[1])
			if !f.Personal() {
				facts[f.Key()] = "what is told about " + f.Name
			}
		}
	}
	maps.Copy(facts, map[string]string{"org.name": "Example Mills", "contact.url": "https://www.example.com/breach", "offer.enrol_url": "https://www.example.com/offer",
		"contact.phone": "212-555-0100", "contact.tollfree": "800-555-0199", "contact.email": "help@example.com", "offer.months": "24"})
	words := templates.Words(d.DefaultLocale)
	for field := range facts {
		if w, ok := words[field]; ok {
			facts[field] = w
		}
	}
	return facts
}

// read lints a starter for all people of its regimes, in its languages, under
// the conditions that it claims.
func linted(t *testing.T, s templates.Starter, d Draft, facts map[string]string) []lint.Finding {
	t.Helper()
	return lint.Check(lintInput(t, s, d, facts))
}

func lintInput(t *testing.T, s templates.Starter, d Draft, facts map[string]string) lint.Input {
	t.Helper()
	doc, _, _, err := d.Compile(1, 1)
	if err != nil {
		t.Fatalf("%s: %v", s.ID, said(t, err))
	}
	in := lint.Input{Texts: doc.LintTexts(Facts{}), Facts: facts, Hosts: []string{"www.example.com"}, Passed: true}
	locales := map[string]bool{}
	for _, v := range s.Variants {
		locales[v.Locale] = true
	}
	for _, place := range homes(s) {
		for l := range locales {
			text, ok := PickVariant(d.Variants, d.DefaultLocale, place, l)
			if !ok {
				continue
			}
			in.Places = append(in.Places, lint.Place{Jurisdictions: place, Locale: l, Text: text, People: 10, Consenting: 10})
		}
	}
	x := regime.Situation{On: lintedOn, Conditions: s.Conditions, Profiles: profilesOf(s)}
	return Lawful(in, regime.Builtin(), x)
}

// homes are the places of a starter's regimes; a regime for a trade counts
// wherever people are.
func homes(s templates.Starter) [][]string {
	var all [][]string
	for _, r := range regime.Builtin().Regimes() {
		switch {
		case !slices.Contains(s.Regimes, r.Regime):
		case r.Sector:
			all = append(all, nil)
		case r.Jurisdiction == "EU":
			all = append(all, []string{"FR"}, []string{"DE"}, []string{"NO"})
		default:
			all = append(all, []string{r.Jurisdiction})
		}
	}
	return all
}

func profilesOf(s templates.Starter) []string {
	if slices.Contains(s.Regimes, "us-hipaa") {
		return []string{"hipaa_covered_entity"}
	}
	return nil
}

func TestStartersSayWhatTheirRegimesAskFor(t *testing.T) {
	for _, s := range templates.All() {
		d := StarterDraft(s)
		applied, looked := map[string]bool{}, 0
		for _, f := range linted(t, s, d, factsOf(d)) {
			applied[f.Law] = true
			where := fmt.Sprintf("%s %s: [%s %s] %s", s.ID, name(d, f.Text), f.Severity, f.Rule, f.Message())
			switch f.Severity {
			case lint.Block, lint.Ask, lint.Warn:
				t.Error(where)
			case lint.Pass:
				looked++
				if f.Rule == "found" && f.Line == 0 {
					t.Errorf("%s: it is found nowhere", where)
				}
			}
			if f.Message() == f.Code() || f.Severity != lint.Pass && f.Severity != lint.Note && f.Fix() == "" {
				t.Errorf("%s has no sentence", f.Code())
			}
		}
		for _, r := range s.Regimes {
			if !applied[r] {
				t.Errorf("%s is for %s, which was not looked at", s.ID, r)
			}
		}
		if looked == 0 {
			t.Errorf("%s: nothing was looked for", s.ID)
		}
	}
}

func name(d Draft, text int) string {
	if text < 0 {
		return "as a whole"
	}
	v := d.Variants[text]
	return strings.Join(append([]string{v.Locale}, v.Jurisdictions...), " ")
}

// Texts of several starters stand beside each other: each place hears what its own
// starter says, in its language.
func TestTextsOfStartersAreAddedToOthers(t *testing.T) {
	find := func(id string) templates.Starter {
		s, found := templates.Find(id)
		if !found {
			t.Fatalf("no starter %s", id)
		}
		return s
	}
	d := StarterDraft(find("us-general")).With(find("eu-gdpr")).With(find("uk-gdpr"))
	if _, _, _, err := d.Compile(1, 1); err != nil {
		t.Fatal(err)
	}
	if again := d.With(find("eu-gdpr")); len(again.Variants) != len(d.Variants) {
		t.Errorf("%d texts, and %d once it was added again", len(d.Variants), len(again.Variants))
	}
	for _, v := range d.Variants {
		if slices.Contains(v.Jurisdictions, "EU") {
			t.Errorf("the %s text is for a union, which is nobody's place", v.Locale)
		}
	}
	for who, from := range map[[2]string]struct{ starter, file string }{
		{"US-MA", "en"}: {"us-general", "en.US-MA.md"},
		{"US-MA", "es"}: {"us-general", "es.US-MA.md"},
		{"US-TX", "es"}: {"us-general", "es.md"},
		{"US-TX", "de"}: {"us-general", "en.md"},
		{"DE", "de"}:    {"eu-gdpr", "de.md"},
		{"AT", "de"}:    {"eu-gdpr", "de.md"},
		{"ES", "es"}:    {"eu-gdpr", "es.md"},
		{"IE", "en"}:    {"eu-gdpr", "en.md"},
		{"PL", "pl"}:    {"eu-gdpr", "en.md"},
		{"FR", "fr"}:    {"eu-gdpr", "fr.md"},
		{"GB", "en"}:    {"uk-gdpr", "en.md"},
	} {
		i, found := PickVariant(d.Variants, d.DefaultLocale, []string{who[0]}, who[1])
		if !found {
			t.Errorf("%v hears nothing", who)
			continue
		}
		want := ""
		for _, v := range find(from.starter).Variants {
			if v.File == from.file {
				want = v.Body
			}
		}
		if d.Variants[i].Body != want {
			t.Errorf("%v hears %s %v, want %s of %s", who, d.Variants[i].Locale, d.Variants[i].Jurisdictions, from.file, from.starter)
		}
	}
}
