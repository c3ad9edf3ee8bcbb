package notice

import (
	"testing"

	"forthwith/internal/notice/lint"
	"forthwith/internal/regime"
	"forthwith/templates"
)

// BenchmarkLint lints 50 texts, each with people in 60 places. It must stay
// within 0.2 s.
func BenchmarkLint(b *testing.B) {
	in := largeLint(b, 50, 60)
	b.ReportAllocs()
	for b.Loop() {
		if len(lint.Check(in)) == 0 {
			b.Fatal("nothing was found")
		}
	}
}

func largeLint(t testing.TB, texts, places int) lint.Input {
	s, _ := templates.Find("us-general")
	d := StarterDraft(s)
	doc, _, _, err := d.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	in := lint.Input{Facts: factsOf(d), Hosts: []string{"www.example.com"}}
	for i := range texts {
		in.Texts = append(in.Texts, doc.LintTexts(Facts{})[i%len(doc.Variants)])
	}
	found := 0
	for _, r := range regime.Builtin().Regimes() {
		if r.Sector || found == places {
			continue
		}
		found++
		for i := range texts {
			in.Places = append(in.Places, lint.Place{Jurisdictions: []string{r.Jurisdiction}, Locale: "en", Text: i, People: 10})
		}
	}
	if found < places {
		t.Fatalf("only %d places", found)
	}
	return Lawful(in, regime.Builtin(), regime.Situation{On: lintedOn, Conditions: []string{"ssn", "login_credentials", "entity_is_source"}})
}
