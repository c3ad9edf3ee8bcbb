package notice

import (
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

func TestPickVariant(t *testing.T) {
	v := func(locale string, places ...string) Source { return Source{Locale: locale, Jurisdictions: places} }
	all := []Source{v("en"), v("de"), v("pt-BR"), v("en", "US-CA"), v("es", "US-CA"), v("en", "US"), v("de", "DE", "AT"), v("fr", "FR")}
	cases := map[string]struct {
		variants []Source
		places   []string
		locale   string
		want     int
	}{
		"place and language":                                    {all, []string{"US-CA"}, "es", 4},
		"place in the default language":                         {all, []string{"US-CA"}, "fr", 3},
		"a language without its region":                         {all, []string{"US-CA"}, "es-MX", 4},
		"a country covers its states":                           {all, []string{"US-NY"}, "en", 5},
		"a state does not cover its country":                    {all, []string{"US"}, "es", 5},
		"elsewhere, own language":                               {all, []string{"CH"}, "de-CH", 1},
		"elsewhere, another region of a language":               {all, []string{"PT"}, "pt-PT", 2},
		"elsewhere, default language":                           {all, []string{"JP"}, "ja", 0},
		"no place, no language":                                 {all, nil, "", 0},
		"a place without the person's language and the default": {all, []string{"FR"}, "es", 0},
		"two places: the notice's order":                        {all, []string{"DE", "US-CA"}, "en", 3},
		"two places, own language in the later one":             {all, []string{"FR", "DE"}, "de", 6},
		"nothing fits":                                          {[]Source{v("de", "DE")}, []string{"FR"}, "fr", -1},
		"a place in no fitting tongue":                          {[]Source{v("de", "DE")}, []string{"DE"}, "fr", -1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := PickVariant(c.variants, "en", c.places, c.locale)
			if !ok {
				got = -1
			}
			if got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestAVersionMovesOnlyAlongItsStates(t *testing.T) {
	sha := canon.Hash{1}
	moves := map[string]func(v Version, sha canon.Hash) (Version, error){
		"submit":   func(v Version, s canon.Hash) (Version, error) { return v.Submit(s) },
		"approve":  func(v Version, s canon.Hash) (Version, error) { return v.Approve(2, s) },
		"reject":   func(v Version, s canon.Hash) (Version, error) { return v.Reject(s) },
		"withdraw": func(v Version, s canon.Hash) (Version, error) { return v.Withdraw(s) },
	}
	allowed := map[State]map[string]State{
		Drafted:   {"submit": InReview},
		InReview:  {"approve": Approved, "reject": Rejected},
		Approved:  {"withdraw": Withdrawn},
		Rejected:  {},
		Withdrawn: {},
	}
	for from, want := range allowed {
		for name, move := range moves {
			v := Version{SHA256: sha, State: from, People: access.People{Authors: []id.User{1}}}
			got, err := move(v, sha)
			if to, may := want[name]; may && (err != nil || got.State != to) {
				t.Errorf("%s in %s: %s, %v", name, from, got.State, err)
			} else if !may && (!fault.Is(err, "version_state") || got.State != from) {
				t.Errorf("%s in %s: %s, %v", name, from, got.State, err)
			}
			if got, err := move(v, canon.Hash{2}); !fault.Is(err, "text_changed") || got.State != from {
				t.Errorf("%s of another hash: %v", name, err)
			}
		}
	}
}

func TestAnAuthorNeverApprovesTheOwnText(t *testing.T) {
	v := Version{SHA256: canon.Hash{1}, State: InReview, People: access.People{Authors: []id.User{1, 2}}}
	if _, err := v.Approve(2, v.SHA256); !fault.Is(err, "own_text") {
		t.Errorf("got %v", err)
	}
}
