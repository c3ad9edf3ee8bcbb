package web

import (
	"strconv"
	"strings"

	"forthwith/internal/cohort"
)

// What the buttons of a rule do. Each names the part that it is about.
const (
	doLine   = "line:"
	doGroup  = "group:"
	doRemove = "remove:"
)

// edited does what a button of the form asks for. Whatever names no part of the
// rule changes nothing.
func (n *ruleNode) edited(do string) (*ruleNode, error) {
	verb, path, _ := strings.Cut(do, ":")
	places, ok := partsOf(path)
	if !ok {
		return n, nil
	}
	if n.Join == "" { // a rule of one line becomes a group of it
		if verb+":" == doRemove {
			return &ruleNode{Join: joinAll}, nil
		}
		n = &ruleNode{Join: joinAll, Parts: []*ruleNode{n}}
	}
	if verb+":" == doRemove {
		n.remove(places)
		return n, nil
	}
	at := n.at(places)
	if at == nil || at.Join == "" {
		return n, nil
	}
	if len(places)+1 >= cohort.MaxDepth-1 || n.count() >= cohort.MaxNodes-2 {
		return n, tooBig()
	}
	at.add(verb+":", n.speaksOfList())
	return n, nil
}

func (n *ruleNode) add(verb string, listed bool) {
	line := &ruleNode{What: aboutList}
	if listed {
		line = &ruleNode{What: aboutAttribute + "jurisdiction", Op: cohort.Eq}
	}
	switch verb {
	case doLine:
		n.Parts = append(n.Parts, line)
	case doGroup:
		join := joinAny
		if n.Join == joinAny {
			join = joinAll
		}
		n.Parts = append(n.Parts, &ruleNode{Join: join, Parts: []*ruleNode{line}})
	}
}

// partsOf reads the places in a path such as r.0.2.
func partsOf(path string) ([]int, bool) {
	root, rest, deeper := strings.Cut(path, ".")
	if root != ruleRoot {
		return nil, false
	}
	var places []int
	for deeper {
		var one string
		one, rest, deeper = strings.Cut(rest, ".")
		i, err := strconv.Atoi(one)
		if err != nil || i < 0 {
			return nil, false
		}
		places = append(places, i)
	}
	return places, true
}

// at finds a part; nil when there is none.
func (n *ruleNode) at(places []int) *ruleNode {
	for _, i := range places {
		if i >= len(n.Parts) {
			return nil
		}
		n = n.Parts[i]
	}
	return n
}

// remove takes a part away, and a group that holds nothing any more.
func (n *ruleNode) remove(places []int) {
	if len(places) == 0 || places[0] >= len(n.Parts) {
		return
	}
	i := places[0]
	if len(places) > 1 {
		n.Parts[i].remove(places[1:])
		if n.Parts[i].Join == "" || len(n.Parts[i].Parts) > 0 {
			return
		}
	}
	if n.Parts = append(n.Parts[:i:i], n.Parts[i+1:]...); len(n.Parts) == 0 {
		n.Parts = nil
	}
}

func (n *ruleNode) count() int {
	all := 1
	for _, part := range n.Parts {
		all += part.count()
	}
	return all
}

func (n *ruleNode) speaksOfList() bool {
	if n.isList() {
		return true
	}
	for _, part := range n.Parts {
		if part.speaksOfList() {
			return true
		}
	}
	return false
}
