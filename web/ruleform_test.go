package web

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

var known = cohort.Known{Lists: map[id.List]bool{1: true, 2: true},
	Attributes: map[string]cohort.Type{"plan": cohort.Text, "list": cohort.Text, "points": cohort.Number, "since": cohort.Date, "ip": cohort.Secret}, Campaigns: map[id.Campaign]string{1: "First wave", 2: "Second"}, Cohorts: map[id.Cohort]string{1: "Exposed", 2: "Reset"}}

// rules makes every rule that is right for known.
func rules(depth int) *rapid.Generator[cohort.Rule] {
	return rapid.Custom(func(t *rapid.T) cohort.Rule {
		forms := []string{"list", "outcome", "upgraded", "text", "number", "date", "secret", "all", "any", "not"}
		if depth == 0 {
			forms = forms[:7]
		}
		parts := func() []cohort.Rule { return rapid.SliceOfN(rules(depth-1), 1, 3).Draw(t, "parts") }
		in := id.List(rapid.IntRange(0, 2).Draw(t, "in"))
		switch form := rapid.SampledFrom(forms).Draw(t, "form"); form {
		case "list":
			return cohort.Rule{List: id.List(rapid.IntRange(1, 2).Draw(t, "list"))}
		case "outcome":
			return cohort.Rule{Outcome: id.Campaign(rapid.IntRange(1, 2).Draw(t, "campaign")), Statuses: rapid.SliceOfNDistinct(rapid.SampledFrom(outcome.Statuses), 1, 3, rapid.ID).Draw(t, "statuses")}
		case "upgraded":
			return cohort.Rule{Upgraded: id.Cohort(rapid.IntRange(1, 2).Draw(t, "cohort"))}
		case "all":
			return cohort.Rule{All: parts()}
		case "any":
			return cohort.Rule{Any: parts()}
		case "not":
			inner := rules(depth-1).Draw(t, "inner")
			return cohort.Rule{Not: &inner}
		default:
			return leaf(t, form, in)
		}
	})
}

func leaf(t *rapid.T, form string, in id.List) cohort.Rule {
	kind := map[string]struct {
		names []string
		ops   []cohort.Op
		value *rapid.Generator[cohort.Operand]
	}{
		"text":   {[]string{"plan", "list", "jurisdiction"}, []cohort.Op{cohort.Eq, cohort.Ne, cohort.In, cohort.Exists, cohort.Prefix}, texts(`[a-zà-ü,<>"'&:.0-9]{1,8}( [a-z]{1,3})?`)},
		"secret": {[]string{"ip"}, []cohort.Op{cohort.Eq, cohort.Ne, cohort.In, cohort.Exists}, texts(`[0-9.]{1,12}`)},
		"date":   {[]string{"since"}, []cohort.Op{cohort.Eq, cohort.In, cohort.Lt, cohort.Gt, cohort.Exists}, texts(`20[0-2][0-9]-0[1-9]-1[0-9]`)},
		"number": {[]string{"points"}, []cohort.Op{cohort.Eq, cohort.Ne, cohort.In, cohort.Lt, cohort.Gt, cohort.Exists}, rapid.Map(rapid.IntRange(-1e9, 1e9), func(n int) cohort.Operand {
			return cohort.Operand{Number: float64(n) / 64, IsNumber: true}
		})},
	}[form]
	r := cohort.Rule{Attribute: rapid.SampledFrom(kind.names).Draw(t, "name"), Op: rapid.SampledFrom(kind.ops).Draw(t, "op"), List: in}
	switch r.Op {
	case cohort.Exists:
	case cohort.In:
		r.Values = rapid.SliceOfN(kind.value, 1, 4).Draw(t, "values")
	default:
		r.Values = []cohort.Operand{kind.value.Draw(t, "value")}
	}
	return r
}

func texts(pattern string) *rapid.Generator[cohort.Operand] {
	return rapid.Map(rapid.StringMatching(pattern), func(s string) cohort.Operand { return cohort.Operand{Text: s} })
}

// sent is what a browser sends of a node.
func sent(n *ruleNode) url.Values {
	form := url.Values{}
	n.fields(form, ruleRoot)
	again, err := url.ParseQuery(form.Encode())
	if err != nil {
		panic(err)
	}
	return again
}

func TestARuleComesBackFromItsFormUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rules(3).Draw(t, "rule")
		n, err := parseRule(sent(fromRule(want)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(n, fromRule(want)) {
			t.Fatalf("the form is read as another form: %+v", n)
		}
		got, err := n.rule(known)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatalf("%s became %s", a, b)
		}
		if !reflect.DeepEqual(fromRule(got), n) {
			t.Fatalf("the rule's form is another: %s", b)
		}
	})
}

func FuzzAnyFormIsReadAndWrittenAlike(f *testing.F) {
	for _, seed := range []string{"r.join=all&r.0.what=list&r.0.list=lst_1", "r.what=attribute:points&r.op=in&r.value=1%0a2&r.was=in", "r.join=none&r.0.join=any&r.0.0.what=list",
		"r.join=all&r.0.what=attribute:plan&r.0.was=list&r.0.op=in&r.0.value=a,b", "r.join=" + strings.Repeat("x", 20)} {
		f.Add(seed, "line:r")
	}
	f.Add("r.join=all&r.0.what=list", "remove:r.0")
	f.Add("r.join=all&r.0.join=any&r.0.0.what=list", "group:r.0")
	f.Fuzz(func(t *testing.T, query, do string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		n, err := parseRule(form)
		if err != nil {
			return
		}
		_, _ = n.rule(known)
		if n, err = n.edited(do); err != nil {
			return
		}
		again, err := parseRule(sent(n))
		if err != nil || !reflect.DeepEqual(again, n) {
			t.Fatalf("%q became another form: %v", query, err)
		}
	})
}

func TestMistakesStandAtTheirFields(t *testing.T) {
	for name, c := range map[string]struct{ query, field, code string }{
		"no list chosen":        {"r.join=all&r.0.what=list&r.0.was=list", "r.0.list", "rule_list_unknown"},
		"another's list":        {"r.join=all&r.0.what=list&r.0.list=lst_9", "r.0.list", "rule_list_unknown"},
		"no value":              {"r.join=all&r.0.what=list&r.0.list=lst_1&r.1.join=any&r.1.0.what=attribute:plan&r.1.0.op=eq", "r.1.0.value", "rule_value_missing"},
		"no number":             {"r.join=all&r.0.what=attribute:points&r.0.op=gt&r.0.value=many", "r.0.value", "rule_value_wrong_type"},
		"no such attribute":     {"r.join=none&r.0.what=attribute:plam&r.0.op=exists", "r.0.what", "rule_attribute_unknown"},
		"a comparison too many": {"r.join=none&r.0.what=attribute:ip&r.0.op=lt&r.0.value=1&r.1.what=list&r.1.list=lst_1", "r.0.op", "rule_op_not_for_type"},
		"an empty group":        {"r.join=all&r.0.what=list&r.0.list=lst_1&r.1.join=any", "r.1.join", "rule_needs_parts"},
		"an empty rule":         {"r.join=none", "r.join", "rule_needs_parts"},
		"one of nothing":        {"r.join=all&r.0.what=attribute:plan&r.0.op=in", "r.0.value", "rule_value_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			form, _ := url.ParseQuery(c.query)
			n, err := parseRule(form)
			if err != nil {
				t.Fatal(err)
			}
			_, err = n.rule(known)
			f, ok := fault.As(err)
			if !ok || f.Fields[0].Name != c.field || f.Fields[0].Code != c.code {
				t.Errorf("%+v, want %s at %s", f, c.code, c.field)
			}
		})
	}
}

func TestAButtonChangesOnePart(t *testing.T) {
	list := &ruleNode{What: aboutList, List: "lst_1"}
	for name, c := range map[string]struct{ do, query, want string }{
		"a line at the end":         {"line:r", "r.join=all&r.0.what=list", `{"all":[{"list":""},{"attribute":"jurisdiction","op":"eq","value":""}]}`},
		"the first line is a list":  {"line:r", "r.join=all", `{"all":[{"list":""}]}`},
		"a group of the other kind": {"group:r.0", "r.join=all&r.0.join=any", `{"all":[{"any":[{"all":[{"list":""}]}]}]}`},
		"a line goes":               {"remove:r.0", "r.join=all&r.0.what=list&r.1.what=list&r.1.list=lst_2", `{"all":[{"list":"lst_2"}]}`},
		"its empty group goes too":  {"remove:r.0.0", "r.join=all&r.0.join=any&r.0.0.what=list", `{"all":[]}`},
		"a single line is joined":   {"line:r", "r.what=list&r.list=lst_1", `{"all":[{"list":"lst_1"},{"attribute":"jurisdiction","op":"eq","value":""}]}`},
		"nothing of that name":      {"remove:r.7.1", "r.join=all&r.0.what=list", `{"all":[{"list":""}]}`},
		"no button":                 {"", "r.join=all&r.0.what=list", `{"all":[{"list":""}]}`},
		"a list becomes a word":     {"", "r.join=all&r.0.what=attribute:plan&r.0.was=list&r.0.list=lst_1", `{"all":[{"attribute":"plan","op":"eq","value":""}]}`},
		"one of, typed in a row":    {"", "r.join=all&r.0.what=attribute:plan&r.0.was=attribute&r.0.op=in&r.0.value=a,+b", `{"all":[{"attribute":"plan","op":"in","value":["a","b"]}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			form, _ := url.ParseQuery(c.query)
			n, err := parseRule(form)
			if err != nil {
				t.Fatal(err)
			}
			if n, err = n.edited(c.do); err != nil {
				t.Fatal(err)
			}
			got, _ := json.Marshal(n.doc(known, ruleRoot, "rule", map[string]string{}))
			if string(got) != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	deep := list
	for range cohort.MaxDepth {
		deep = &ruleNode{Join: joinAll, Parts: []*ruleNode{deep}}
	}
	if _, err := deep.edited("group:r" + strings.Repeat(".0", cohort.MaxDepth-1)); !fault.Is(err, "rule_too_big") {
		t.Errorf("a rule that is too deep: %v", err)
	}
}
