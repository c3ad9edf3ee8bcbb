package cohort

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
)

var known = Known{
	Lists:      map[id.List]bool{1: true, 2: true},
	Attributes: map[string]Type{"plan": Text, "level": Number, "since": Date, "ip": Secret},
}

func wrongs(t *testing.T, err error) map[string]string {
	t.Helper()
	f, ok := fault.As(err)
	if !ok {
		return nil
	}
	all := map[string]string{}
	for _, x := range f.Fields {
		all[x.Name] = x.Code
		if s := phrase.Say(x.Code, x.Values); s == x.Code || strings.Contains(s, "‘–’") {
			t.Errorf("%s has no whole sentence: %s", x.Code, s)
		}
	}
	return all
}

func TestRuleMistakesAreNamedWithTheirPlace(t *testing.T) {
	cases := map[string]struct {
		raw  string
		want map[string]string
	}{
		"a list":              {`{"list":"lst_1"}`, nil},
		"an attribute":        {`{"attribute":"plan","op":"eq","value":"pro"}`, nil},
		"narrowed to a list":  {`{"attribute":"plan","op":"in","value":["a","b"],"list":"lst_2"}`, nil},
		"exists":              {`{"attribute":"ip","op":"exists"}`, nil},
		"a number below":      {`{"attribute":"level","op":"lt","value":3}`, nil},
		"a date after":        {`{"attribute":"since","op":"gt","value":"2021-01-01"}`, nil},
		"a built-in":          {`{"attribute":"jurisdiction","op":"prefix","value":"US-"}`, nil},
		"nested":              {`{"all":[{"list":"lst_1"},{"not":{"any":[{"list":"lst_2"},{"attribute":"plan","op":"ne","value":"x"}]}}]}`, nil},
		"no JSON":             {`{`, map[string]string{"rule": "rule_not_an_object"}},
		"something after it":  {`{"list":"lst_1"} {}`, map[string]string{"rule": "rule_not_an_object"}},
		"a key twice":         {`{"list":"lst_1","list":"lst_2"}`, map[string]string{"rule": "rule_not_an_object"}},
		"nothing":             {`{}`, map[string]string{"rule": "rule_empty"}},
		"an unknown key":      {`{"list":"lst_1","colour":1}`, map[string]string{"rule.colour": "rule_unknown_key"}},
		"only an unknown key": {`{"lst":"lst_1"}`, map[string]string{"rule.lst": "rule_unknown_key"}},
		"two forms at once":   {`{"all":[{"list":"lst_1"}],"list":"lst_2"}`, map[string]string{"rule.list": "rule_unknown_key"}},
		"deep inside":         {`{"all":[{"list":"lst_1"},{"not":{"attribute":"plan","op":"is","value":"x"}}]}`, map[string]string{"rule.all[1].not.op": "rule_op_unknown"}},
		"no parts":            {`{"any":[]}`, map[string]string{"rule.any": "rule_needs_parts"}},
		"another kind of id":  {`{"list":"inc_1"}`, map[string]string{"rule.list": "rule_list_unknown"}},
		"a list of null":      {`{"list":null}`, map[string]string{"rule.list": "rule_list_unknown"}},
		"no value":            {`{"attribute":"plan","op":"eq"}`, map[string]string{"rule.value": "rule_value_missing"}},
		"a value of null":     {`{"attribute":"plan","op":"eq","value":null}`, map[string]string{"rule.value": "rule_value_missing"}},
		"exists with a value": {`{"attribute":"plan","op":"exists","value":"x"}`, map[string]string{"rule.value": "rule_exists_takes_none"}},
		"in with one value":   {`{"attribute":"plan","op":"in","value":"x"}`, map[string]string{"rule.value": "rule_in_needs_values"}},
		"an outcome":          {`{"outcome":{"campaign":"cmp_0","status":["bounced","gone"],"x":1}}`, map[string]string{"rule.outcome.campaign": "rule_campaign_unknown", "rule.outcome.status": "rule_status_unknown", "rule.outcome.x": "rule_unknown_key"}},
		"an unknown list":     {`{"any":[{"list":"lst_9"}]}`, map[string]string{"rule.any[0].list": "rule_list_unknown"}},
		"an unknown name":     {`{"attribute":"plam","op":"exists"}`, map[string]string{"rule.attribute": "rule_attribute_unknown"}},
		"a prefix of numbers": {`{"attribute":"level","op":"prefix","value":"1"}`, map[string]string{"rule.op": "rule_op_not_for_type"}},
		"order of texts":      {`{"attribute":"plan","op":"lt","value":"b"}`, map[string]string{"rule.op": "rule_op_not_for_type"}},
		"order of secrets":    {`{"attribute":"ip","op":"gt","value":"1"}`, map[string]string{"rule.op": "rule_op_not_for_type"}},
		"a text for a number": {`{"attribute":"level","op":"eq","value":"3"}`, map[string]string{"rule.value": "rule_value_wrong_type"}},
		"a number for a text": {`{"attribute":"plan","op":"eq","value":3}`, map[string]string{"rule.value": "rule_value_wrong_type"}},
		"no such day":         {`{"attribute":"since","op":"eq","value":"2021-02-30"}`, map[string]string{"rule.value": "rule_value_wrong_type"}},
		"too deep":            {strings.Repeat(`{"not":`, 20) + `{"list":"lst_1"}` + strings.Repeat("}", 20), map[string]string{"rule" + strings.Repeat(".not", 16): "rule_too_big"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r, err := ParseRule([]byte(c.raw))
			if err == nil {
				err = r.Check(known)
			}
			if diff := cmp.Diff(c.want, wrongs(t, err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAHugeRuleIsOneMistake(t *testing.T) {
	_, err := ParseRule([]byte(`{"any":[` + strings.Repeat(`{"list":"lst_1"},`, 100_000) + `{"list":"lst_1"}]}`))
	if w := wrongs(t, err); len(w) != 1 || w["rule.any[499]"] != "rule_too_big" {
		t.Errorf("got %v", w)
	}
}

func TestRulesAreSaidInPlainWords(t *testing.T) {
	names := Names{List: func(l id.List) string { return map[id.List]string{1: "Customers", 2: "Resets"}[l] }, Campaign: func(id.Campaign) string { return "First wave" }, Cohort: func(id.Cohort) string { return "Reset" }}
	cases := map[string]string{
		`{"list":"lst_1"}`: "Everyone who is in ‘Customers’.",
		`{"all":[{"list":"lst_1"},{"not":{"list":"lst_2"}}]}`:                                                                   "Everyone who is in ‘Customers’ and is not someone who is in ‘Resets’.",
		`{"any":[{"attribute":"plan","op":"eq","value":"pro"},{"attribute":"level","op":"gt","value":2.5}]}`:                    "Everyone who has plan ‘pro’ or has level above 2.5.",
		`{"all":[{"any":[{"list":"lst_1"},{"list":"lst_2"}]},{"attribute":"plan","op":"in","value":["a","b"],"list":"lst_1"}]}`: "Everyone who (is in ‘Customers’ or is in ‘Resets’) and has plan one of ‘a’, ‘b’ in ‘Customers’.",
		`{"attribute":"plan","op":"ne","value":"pro"}`:                                                                          "Everyone who has a plan other than ‘pro’.",
		`{"outcome":{"campaign":"cmp_1","status":["rejected","bounced"]}}`:                                                      "Everyone who has in ‘First wave’ the status ‘Refused’, ‘Bounced’.",
		`{"attribute":"plan","op":"exists"}`:                                                                                    "Everyone who has any plan.",
	}
	for raw, want := range cases {
		r, err := ParseRule([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Sentence(names); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

var anyRule = rapid.Custom(func(t *rapid.T) Rule { return drawRule(t, 3) })

func drawRule(t *rapid.T, depth int) Rule {
	form := rapid.IntRange(0, 5).Draw(t, "form")
	if depth == 0 {
		form %= 3
	}
	switch form {
	case 0:
		return Rule{List: id.List(rapid.IntRange(1, 2).Draw(t, "list"))}
	case 1:
		r := Rule{Attribute: "plan", Op: rapid.SampledFrom([]Op{Eq, Ne, In, Exists}).Draw(t, "op"), List: id.List(rapid.IntRange(0, 2).Draw(t, "within"))}
		n := map[Op]int{Eq: 1, Ne: 1, In: 2, Exists: 0}[r.Op]
		for range n {
			r.Values = append(r.Values, Operand{Text: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "value")})
		}
		return r
	case 2:
		return Rule{Outcome: 1, Statuses: rapid.SliceOfNDistinct(rapid.SampledFrom([]outcome.Status{outcome.Accepted, outcome.Rejected, outcome.Bounced}), 1, 3, rapid.ID).Draw(t, "statuses")}
	case 3:
		return Rule{All: []Rule{drawRule(t, depth-1), drawRule(t, depth-1)}}
	case 4:
		return Rule{Any: []Rule{drawRule(t, depth-1), drawRule(t, depth-1)}}
	}
	part := drawRule(t, depth-1)
	return Rule{Not: &part}
}

func TestARuleIsReadBackFromItsOwnForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule.Draw(t, "rule")
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRule(raw)
		if diff := cmp.Diff(r, again); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
	})
}

// row is a person's row in the naive model.
type row struct {
	list id.List
	plan string
}

// incident answers leaves, and decides rules for one person by looking at the
// rows: a second opinion without sets.
type incident [][]row

func (in incident) pick(is func(rows []row) bool) Bitset {
	var b Bitset
	for n, rows := range in {
		if is(rows) {
			b.Add(n)
		}
	}
	return b
}

func (in incident) Everyone(context.Context) (Bitset, error) {
	return in.pick(func([]row) bool { return true }), nil
}

func (in incident) List(_ context.Context, l id.List) (Bitset, error) {
	return in.pick(func(rows []row) bool { return selects(Rule{List: l}, rows) }), nil
}

func (in incident) Attribute(_ context.Context, l Leaf) (Bitset, error) {
	return in.pick(func(rows []row) bool {
		for _, r := range rows {
			if r.plan != "" && (l.List == 0 || l.List == r.list) && l.Matches(r.plan, 0) {
				return true
			}
		}
		return false
	}), nil
}

// became says what became of a person: it depends on their first row.
func became(rows []row) outcome.Status {
	return map[id.List]outcome.Status{1: outcome.Accepted, 2: outcome.Rejected}[rows[0].list]
}

func (in incident) Upgraded(context.Context, id.Cohort) (Bitset, error) { return nil, nil }

func (in incident) Outcome(_ context.Context, _ id.Campaign, statuses []outcome.Status) (Bitset, error) {
	return in.pick(func(rows []row) bool { return slices.Contains(statuses, became(rows)) }), nil
}

func selects(r Rule, rows []row) bool {
	switch {
	case r.Outcome != 0:
		return slices.Contains(r.Statuses, became(rows))
	case r.Not != nil:
		return !selects(*r.Not, rows)
	case r.All != nil:
		return selects(r.All[0], rows) && selects(r.All[1], rows)
	case r.Any != nil:
		return selects(r.Any[0], rows) || selects(r.Any[1], rows)
	}
	has, equal, listed := false, false, false
	for _, x := range rows {
		listed = listed || x.list == r.List
		if x.plan == "" || r.List != 0 && r.List != x.list {
			continue
		}
		has = true
		for _, v := range r.Values {
			equal = equal || v.Text == x.plan
		}
	}
	switch r.Op {
	case Exists:
		return has
	case Ne:
		return has && !equal
	case Eq, In:
		return equal
	}
	return listed
}

func TestEvaluationAgreesWithLookingAtEachPerson(t *testing.T) {
	person := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{id.List(rapid.IntRange(1, 2).Draw(t, "list")), rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "plan")}
	}), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		in := incident(rapid.SliceOfN(person, 0, 80).Draw(t, "people"))
		r := anyRule.Draw(t, "rule")
		got, err := Evaluate(t.Context(), r, in)
		if err != nil {
			t.Fatal(err)
		}
		for n, rows := range in {
			if got.Has(n) != selects(r, rows) {
				t.Fatalf("person %d: %v", n, rows)
			}
		}
		if want := in.pick(func(rows []row) bool { return selects(r, rows) }); want.Len() != got.Len() {
			t.Fatal("somebody who is not in the incident was selected")
		}
	})
}

func TestLeavesCompareByType(t *testing.T) {
	cases := map[string]struct {
		op     Op
		value  Operand
		text   string
		number float64
		want   bool
	}{
		"a number below":            {Lt, Operand{Number: 10, IsNumber: true}, "9", 9, true},
		"a number not below itself": {Lt, Operand{Number: 10, IsNumber: true}, "10", 10, false},
		"a number above":            {Gt, Operand{Number: 9, IsNumber: true}, "10", 10, true},
		"a number not above itself": {Gt, Operand{Number: 10, IsNumber: true}, "10", 10, false},
		"an earlier date":           {Lt, Operand{Text: "2021-10-01"}, "2021-09-30", 0, true},
		"a later date":              {Gt, Operand{Text: "2021-10-01"}, "2021-10-02", 0, true},
		"a prefix":                  {Prefix, Operand{Text: "US-"}, "US-CA", 0, true},
		"no prefix":                 {Prefix, Operand{Text: "US-"}, "AUS-", 0, false},
		"equal texts":               {Eq, Operand{Text: "a"}, "a", 0, true},
		"texts in another case":     {Eq, Operand{Text: "a"}, "A", 0, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := (Leaf{Op: c.op, Values: []Operand{c.value}}).Matches(c.text, c.number); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{`{"list":"lst_1"}`, `{"all":[{"not":{}}]}`, `{"attribute":"a","op":"in","value":[1,"x"]}`, `[]`, `{"not":null}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRule(raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseRule(again); err != nil || !cmp.Equal(r, back) {
			t.Fatalf("%s is not read back: %v", again, err)
		}
		_ = r.Sentence(Ids)
	})
}

// A cohort is whom a correction goes to by what its rule says, not by how it is
// written.
func TestACohortIsWhomACorrectionGoesTo(t *testing.T) {
	backwards := slices.Clone(outcome.TextOut)
	slices.Reverse(backwards)
	all := Cohort{Draft: Draft{Kind: FollowUp, Basis: 7, Rule: Rule{Outcome: 7, Statuses: backwards}}}
	if !all.Corrects(7) || all.Corrects(8) {
		t.Error("the order of statuses, or the campaign, does not count as it should")
	}
	some, first, not := all, all, all
	some.Rule.Statuses = backwards[1:]
	first.Kind = FirstNotice
	not.Rule = Rule{Not: &all.Rule}
	for name, c := range map[string]Cohort{"some of them": some, "a first notice": first, "everybody else": not} {
		if c.Corrects(7) {
			t.Errorf("%s is taken for it", name)
		}
	}
}
