package incident

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/fault"
)

func TestFactsAreStatedInFurtherLanguages(t *testing.T) {
	f := Facts{Events: map[string]string{"discovery": "2022-08-08", "start": "2022-08-01T23:30:00-07:00"}}
	f = f.Stating("de", "incident.cause", "Wir wurden betrogen.").Stating("pt-BR", "offer.description", "Um ano.")
	if want := []string{"de", "es", "fr", "pt-BR"}; !slices.Equal(f.Languages(), want) {
		t.Errorf("stated in %v, want %v", f.Languages(), want)
	}
	for language, want := range map[string]map[string]string{
		"de":    {"incident.cause": "Wir wurden betrogen.", "incident.discovered_on": "8. August 2022", "incident.date": "1. August 2022"},
		"es":    {"incident.discovered_on": "8 de agosto de 2022", "incident.date": "1 de agosto de 2022"},
		"pt-BR": {"offer.description": "Um ano."},
		"ja":    {},
	} {
		if diff := cmp.Diff(want, f.In(language)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", language, diff)
		}
	}
	if got := f.Fields()["incident.date"]; got != "1 August 2022" {
		t.Errorf("the day is %q in English", got)
	}
	f.Texts = map[string]string{"incident.date": "in summer"}
	if got := f.In("fr"); got["incident.date"] != "" || f.Fields()["incident.date"] != "in summer" {
		t.Errorf("a day that was written down is %v, %q", got, f.Fields()["incident.date"])
	}
	f.Language = "de"
	if got := f.Fields()["incident.discovered_on"]; got != "8. August 2022" || slices.Contains(f.Languages(), "de") {
		t.Errorf("the day is %q in German, further languages are %v", got, f.Languages())
	}
}

func TestAStatementIsTakenBackByAnEmptyOne(t *testing.T) {
	before := Facts{}.Stating("de", "incident.cause", "a").Stating("de", "advice.steps", "b")
	after := before.Stating("de", "incident.cause", "")
	if diff := cmp.Diff(map[string]string{"advice.steps": "b"}, after.Translations["de"]); diff != "" {
		t.Error(diff)
	}
	if none := after.Stating("de", "advice.steps", ""); len(none.Translations) != 0 {
		t.Errorf("what is left is %v", none.Translations)
	}
	if len(before.Translations["de"]) != 2 {
		t.Error("what was known before changed too")
	}
}

func TestStatementsAreRefusedByTheNameOfTheField(t *testing.T) {
	many := map[string]map[string]string{}
	for a := 'a'; a <= 'b'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			many[string([]rune{a, b, 'a'})] = nil
		}
	}
	for name, c := range map[string]struct {
		f           Facts
		field, code string
	}{
		"facts in no language":         {Facts{Language: "deutsch!"}, "language", "fact_language_unknown"},
		"no language":                  {Facts{Translations: map[string]map[string]string{"english!": {"incident.cause": "a"}}}, "translations.english!", "fact_language_unknown"},
		"the language of the facts":    {Facts{Language: "de"}.Stating("de", "incident.cause", "a"), "translations.de", "translation_of_itself"},
		"English, where none is named": {Facts{}.Stating("en", "incident.cause", "a"), "translations.en", "translation_of_itself"},
		"of somebody's name":           {Facts{}.Stating("de", "recipient.name", "a"), "translations.de.recipient.name", "text_group_unknown"},
		"of the organisation":          {Facts{}.Stating("de", "org.name", "a"), "translations.de.org.name", "text_group_unknown"},
		"of a group":                   {Facts{}.Stating("de", "incident.", "a"), "translations.de.incident.", "text_group_unknown"},
		"too long":                     {Facts{}.Stating("de", "offer.provider", string(make([]byte, longestText+1))), "translations.de.offer.provider", "field_too_long"},
		"in too many languages":        {Facts{Translations: many}, "translations", "field_out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			c.f.Name = "N"
			f, ok := fault.As(c.f.Check())
			if !ok || !slices.ContainsFunc(f.Fields, func(w fault.Field) bool { return w.Name == c.field && w.Code == c.code }) {
				t.Errorf("got %+v", f)
			}
		})
	}
	if err := (Facts{Name: "N"}.Stating("de-AT", "offer.description", "a").Stating("de", "incident.cause", "b")).Check(); err != nil {
		t.Error(err)
	}
}
