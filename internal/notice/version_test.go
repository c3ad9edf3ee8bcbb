package notice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
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

func TestVersionHashCoversNumbersOrderAndEveryWord(t *testing.T) {
	d := Draft{DefaultLocale: "en", Variants: []Source{
		{Locale: "en", Subject: "a", Body: "b"}, {Locale: "de", Jurisdictions: []string{"DE"}, Subject: "c", Body: "d"}}}
	hash := func(d Draft, notice int64, version int) canon.Hash {
		_, raw, h, err := d.Compile(1+0*1, version)
		if notice != 1 {
			_, raw, h, err = d.Compile(2, version)
		}
		if err != nil || len(raw) == 0 {
			t.Fatal(err)
		}
		return h
	}
	base := hash(d, 1, 1)
	if hash(d, 1, 1) != base {
		t.Error("the same draft has two hashes")
	}
	swapped := Draft{DefaultLocale: "en", Variants: []Source{d.Variants[1], d.Variants[0]}}
	worded := Draft{DefaultLocale: "en", Variants: []Source{d.Variants[0], {Locale: "de", Jurisdictions: []string{"DE"}, Subject: "c", Body: "d."}}}
	for name, h := range map[string]canon.Hash{"another notice": hash(d, 2, 1), "another version": hash(d, 1, 2), "another order": hash(swapped, 1, 1), "another word": hash(worded, 1, 1)} {
		if h == base {
			t.Errorf("%s has the same hash", name)
		}
	}
	doc, _, _, _ := swapped.Compile(1, 1)
	if doc.Variants[0].Locale != "de" || doc.Sources()[0].Locale != "de" || doc.Variants[1].Position != 1 {
		t.Errorf("order: %+v", doc.Sources())
	}
}

func TestDraftMistakesBetweenVariants(t *testing.T) {
	ok := Source{Locale: "en", Subject: "a", Body: "b"}
	de := Source{Locale: "de", Jurisdictions: []string{"DE", "AT"}, Subject: "a", Body: "b"}
	cases := map[string]struct {
		d    Draft
		want []string
	}{
		"none":                 {Draft{DefaultLocale: "en"}, []string{"variants variants_count"}},
		"no default":           {Draft{DefaultLocale: "fr", Variants: []Source{ok}}, []string{"default_locale default_locale_missing"}},
		"the same people":      {Draft{DefaultLocale: "en", Variants: []Source{ok, de, {Locale: "DE", Jurisdictions: []string{"AT"}, Subject: "a", Body: "b"}}}, []string{"variants[2] variant_twice"}},
		"no such place":        {Draft{DefaultLocale: "en", Variants: []Source{ok, {Locale: "de", Jurisdictions: []string{"Bavaria"}, Subject: "a", Body: "b"}}}, []string{"variants[1].jurisdictions jurisdiction_unknown"}},
		"no such language":     {Draft{DefaultLocale: "english!", Variants: []Source{{Locale: "english!", Subject: "a", Body: "b"}}}, []string{"locale locale_unknown"}},
		"a tag nobody carries": {Draft{DefaultLocale: "en_US", Variants: []Source{{Locale: "en_US", Subject: "a", Body: "b"}}}, []string{"locale locale_unknown"}},
		"an old tag":           {Draft{DefaultLocale: "iw", Variants: []Source{{Locale: "iw", Subject: "a", Body: "b"}}}, []string{"locale locale_unknown"}},
		"a mistake in another": {Draft{DefaultLocale: "en", Variants: []Source{ok, {Locale: "de", Subject: "a", Body: "<b>"}}}, []string{"variants[1].body text_html 1"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, _, err := c.d.Compile(1, 1)
			if diff := cmp.Diff(c.want, said(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestColumnsThatNoListHasAreNamed(t *testing.T) {
	doc, _, _, err := Draft{DefaultLocale: "en", Variants: []Source{
		{Locale: "en", Subject: "{{merge.acount}}", Body: "x\n\n{{merge.first_name}} {{list merge.fist_name}}\n\n{{code.credit}} {{org.name}}"},
	}}.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.CheckColumns([]string{"first_name", "fist_name", "acount"}, []string{"credit"}); err != nil {
		t.Error(err)
	}
	err = doc.CheckColumns([]string{"first_name", "account"}, nil)
	want := []string{"subject subject_column", "body field_no_column 3", "body field_no_pool 5"}
	if diff := cmp.Diff(want, said(t, err)); diff != "" {
		t.Error(diff)
	}
	f, _ := fault.As(err)
	if f.Fields[1].Values["like"] != "first_name" || f.Fields[0].Values["like"] != "account" {
		t.Errorf("suggested %v", f.Fields)
	}
	if one, other := f.Fields[1].Values["todo"], f.Fields[2].Values["todo"]; one != "did you mean ‘first_name’?" || other != phrase.Say("field_no_pool_todo", nil) {
		t.Errorf("what to do is %q and %q", one, other)
	}
}
