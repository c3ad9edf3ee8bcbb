package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
)

func (d *desk) cohorts() cohort.Service {
	store := postgres.CohortStore{DB: d.DB}
	return cohort.Service{Store: store, People: store}
}

func rule(t testing.TB, text string) cohort.Rule {
	t.Helper()
	r, err := cohort.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (d *desk) cohort(t testing.TB, name string, precedence int, text string) cohort.Cohort {
	t.Helper()
	c, err := d.cohorts().Create(context.Background(), d.ops, d.incident, cohort.Draft{Name: name, Precedence: precedence, Rule: rule(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *desk) frozen(t testing.TB, no id.Cohort) cohort.Cohort {
	t.Helper()
	if _, err := d.cohorts().Freeze(context.Background(), d.ops, no); err != nil {
		t.Fatal(err)
	}
	if err := d.cohorts().FreezeNow(context.Background(), no); err != nil {
		t.Fatal(err)
	}
	c, err := d.cohorts().Get(context.Background(), d.ops, no)
	if err != nil || c.State != cohort.Frozen {
		t.Fatalf("the cohort is %s: %v", c.State, err)
	}
	return c
}

// fourPeople is list A: Ana (two rows), Ben, Cy and one without an address.
const fourPeople = header +
	"ana@example.com,Ana,CA,en,pro,a-1,2021-05-01,7,192.0.2.1,\n" +
	"ana@example.com,Ana,TX,en,free,a-2,2020-01-01,2.5,,\n" +
	"ben@example.com,Ben,NY,de,pro,b-1,2022-08-01,10,192.0.2.2,\n" +
	"cy@example.com,Cy,,,,c-1,,,,\n" +
	",Nobody,CA,en,free,n-1,,,,\n"

func TestRulesFindTheirPeople(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	b := d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,basic,b-9,,,,\ndee@example.com,Dee,,,,,,,,\n", fullMapping)
	for name, c := range map[string]struct {
		rule string
		want int
	}{
		"everyone in a list":                       {fmt.Sprintf(`{"list":%q}`, a.ID), 4},
		"any row counts":                           {`{"attribute":"plan","op":"eq","value":"free"}`, 2},
		"ne needs a value and no equal row":        {`{"attribute":"plan","op":"ne","value":"pro"}`, 1},
		"not is everyone else":                     {`{"not":{"attribute":"plan","op":"eq","value":"pro"}}`, 3},
		"one of several":                           {`{"attribute":"plan","op":"in","value":["basic","free"]}`, 3},
		"a leaf inside one list":                   {fmt.Sprintf(`{"attribute":"plan","op":"eq","value":"pro","list":%q}`, b.ID), 0},
		"has a value":                              {`{"attribute":"since","op":"exists"}`, 2},
		"a number below":                           {`{"attribute":"points","op":"lt","value":7}`, 1},
		"a number above":                           {`{"attribute":"points","op":"gt","value":7}`, 1},
		"a number equal":                           {`{"attribute":"points","op":"eq","value":2.5}`, 1},
		"a date before":                            {`{"attribute":"since","op":"lt","value":"2021-01-01"}`, 1},
		"a prefix":                                 {`{"attribute":"jurisdiction","op":"prefix","value":"US-"}`, 3},
		"a prefix is no pattern":                   {`{"attribute":"jurisdiction","op":"prefix","value":"U_"}`, 0},
		"a secret attribute by its value":          {`{"attribute":"ip","op":"in","value":["192.0.2.1","192.0.2.9"]}`, 1},
		"a language":                               {`{"attribute":"locale","op":"eq","value":"de"}`, 1},
		"both of two":                              {fmt.Sprintf(`{"all":[{"list":%q},{"list":%q}]}`, a.ID, b.ID), 1},
		"either of two":                            {fmt.Sprintf(`{"any":[{"list":%q},{"list":%q}]}`, a.ID, b.ID), 5},
		"nothing that a value could say is a rule": {`{"attribute":"plan","op":"eq","value":"' OR true --"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := d.cohorts().Size(context.Background(), d.ops, d.incident, cohort.Sketch{Rule: rule(t, c.rule)})
			if err != nil || f.Size != c.want || f.Resolved != c.want {
				t.Errorf("%d people, want %d: %v", f.Size, c.want, err)
			}
		})
	}
}

func TestARuleOfWhatIsNotThereIsRefused(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, fourPeople, fullMapping)
	for text, code := range map[string]string{
		`{"list":"lst_99"}`:                                                  "rule_list_unknown",
		`{"attribute":"plam","op":"exists"}`:                                 "rule_attribute_unknown",
		`{"attribute":"ip","op":"lt","value":"1"}`:                           "rule_op_not_for_type",
		`{"attribute":"points","op":"eq","value":"x"}`:                       "rule_value_wrong_type",
		`{"attribute":"jurisdiction","op":"eq","value":"us-ca"}`:             "rule_value_written",
		`{"not":{"attribute":"jurisdiction","op":"in","value":["FR","UK"]}}`: "rule_value_in_no_row",
		`{"attribute":"locale","op":"ne","value":"de_ch"}`:                   "rule_value_written",
		`{"attribute":"timezone","op":"eq","value":"Berlin"}`:                "rule_value_in_no_row",
	} {
		_, err := d.cohorts().Create(context.Background(), d.ops, d.incident, cohort.Draft{Name: "X", Precedence: 1, Rule: rule(t, text)})
		if !fault.Is(err, code) {
			t.Errorf("%s: %v, want %s", text, err, code)
		}
	}
	_, err := d.cohorts().Create(context.Background(), d.ops, d.incident, cohort.Draft{Name: "X", Kind: cohort.FollowUp, Rule: rule(t, `{"attribute":"plan","op":"exists"}`)})
	if !fault.Is(err, "field_missing") {
		t.Errorf("a follow-up: %v", err)
	}
}

func TestTheMostSpecificCohortWins(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	broad := d.cohort(t, "Exposed", 20, fmt.Sprintf(`{"list":%q}`, a.ID))
	narrow := d.cohort(t, "Reset", 10, `{"attribute":"ip","op":"exists"}`)
	ctx := context.Background()

	got, err := d.cohorts().Get(ctx, d.ops, broad.ID)
	if err != nil {
		t.Fatal(err)
	}
	f := got.Figures
	if f.Size != 4 || f.Resolved != 2 || !slices.Equal(f.LostTo, []cohort.Loss{{Cohort: narrow.ID, Size: 2}}) || !slices.Equal(f.Overlaps, []cohort.Loss{{Cohort: narrow.ID, Size: 2}}) {
		t.Errorf("a draft's figures are %+v", f)
	}
	if f.ByJurisdiction["US-CA"] != 1 || f.ByJurisdiction["none"] != 1 || f.ByLocale["en"] != 1 || f.ByLocale["none"] != 1 {
		t.Errorf("by place %v, by language %v", f.ByJurisdiction, f.ByLocale)
	}
	people := 0
	for _, g := range f.Groups {
		people += g.People
	}
	if people != f.Resolved || len(f.Groups) != 2 {
		t.Errorf("by place and language %v", f.Groups)
	}
	over, err := d.cohorts().Overlaps(ctx, d.ops, d.incident)
	if err != nil || len(over.Pairs) != 1 || over.Pairs[0].Size != 2 || over.Nowhere != 0 {
		t.Errorf("overlaps %v: %v", over, err)
	}

	d.imported(t, d.incident, "\n"+header+"eve@example.com,Eve,,,,,,,,\n", fullMapping)
	if over, err = d.cohorts().Overlaps(ctx, d.ops, d.incident); err != nil || over.Nowhere != 1 {
		t.Errorf("%d are in no cohort: %v", over.Nowhere, err)
	}
	done := d.frozen(t, broad.ID) // before the narrow one, which is still a draft
	if done.Figures.Resolved != 2 || done.Root.IsZero() || !slices.Equal(done.Lists, []id.List{a.ID}) {
		t.Errorf("frozen: %+v", done)
	}
	if _, err := d.cohorts().Change(ctx, d.ops, narrow.ID, 1, func(c cohort.Draft) cohort.Draft { c.Precedence = 30; return c }); !fault.Is(err, "cohort_owed") {
		t.Errorf("a draft that others count on was changed: %v", err)
	}
	if err := d.cohorts().Delete(ctx, d.ops, narrow.ID); !fault.Is(err, "cohort_owed") {
		t.Errorf("a draft that others count on was deleted: %v", err)
	}
	if _, err := d.cohorts().Change(ctx, d.ops, narrow.ID, 1, func(c cohort.Draft) cohort.Draft { c.Name = "Accounts secured"; return c }); err != nil {
		t.Errorf("a name: %v", err)
	}
	d.frozen(t, narrow.ID)
	if n := d.count(t, "SELECT count(*) FROM placement"); n != 4 {
		t.Errorf("%d placements", n)
	}
	if _, err := d.cohorts().Change(ctx, d.ops, broad.ID, 1, func(c cohort.Draft) cohort.Draft { return c }); !fault.Is(err, "cohort_state") {
		t.Errorf("a frozen cohort was changed: %v", err)
	}
}

func TestTheRootIsOverTheDigestsOfTheMembersInOrder(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, bigFile(2000), fullMapping)
	c := d.frozen(t, d.cohort(t, "All", 1, fmt.Sprintf(`{"list":%q}`, a.ID)).ID)
	rows, err := d.raw.Query(context.Background(), `SELECT r.proof_digest FROM cohort_member m JOIN recipient r USING (incident_no, recipient_no) WHERE m.cohort_no = $1 ORDER BY m.seq`, int64(c.ID))
	if err != nil {
		t.Fatal(err)
	}
	var leaves []ledger.Hash
	var before []byte
	for rows.Next() {
		var digest []byte
		if err := rows.Scan(&digest); err != nil {
			t.Fatal(err)
		}
		if bytes.Compare(before, digest) >= 0 {
			t.Fatal("members are not in the order of their digests")
		}
		before = digest
		leaves = append(leaves, ledger.RecordHash(digest))
	}
	if len(leaves) != c.Figures.Resolved || canon.Hash(ledger.Root(leaves)) != c.Root {
		t.Errorf("%d members, root %s", len(leaves), c.Root)
	}
}

func TestFreezingTwiceChangesNothing(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	c := d.frozen(t, d.cohort(t, "All", 1, fmt.Sprintf(`{"list":%q}`, a.ID)).ID)
	if err := d.cohorts().FreezeNow(context.Background(), c.ID); err != nil {
		t.Errorf("a second run: %v", err)
	}
	if _, err := d.cohorts().Freeze(context.Background(), d.ops, c.ID); !fault.Is(err, "cohort_state") {
		t.Errorf("a second freeze: %v", err)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'cohort_frozen'"); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestAFreezeCanBeGivenUpAndNobodyIsFrozenInVain(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	ctx := context.Background()
	c := d.cohort(t, "All", 5, fmt.Sprintf(`{"list":%q}`, a.ID))
	if _, err := d.cohorts().Freeze(ctx, d.ops, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.cohorts().Delete(ctx, d.ops, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.cohorts().FreezeNow(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := d.cohorts().Get(ctx, d.ops, c.ID); err != nil || got.State != cohort.Drafted {
		t.Errorf("given up: %s, %v", got.State, err)
	}
	empty := d.cohort(t, "Nobody", 1, `{"attribute":"plan","op":"eq","value":"none"}`)
	if _, err := d.cohorts().Freeze(ctx, d.ops, empty.ID); !fault.Is(err, "cohort_empty") {
		t.Errorf("an empty cohort: %v", err)
	}
	if err := d.cohorts().Delete(ctx, d.ops, empty.ID); err != nil {
		t.Error(err)
	}
	if _, err := d.cohorts().Get(ctx, d.ops, empty.ID); !fault.Is(err, "no_such_cohort") {
		t.Errorf("a deleted draft: %v", err)
	}
}

func TestDraftsAreChangedByWhoSawThem(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	ctx := context.Background()
	c := d.cohort(t, "All", 5, fmt.Sprintf(`{"list":%q}`, a.ID))
	rename := func(to string) func(cohort.Draft) cohort.Draft {
		return func(c cohort.Draft) cohort.Draft { c.Name = to; return c }
	}
	if c, err := d.cohorts().Change(ctx, d.ops, c.ID, 1, rename("Everyone")); err != nil || c.Version != 2 {
		t.Errorf("version %d: %v", c.Version, err)
	}
	if _, err := d.cohorts().Change(ctx, d.ops, c.ID, 1, rename("Someone")); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("an old version: %v", err)
	}
	for name, draft := range map[string]cohort.Draft{
		"cohort_name_taken":       {Name: "Everyone", Precedence: 6},
		"cohort_precedence_taken": {Name: "Other", Precedence: 5},
		"field_out_of_range":      {Name: "Other"},
		"field_missing":           {Precedence: 7},
	} {
		draft.Rule = c.Rule
		if _, err := d.cohorts().Create(ctx, d.ops, d.incident, draft); !fault.Is(err, name) {
			t.Errorf("%+v: %v, want %s", draft, err, name)
		}
	}
	if _, err := d.cohorts().Create(ctx, d.legal, d.incident, cohort.Draft{Name: "Legal's", Precedence: 9, Rule: c.Rule}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("legal builds a cohort: %v", err)
	}
}

func TestPeopleAreShownMaskedWithTheirRowsAndTheirPlace(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	d.cohort(t, "Others", 2, `{"attribute":"plan","op":"exists"}`)
	c := d.frozen(t, d.cohort(t, "All", 1, fmt.Sprintf(`{"list":%q}`, a.ID)).ID)
	ctx := context.Background()
	page, err := d.cohorts().Recipients(ctx, d.legal, d.incident, cohort.Filter{Where: []filter.Equal{{Column: "cohort", Value: int64(c.ID)}}, After: 1, Limit: 2})
	if err != nil || len(page) != 2 || page[0].ID.No != 2 || page[0].Masked != "b•••@e•••.com" {
		t.Fatalf("a page is %+v: %v", page, err)
	}
	one, err := d.cohorts().Recipient(ctx, d.legal, id.Recipient{Parent: int64(d.incident), No: 1})
	if err != nil || one.Cohort != c.ID || one.Reason == nil || len(one.Reason.Over) != 1 || len(one.Rows) != 2 {
		t.Fatalf("one person is %+v: %v", one, err)
	}
	if _, open := one.Rows[0].Attributes["ip"]; open || one.Rows[0].Attributes["plan"] != "pro" || one.Rows[0].Line != 2 {
		t.Errorf("a row is %+v", one.Rows[0])
	}
	if _, err := d.cohorts().Recipient(ctx, d.legal, id.Recipient{Parent: 99, No: 1}); !fault.Is(err, "no_such_recipient") {
		t.Errorf("nobody: %v", err)
	}
}

func TestASketchStandsInItsDraftsPlace(t *testing.T) {
	d := newDesk(t)
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	all := fmt.Sprintf(`{"list":%q}`, a.ID)
	draft := d.cohort(t, "Exposed", 20, all)
	other := d.cohort(t, "Reset", 10, `{"attribute":"ip","op":"exists"}`)
	size := func(k cohort.Sketch) cohort.Figures {
		t.Helper()
		f, err := d.cohorts().Size(context.Background(), d.ops, d.incident, k)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	lost := size(cohort.Sketch{Rule: rule(t, `{"attribute":"ip","op":"exists"}`), Precedence: 30})
	if lost.Resolved != 0 || len(lost.LostTo) != 1 || lost.LostTo[0].Cohort != other.ID {
		t.Errorf("a further sketch gets %+v", lost)
	}
	same := size(cohort.Sketch{Rule: rule(t, all), Precedence: 20, Draft: draft.ID})
	if same.Resolved != same.Size-lost.Size || len(same.LostTo) != 1 || same.LostTo[0].Cohort != other.ID || len(same.Overlaps) != 1 {
		t.Errorf("a draft competes with itself: %+v", same)
	}
	first := size(cohort.Sketch{Rule: rule(t, all), Precedence: 5, Draft: draft.ID})
	if first.Resolved != first.Size || len(first.LostTo) != 0 {
		t.Errorf("a smaller precedence does not win: %+v", first)
	}
	known, err := d.cohorts().Known(context.Background(), d.ops, d.incident)
	if err != nil || !known.Lists[a.ID] || known.Attributes["points"] != cohort.Number || !slices.Contains(known.Names(), "jurisdiction") {
		t.Errorf("rules may speak of %+v: %v", known, err)
	}
}
