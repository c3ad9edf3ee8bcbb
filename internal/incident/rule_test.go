package incident

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/phrase"
)

func known() Facts {
	return Facts{Name: "Mail provider breach", Events: map[string]string{"discovery": "2022-08-08"}}.Normalise()
}

func many(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out["incident.t"+strconv.Itoa(i)] = "x"
	}
	return out
}

// wrongs gives the fields of a refusal as name:code, each told in a sentence.
func wrongs(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Invalid {
		t.Fatalf("refused with %v", err)
	}
	var out []string
	for _, w := range f.Fields {
		out = append(out, w.Name+":"+w.Code)
		if !phrase.Has(w.Code) {
			t.Errorf("no sentence tells %s", w.Code)
		}
	}
	return out
}

func TestFactsAreKeptOrRefusedByTheNameOfTheField(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Facts)
		want []string
	}{
		"a name is enough":                 {func(f *Facts) { *f = Facts{Name: "N"} }, nil},
		"no name":                          {func(f *Facts) { f.Name = "" }, []string{"name:field_missing"}},
		"a name of blanks":                 {func(f *Facts) { f.Name = " \t" }, []string{"name:field_missing"}},
		"the longest name":                 {func(f *Facts) { f.Name = strings.Repeat("ä", longestName) }, nil},
		"a name too long":                  {func(f *Facts) { f.Name = strings.Repeat("ä", longestName+1) }, []string{"name:field_too_long"}},
		"the longest summary":              {func(f *Facts) { f.Summary = strings.Repeat("ä", longestText) }, nil},
		"a summary too long":               {func(f *Facts) { f.Summary = strings.Repeat("x", longestText+1) }, []string{"summary:field_too_long"}},
		"an event as a date":               {func(f *Facts) { f.Events["awareness"] = "2024-02-29" }, nil},
		"an event as an instant":           {func(f *Facts) { f.Events["awareness"] = "2022-08-08T19:30:00+02:00" }, nil},
		"an event on a day that never was": {func(f *Facts) { f.Events["awareness"] = "2023-02-29" }, []string{"events.awareness:event_not_a_date"}},
		"an event in words":                {func(f *Facts) { f.Events["awareness"] = "yesterday" }, []string{"events.awareness:event_not_a_date"}},
		"an event left empty":              {func(f *Facts) { f.Events["awareness"] = "" }, []string{"events.awareness:event_not_a_date"}},
		"an instant without a zone":        {func(f *Facts) { f.Events["awareness"] = "2022-08-08T19:30:00" }, []string{"events.awareness:event_not_a_date"}},
		"a text of each group": {func(f *Facts) {
			f.Texts = map[string]string{"incident.cause": "x", "advice.steps": "x", "contacts.dpa": "x", "regulator.name": "x"}
		}, nil},
		"a text of another group":          {func(f *Facts) { f.Texts = map[string]string{"org.name": "x"} }, []string{"texts.org.name:text_group_unknown"}},
		"a group without a name":           {func(f *Facts) { f.Texts = map[string]string{"incident.": "x"} }, []string{"texts.incident.:text_group_unknown"}},
		"a name that only begins like one": {func(f *Facts) { f.Texts = map[string]string{"incidents.cause": "x"} }, []string{"texts.incidents.cause:text_group_unknown"}},
		"a text too long":                  {func(f *Facts) { f.Texts = map[string]string{"incident.cause": strings.Repeat("x", longestText+1)} }, []string{"texts.incident.cause:field_too_long"}},
		"an offer too long":                {func(f *Facts) { f.Offer = map[string]string{"product": strings.Repeat("x", longestText+1)} }, []string{"offer.product:field_too_long"}},
		"as many texts as may be":          {func(f *Facts) { f.Texts = many(mostTexts) }, nil},
		"too many texts":                   {func(f *Facts) { f.Texts = many(mostTexts + 1) }, []string{"texts:field_out_of_range"}},
		"too many contacts":                {func(f *Facts) { f.Contacts = many(mostTexts + 1) }, []string{"contacts:field_out_of_range"}},
		"a delay until a day":              {func(f *Facts) { f.Delay = &Delay{Until: "2022-09-30", Document: "Letter 7"} }, nil},
		"a delay in words":                 {func(f *Facts) { f.Delay = &Delay{Until: "soon", Document: "Letter 7"} }, []string{"law_enforcement_delay.until:event_not_a_date"}},
		"a delay without a document":       {func(f *Facts) { f.Delay = &Delay{Until: "2022-09-30"} }, []string{"law_enforcement_delay.document:field_missing"}},
		"everything wrong is told at once": {func(f *Facts) {
			*f = Facts{Events: map[string]string{"b": "x", "a": "x"}, Texts: map[string]string{"q": "x"}}
		}, []string{"name:field_missing", "events.a:event_not_a_date", "events.b:event_not_a_date", "texts.q:text_group_unknown"}},
		"lists of anything that staff states": {func(f *Facts) { f.Conditions, f.DataTypes = []string{"encrypted"}, []string{"name"} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := known()
			c.edit(&f)
			if diff := cmp.Diff(c.want, wrongs(t, f.Check())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheOrganisationIsKeptOrRefusedByTheNameOfTheField(t *testing.T) {
	for name, c := range map[string]struct {
		o    Organisation
		want []string
	}{
		"a name is enough":       {Organisation{Name: "Larkfield"}, nil},
		"no name":                {Organisation{}, []string{"name:field_missing"}},
		"a parent too long":      {Organisation{Name: "L", Parent: strings.Repeat("x", longestName+1)}, []string{"parent:field_too_long"}},
		"a holiday":              {Organisation{Name: "L", Holidays: []string{"2026-12-25"}}, nil},
		"a holiday with an hour": {Organisation{Name: "L", Holidays: []string{"2026-12-25T00:00:00Z"}}, []string{"holidays:event_not_a_date"}},
		"a holiday in words":     {Organisation{Name: "L", Holidays: []string{"Christmas"}}, []string{"holidays:event_not_a_date"}},
		"a zone":                 {Organisation{Name: "L", Zone: "Europe/Berlin"}, nil},
		"no zone of any place":   {Organisation{Name: "L", Zone: "Mars/Olympus"}, []string{"zone:zone_unknown"}},
		"whatever zone is here":  {Organisation{Name: "L", Zone: "Local"}, []string{"zone:zone_unknown"}},
		"a contact too long":     {Organisation{Name: "L", DPO: map[string]string{"name": strings.Repeat("x", longestText+1)}}, []string{"dpo.name:field_too_long"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wrongs(t, c.o.Check())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAChangeMakesTheNextVersionOrNone(t *testing.T) {
	before := Incident{ID: 7, State: Open, Version: 4, FactsVersion: 3, Facts: known()}
	closed := before
	closed.State = Closed
	for name, c := range map[string]struct {
		of   Incident
		seen int
		f    Facts
		code string
	}{
		"by whoever saw the newest": {before, 4, Facts{Name: " Another name "}, ""},
		"to the same facts":         {before, 4, before.Facts, ""},
		"by whoever saw an old one": {before, 3, Facts{Name: "N"}, "changed_meanwhile"},
		"by whoever saw none":       {before, 0, Facts{Name: "N"}, "changed_meanwhile"},
		"of a closed incident":      {closed, 4, Facts{Name: "N"}, "incident_closed"},
		"to facts that are wrong":   {before, 4, Facts{}, "field_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.of.change(c.seen, c.f)
			if c.code != "" {
				if !fault.Is(err, c.code) || !cmp.Equal(got, c.of) {
					t.Errorf("got version %d: %v, want %s", got.Version, err, c.code)
				}
				return
			}
			if err != nil || got.Version != 5 || got.FactsVersion != 4 || got.Facts.Name != strings.TrimSpace(c.f.Name) || got.Facts.Conditions == nil || got.ID != 7 {
				t.Errorf("got %+v: %v", got, err)
			}
			if before.Facts.Name != "Mail provider breach" {
				t.Error("the facts before were changed too")
			}
		})
	}
}

// A fact that is set is what texts are filled with, wherever it stood before, and
// what it was set over stays as it was.
func TestAFactIsSetInOnePlace(t *testing.T) {
	before := Facts{Texts: map[string]string{"contacts.cra": "old", "incident.cause": "old"}, Offer: map[string]string{"months": "12"}}
	now := before
	for _, field := range []string{"contacts.cra", "incident.cause", "offer.months", "offer.provider", "regulator.complaint"} {
		if now = now.With(field, "new"); now.Fields()[field] != "new" {
			t.Errorf("%s is %q", field, now.Fields()[field])
		}
		if gone := now.With(field, "").Fields(); gone[field] != "" {
			t.Errorf("%s was taken out and is %q", field, gone[field])
		}
	}
	if old := before.Fields(); old["contacts.cra"] != "old" || old["incident.cause"] != "old" || old["offer.months"] != "12" {
		t.Errorf("what was known before is %v", old)
	}
}

func TestFieldsAreFilledByWhatIsKnownOnly(t *testing.T) {
	f := Facts{Name: "Breach", DataTypes: []string{"name", "mail"}, Events: map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-09"},
		Offer: map[string]string{"product": "P", "until": ""}, Contacts: map[string]string{"dpa": "D"}, Texts: map[string]string{"advice.steps": "S"}}
	want := map[string]string{"incident.name": "Breach", "incident.data_types": "name, mail", "incident.discovered_on": "8 August 2022",
		"offer.product": "P", "contacts.dpa": "D", "advice.steps": "S"}
	if diff := cmp.Diff(want, f.Fields()); diff != "" {
		t.Error(diff)
	}
	o := Organisation{Name: "L", Contacts: map[string]string{"email": "help@example.com", "phone": ""}, DPO: map[string]string{"name": "Ada"}}
	if diff := cmp.Diff(map[string]string{"org.name": "L", "contact.email": "help@example.com", "dpo.name": "Ada"}, o.Fields()); diff != "" {
		t.Error(diff)
	}
}

func TestLeavingOutIsTheSameAsSayingNothing(t *testing.T) {
	said := Facts{Name: "N", Events: map[string]string{}, Conditions: []string{}, DataTypes: []string{}, ExcludedRelays: []string{}}
	if diff := cmp.Diff(said, Facts{Name: " N "}.Normalise()); diff != "" {
		t.Error(diff)
	}
	usual := 4
	if diff := cmp.Diff(Organisation{Name: "N", ApprovalHours: &usual, Contacts: map[string]string{}, DPO: map[string]string{}, Profiles: []string{}, Holidays: []string{}}, Organisation{Name: "N"}.Normalise()); diff != "" {
		t.Error(diff)
	}
}

// book is a store that keeps facts as versions; a transaction that fails keeps nothing.
type book struct {
	Store
	now      Incident
	versions []Facts
	entries  []ledger.Entry
	refuse   error // what Record answers
}

func (b *book) Do(_ context.Context, f func(Tx) error) error {
	before := *b
	before.versions, before.entries = slices.Clone(b.versions), slices.Clone(b.entries)
	err := f(b)
	if err != nil {
		*b = before
	}
	return err
}

func (b *book) Incident(context.Context, id.Incident) (Incident, error) { return b.now, nil }
func (b *book) Lock(id.Incident) (Incident, error)                      { return b.now, nil }

func (b *book) Insert(i Incident) (id.Incident, error) {
	i.ID = 7
	return 7, b.SaveFacts(i, i.CreatedBy)
}

func (b *book) SaveFacts(i Incident, _ id.User) error {
	i.Facts.Events = maps.Clone(i.Facts.Events)
	b.now, b.versions = i, append(b.versions, i.Facts)
	return nil
}

func (b *book) Organisation(context.Context) (Organisation, int, error) {
	return Organisation{}, 0, nil
}

func (b *book) SaveOrganisation(Organisation, int, id.User) (int, error) { return 1, nil }

func (b *book) Record(e ledger.Entry) error {
	b.entries = append(b.entries, e)
	return b.refuse
}

func TestFactsAreVersionsThatTheLedgerNames(t *testing.T) {
	b, by := &book{}, access.Actor{User: 3, Role: access.Legal}
	s := Service{Store: b}
	opened, err := s.Open(t.Context(), by, Facts{Name: "N"})
	if err != nil || opened.Version != 1 || opened.FactsVersion != 1 || opened.State != Open || opened.CreatedBy != 3 {
		t.Fatalf("opened %+v: %v", opened, err)
	}
	changed, err := s.Change(t.Context(), by, opened.ID, 1, func(f Facts) Facts { f.Summary = "More"; return f })
	if err != nil || changed.FactsVersion != 2 || changed.Facts.Name != "N" || changed.Facts.Summary != "More" {
		t.Fatalf("changed to %+v: %v", changed, err)
	}
	if _, err := s.Change(t.Context(), by, opened.ID, 1, func(f Facts) Facts { return f }); !fault.Is(err, "changed_meanwhile") {
		t.Errorf("a change by whoever saw version 1: %v", err)
	}
	if len(b.versions) != 2 || b.versions[0].Summary != "" || len(b.entries) != 2 || b.entries[1].Verb != ledger.IncidentChanged {
		t.Errorf("%d versions, entries %v", len(b.versions), b.entries)
	}
}

func TestWithoutItsEntryNoFactChanges(t *testing.T) {
	down := errors.New("down")
	b, by := &book{}, access.Actor{User: 3, Role: access.Ops}
	s := Service{Store: b}
	if _, err := s.Open(t.Context(), by, known()); err != nil {
		t.Fatal(err)
	}
	b.refuse = down
	if _, err := s.Change(t.Context(), by, 7, 1, func(f Facts) Facts { f.Name = "Other"; return f }); !errors.Is(err, down) || len(b.versions) != 1 {
		t.Errorf("%d versions: %v", len(b.versions), err)
	}
}

func TestWhoMaySayWhatHappened(t *testing.T) {
	same := func(f Facts) Facts { return f }
	for _, role := range access.Roles {
		b := &book{now: Incident{ID: 7, State: Open, Version: 1, Facts: known()}}
		s, by := Service{Store: b}, access.Actor{User: 3, Role: role, SteppedUp: true}
		writes, settles := role == access.Legal || role == access.Ops, role == access.Admin
		if _, err := s.Open(t.Context(), by, known()); (err == nil) != writes {
			t.Errorf("%s opens: %v", role, err)
		}
		if _, err := s.Change(t.Context(), by, 7, b.now.Version, same); (err == nil) != writes {
			t.Errorf("%s changes: %v", role, err)
		}
		if _, err := s.SetOrganisation(t.Context(), by, 0, Organisation{Name: "L"}); (err == nil) != settles {
			t.Errorf("%s sets the organisation: %v", role, err)
		}
		if !writes && !settles && (len(b.versions) != 0 || len(b.entries) != 0) {
			t.Errorf("%s left something", role)
		}
	}
}
