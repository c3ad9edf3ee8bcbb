package notice

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func germanFacts() Facts {
	return Facts{Language: "en",
		Stated: map[string]string{"incident.cause": "We were tricked.", "advice.steps": "Be careful now.", "offer.months": "24", "org.name": "Larkfield Trading Company", "contacts.cra": "(800) 555-0100 www.larkfield.test", "incident.date_range": "July – August", "offer.provider": "Good Monitors Ltd"},
		In: map[string]map[string]string{"de": {"incident.cause": "Wir wurden betrogen.", "offer.description": "Ein Jahr."}, "de-AT": {"offer.description": "Heuer."},
			"fr": {"incident.cause": "On nous a trompés."}}}
}

func TestATextTellsWhatItsLanguageStates(t *testing.T) {
	f := germanFacts()
	for locale, want := range map[string][3]string{
		"en": {"We were tricked.", "", "24"}, "de": {"Wir wurden betrogen.", "Ein Jahr.", "24"}, "de-CH": {"Wir wurden betrogen.", "Ein Jahr.", "24"},
		"de-AT": {"Wir wurden betrogen.", "Heuer.", "24"}, "ja": {"We were tricked.", "", "24"},
	} {
		got := f.For(locale)
		if diff := cmp.Diff(want, [3]string{got["incident.cause"], got["offer.description"], got["offer.months"]}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", locale, diff)
		}
	}
	if f.Stated["offer.description"] != "" {
		t.Error("a language changed what was written")
	}
	if got := f.Among([]Source{{Locale: "en"}, {Locale: "de-AT"}}).In; len(got) != 2 || got["fr"] != nil {
		t.Errorf("kept %v", got)
	}
}

func TestSentencesInAnotherLanguageAreNamed(t *testing.T) {
	f := germanFacts()
	for locale, want := range map[string][]string{"en": nil, "en-GB": nil, "de": {"advice.steps", "incident.date_range"}, "fr-CA": {"advice.steps", "incident.date_range"}, "es": {"advice.steps", "incident.cause", "incident.date_range"}} {
		if got := f.Foreign(locale); !slices.Equal(got, want) {
			t.Errorf("%s meets %v, want %v", locale, got, want)
		}
	}
}
