package campaign

import (
	"errors"
	"strings"
	"testing"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// panicking is a press whose one text fails for everybody.
func panicking(t *testing.T) *Press {
	t.Helper()
	master, err := vault.ParseMaster(vault.GenerateMaster())
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := vault.GenerateInstallation(master)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := vault.OpenInstallation(master, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := vault.GenerateIncident(master, 1)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.OpenIncident(master, 1, ours)
	if err != nil {
		t.Fatal(err)
	}
	return &Press{campaign: 1, defaultLocale: "en", sources: []notice.Source{{Locale: "en"}}, texts: []*notice.Text{nil}, hashes: []canon.Hash{{}}, facts: []notice.Values{nil}, keys: keys, codes: codes}
}

func TestWhoseNoticeCannotBeMadeIsCounted(t *testing.T) {
	p := panicking(t)
	cases := map[string]struct {
		person intake.Person
		code   string
	}{
		"what is stored cannot be opened": {intake.Person{Broken: errors.New("bad seal")}, "people_not_readable"},
		"a panic while it is made":        {intake.Person{}, "people_break_text"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, codes := newFindings(), map[vault.Index]bool{}
			for seq := range int64(2) {
				e, err := p.try(seq, c.person, time.Now(), found)
				if err != nil {
					t.Fatal(err)
				}
				codes[e.Code] = true
			}
			if all := found.list(); len(all) != 1 || all[0].Code != c.code || all[0].People != 2 || len(codes) != 2 {
				t.Errorf("%+v with %d codes", all, len(codes))
			}
		})
	}
}

// What is told to everybody is told in the language of each text.
func TestEachTextTellsFactsInItsLanguage(t *testing.T) {
	p := panicking(t)
	text, _, _, err := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{
		{Locale: "en", Subject: "A notice", Body: "{{incident.cause}} {{notice.date}} {{notice.code}}"},
		{Locale: "de-AT", Subject: "Eine Mitteilung", Body: "{{incident.cause}} {{notice.date}} {{notice.code}}"},
	}}.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	facts := notice.Facts{Stated: map[string]string{"incident.cause": "We were tricked."}, In: map[string]map[string]string{"de": {"incident.cause": "Wir wurden betrogen."}}}
	press, err := NewPress(1, text, facts, p.keys, p.codes)
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string]string{"en": "We were tricked. 1 August 2022", "de-AT": "Wir wurden betrogen. 1. August 2022"} {
		person := intake.Person{Locale: locale}
		variant, _ := press.Variant(person)
		e, err := press.Entry(0, person, variant)
		if err != nil {
			t.Fatal(err)
		}
		m, err := press.Text(variant).Render(press.Dated(e, time.Date(2022, 8, 1, 9, 0, 0, 0, time.UTC)))
		if err != nil || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %v in %q", locale, err, m.Text)
		}
		next := press.Dated(e, time.Date(2022, 8, 2, 0, 0, 0, 0, time.UTC))[dateField][0]
		if same := press.Dated(e, time.Date(2022, 8, 2, 23, 59, 0, 0, time.UTC))[dateField][0]; !strings.HasPrefix(next, "2") || same != next {
			t.Errorf("%s: the day after is %q, and later %q", locale, next, same)
		}
	}
}
