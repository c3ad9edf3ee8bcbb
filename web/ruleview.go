package web

import (
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
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
	r.Was, r.Value, r.List, r.Lines, r.Takes = n.was(), n.Value, n.isList(), n.Op == cohort.In, !n.isList() && n.Op != cohort.Exists
	r.Whats = append(r.Whats, views.Option{Value: aboutList, Text: phrase.Say("about_list", nil), Chosen: r.List})
	names := c.known.Names()
	if own := strings.TrimPrefix(n.What, aboutAttribute); !r.List && !slices.Contains(names, own) {
		names = append(names, own)
	}
	for _, name := range names {
		r.Whats = append(r.Whats, views.Option{Value: aboutAttribute + name, Text: name, Chosen: n.What == aboutAttribute+name})
	}
	for _, op := range ops {
		r.Ops = append(r.Ops, views.Option{Value: string(op), Text: phrase.Say("op_"+string(op), nil), Chosen: n.Op == op})
	}
	r.Lists = c.listOptions(n)
	return r
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
