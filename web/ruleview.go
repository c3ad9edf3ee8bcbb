package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// ruleView is a part of the builder with what can be chosen.
type ruleView struct {
	Path, Was, Value   string
	Group, Root        bool
	List, Lines, Takes bool   // of a line: about a list, several values, takes a value
	Place              string // where a line stands, such as 2.1
	JoinLabel          string
	Word               string // between this part and the one before
	Joins, Whats, Ops  []views.Option
	Lists              []views.Option
	Bare               bool // compares nothing and speaks of no list
	Outcome            bool
	Statuses           []views.Option // of an outcome, one to choose
	Parts              []ruleView
}

// choices are what a rule of an incident may speak of.
type choices struct {
	known cohort.Known
	lists []overview.List
}

// ops in the order of the choice.
var ops = []cohort.Op{cohort.Eq, cohort.Ne, cohort.In, cohort.Exists, cohort.Lt, cohort.Gt, cohort.Prefix}

func (c choices) view(n *ruleNode, path string) ruleView {
	r := ruleView{Path: path, Root: path == ruleRoot, Group: n.Join != "", Place: placeOf(path)}
	if !r.Group {
		return c.line(n, r)
	}
	for _, join := range []string{joinAll, joinAny, joinNone} {
		r.Joins = append(r.Joins, views.Option{Value: join, Text: phrase.Say("join_"+join, nil), Chosen: n.Join == join})
	}
	r.JoinLabel = phrase.Say("rule_join_root", nil)
	if !r.Root {
		r.JoinLabel = phrase.Say("rule_join", map[string]any{"place": r.Place})
	}
	word := "rule_or"
	if n.Join == joinAll {
		word = "rule_and"
	}
	for i, part := range n.Parts {
		p := c.view(part, partPath(path, i))
		if i > 0 {
			p.Word = phrase.Say(word, nil)
		}
		r.Parts = append(r.Parts, p)
	}
	return r
}

func (c choices) line(n *ruleNode, r ruleView) ruleView {
	r.Was, r.Value, r.List, r.Lines, r.Takes = n.was(), n.Value, n.isList(), n.Op == cohort.In, !n.isBare() && n.Op != cohort.Exists
	r.Whats = append(r.Whats, views.Option{Value: aboutList, Text: phrase.Say("about_list", nil), Chosen: r.List})
	r.Bare = n.isUpgraded()
	if r.Outcome = n.isOutcome(); r.Outcome && !r.Lines {
		r.Statuses = statusOptions(n.Value)
	}
	names := c.known.Names()
	if own := strings.TrimPrefix(n.What, aboutAttribute); !r.List && !r.Bare && !r.Outcome && !slices.Contains(names, own) {
		names = append(names, own)
	}
	for _, name := range names {
		r.Whats = append(r.Whats, views.Option{Value: aboutAttribute + name, Text: name, Chosen: n.What == aboutAttribute+name})
	}
	r.Whats = append(r.Whats, slices.Concat(c.outcomeOptions(n), c.upgradedOptions(n))...)
	for _, op := range ops {
		if r.Outcome && op != cohort.Eq && op != cohort.In {
			continue
		}
		r.Ops = append(r.Ops, views.Option{Value: string(op), Text: phrase.Say("op_"+string(op), nil), Chosen: n.Op == op})
	}
	r.Lists = c.listOptions(n)
	return r
}

// outcomeOptions offers the campaigns that were launched.
func (c choices) outcomeOptions(n *ruleNode) []views.Option {
	var all []views.Option
	for _, no := range slices.Sorted(maps.Keys(c.known.Campaigns)) {
		value := aboutOutcome + no.String()
		all = append(all, views.Option{Value: value, Text: phrase.Say("about_outcome", map[string]any{"name": c.known.Campaigns[no]}), Chosen: n.What == value})
	}
	if n.isOutcome() && !slices.ContainsFunc(all, func(o views.Option) bool { return o.Chosen }) {
		all = append(all, views.Option{Value: n.What, Text: strings.TrimPrefix(n.What, aboutOutcome), Chosen: true})
	}
	return all
}

// upgradedOptions offers the first cohorts, where something was sent already.
func (c choices) upgradedOptions(n *ruleNode) []views.Option {
	var all []views.Option
	for _, no := range slices.Sorted(maps.Keys(c.known.Cohorts)) {
		value := aboutUpgraded + no.String()
		if len(c.known.Campaigns) > 0 || n.What == value {
			all = append(all, views.Option{Value: value, Text: phrase.Say("about_upgraded", map[string]any{"name": c.known.Cohorts[no]}), Chosen: n.What == value})
		}
	}
	if n.isUpgraded() && !slices.ContainsFunc(all, func(o views.Option) bool { return o.Chosen }) {
		all = append(all, views.Option{Value: n.What, Text: strings.TrimPrefix(n.What, aboutUpgraded), Chosen: true})
	}
	return all
}

func statusOptions(chosen string) []views.Option {
	var all []views.Option
	for _, s := range outcome.Statuses {
		all = append(all, views.Option{Value: string(s), Text: phrase.Say("state_delivery_"+string(s), nil), Chosen: string(s) == chosen})
	}
	return all
}

// listOptions offers the lists that are imported; beside an attribute, any list.
func (c choices) listOptions(n *ruleNode) []views.Option {
	first := views.Option{Text: phrase.Say("list_any", nil)}
	if n.isList() {
		first.Text = phrase.Say("list_choose", nil)
	}
	all := []views.Option{first}
	for _, l := range c.lists {
		if c.known.Lists[l.ID] {
			all = append(all, views.Option{Value: l.ID.String(), Text: l.Name, Chosen: n.List == l.ID.String()})
		}
	}
	if _, err := id.ParseList(n.List); err == nil && !slices.ContainsFunc(all, func(o views.Option) bool { return o.Value == n.List }) {
		all = append(all, views.Option{Value: n.List, Text: n.List, Chosen: true})
	}
	return all
}

// placeOf counts as people do: r.1.0 is 2.1.
func placeOf(path string) string {
	places, _ := partsOf(path)
	var words []string
	for _, i := range places {
		words = append(words, strconv.Itoa(i+1))
	}
	return strings.Join(words, ".")
}
