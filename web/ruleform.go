package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// How the parts of a group are joined.
const (
	joinAll  = "all"
	joinAny  = "any"
	joinNone = "none"
)

// What a line is about: being in a list, an attribute, what became of people in
// a campaign, or that they are to hear a cohort's notice as well.
const (
	aboutList      = "list"
	aboutAttribute = "attribute:"
	aboutOutcome   = "outcome:"
	aboutUpgraded  = "upgraded:"
)

// ruleNode is a part of a rule as its form has it: a group of parts, or a line.
// What is typed stays as it is, whether it makes a rule or not.
type ruleNode struct {
	Join  string // of a group; a line has none
	Parts []*ruleNode
	What  string // of a line: aboutList, aboutAttribute and a name, or aboutOutcome and a campaign
	Op    cohort.Op
	Value string // for in, one value in each line
	List  string // the list; beside an attribute, the only one whose rows count
}

// ruleRoot is the name under which the form has the whole rule. Parts are named
// by their places: r.0, r.0.2.
const ruleRoot = "r"

func partPath(path string, i int) string { return path + "." + strconv.Itoa(i) }

// parseRule reads a form. The parts of a group are those that follow each
// other from 0.
func parseRule(form url.Values) (*ruleNode, error) {
	left := cohort.MaxNodes
	n := parseNode(form, ruleRoot, 1, &left)
	if left < 0 {
		return n, tooBig()
	}
	return n, nil
}

func tooBig() error {
	return fault.Wrong("rule", "rule_too_big", fault.Values{"nodes": cohort.MaxNodes, "depth": cohort.MaxDepth})
}

func parseNode(form url.Values, path string, depth int, left *int) *ruleNode {
	*left--
	if what := form.Get(path + ".what"); what != "" {
		return parseLine(form, path, what)
	}
	n := &ruleNode{Join: form.Get(path + ".join")}
	if n.Join != joinAny && n.Join != joinNone {
		n.Join = joinAll
	}
	for i := 0; hasNode(form, partPath(path, i)); i++ {
		if *left <= 0 || depth > cohort.MaxDepth {
			*left = -1
			break
		}
		n.Parts = append(n.Parts, parseNode(form, partPath(path, i), depth+1, left))
	}
	return n
}

func hasNode(form url.Values, path string) bool {
	return form.Has(path+".join") || form.Get(path+".what") != ""
}

// parseLine reads a line. What was typed for something else than the line is
// about now is dropped.
func parseLine(form url.Values, path, what string) *ruleNode {
	n := &ruleNode{What: what, Op: cohort.Op(form.Get(path + ".op")), List: form.Get(path + ".list")}
	n.Value = strings.TrimSpace(strings.ReplaceAll(form.Get(path+".value"), "\r\n", "\n"))
	was := form.Get(path + ".was")
	switch {
	case n.isList():
		n.Op, n.Value = "", ""
	case n.isUpgraded():
		n.Op, n.Value, n.List = "", "", ""
	case was == aboutList || was == wasUpgraded:
		n.List, n.Value = "", ""
	}
	if n.isList() && was != "" && was != aboutList {
		n.List = ""
	}
	if n.isOutcome() {
		n.ofOutcome(was)
	}
	if !n.isBare() && n.Op == "" {
		n.Op = cohort.Eq
	}
	if n.Op == cohort.In && was != string(cohort.In) && was != "" {
		n.Value = eachLine(strings.Split(n.Value, ","))
	}
	if n.Op == cohort.In {
		n.Value = eachLine(strings.Split(n.Value, "\n"))
	}
	if n.Op == cohort.Exists {
		n.Value = ""
	}
	return n
}

func (n *ruleNode) isList() bool { return n.What == aboutList }

// isBare tells a line that compares nothing.
func (n *ruleNode) isBare() bool { return n.isList() || n.isUpgraded() }

func (n *ruleNode) isUpgraded() bool { return strings.HasPrefix(n.What, aboutUpgraded) }

func (n *ruleNode) isOutcome() bool { return strings.HasPrefix(n.What, aboutOutcome) }

// ofOutcome keeps what can be said of an outcome: it is a status, or one of
// some. A line that was about something else begins with who was reached.
func (n *ruleNode) ofOutcome(was string) {
	n.List = ""
	if n.Op != cohort.In {
		n.Op = cohort.Eq
	}
	if was != "" && was != wasOutcome && was != string(cohort.In) {
		n.Value = string(outcome.Accepted)
	}
}

// wasOutcome marks a line that was shown with statuses to choose from, and
// wasUpgraded one that was shown alone.
const (
	wasOutcome  = "outcome"
	wasUpgraded = "upgraded"
)

// was says how a line was shown, so that what was typed is read as it was meant.
func (n *ruleNode) was() string {
	switch {
	case n.isList():
		return aboutList
	case n.isUpgraded():
		return wasUpgraded
	case n.Op == cohort.In:
		return string(cohort.In)
	case n.isOutcome():
		return wasOutcome
	}
	return strings.TrimSuffix(aboutAttribute, ":")
}

func eachLine(parts []string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}

// fields writes the form that parseRule reads.
func (n *ruleNode) fields(into url.Values, path string) {
	if n.Join != "" {
		into.Set(path+".join", n.Join)
		for i, part := range n.Parts {
			part.fields(into, partPath(path, i))
		}
		return
	}
	into.Set(path+".what", n.What)
	into.Set(path+".was", n.was())
	into.Set(path+".list", n.List)
	if !n.isBare() {
		into.Set(path+".op", string(n.Op))
		into.Set(path+".value", n.Value)
	}
}

// rule makes a rule of a form, and names what is wrong by the form's fields.
// Types say how a value is read.
func (n *ruleNode) rule(k cohort.Known) (cohort.Rule, error) {
	places := map[string]string{}
	raw, err := json.Marshal(n.doc(k, ruleRoot, "rule", places))
	if err != nil {
		return cohort.Rule{}, err
	}
	r, err := cohort.ParseRule(raw)
	if err == nil {
		err = r.Check(k)
	}
	return r, moved(err, func(name string) string { return ruleField(name, places) })
}

// doc is the API's form. places is told where each of its nodes stands in the
// form of the page.
func (n *ruleNode) doc(k cohort.Known, path, place string, places map[string]string) map[string]any {
	places[place] = path
	switch {
	case n.Join == "":
		return n.lineDoc(k)
	case n.Join != joinNone:
		return map[string]any{n.Join: n.partDocs(k, path, place+"."+n.Join, places)}
	case len(n.Parts) == 1 && !n.Parts[0].severalAny():
		return map[string]any{"not": n.Parts[0].doc(k, partPath(path, 0), place+".not", places)}
	}
	places[place+".not"] = path
	return map[string]any{"not": map[string]any{"any": n.partDocs(k, path, place+".not.any", places)}}
}

// severalAny tells a group that "none of" several parts would look like.
func (n *ruleNode) severalAny() bool { return n.Join == joinAny && len(n.Parts) > 1 }

func (n *ruleNode) partDocs(k cohort.Known, path, place string, places map[string]string) []any {
	all := []any{}
	places[place] = path
	for i, part := range n.Parts {
		all = append(all, part.doc(k, partPath(path, i), place+"["+strconv.Itoa(i)+"]", places))
	}
	return all
}

func (n *ruleNode) lineDoc(k cohort.Known) map[string]any {
	if n.isList() {
		return map[string]any{"list": n.List}
	}
	if no, ok := strings.CutPrefix(n.What, aboutUpgraded); ok {
		return map[string]any{"upgraded": no}
	}
	if campaign, ok := strings.CutPrefix(n.What, aboutOutcome); ok {
		return map[string]any{"outcome": map[string]any{"campaign": campaign, "status": strings.Split(n.Value, "\n")}}
	}
	name := strings.TrimPrefix(n.What, aboutAttribute)
	doc := map[string]any{"attribute": name, "op": n.Op}
	if n.List != "" {
		doc["list"] = n.List
	}
	typ := k.Attributes[name]
	switch n.Op {
	case cohort.Exists:
	case cohort.In:
		values := []any{}
		for v := range strings.SplitSeq(n.Value, "\n") {
			values = append(values, typed(v, typ))
		}
		doc["value"] = values
	default:
		doc["value"] = typed(n.Value, typ)
	}
	return doc
}

var plainDecimal = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,15})?$`)

// typed reads a value as a number where the attribute holds numbers. What is
// none stays a text, which the rule's check refuses.
func typed(text string, t cohort.Type) any {
	if t == cohort.Number && plainDecimal.MatchString(text) {
		return json.Number(plainZeros(text))
	}
	return text
}

// plainZeros drops the zeros that JSON does not allow in front of a number.
func plainZeros(text string) string {
	digits, minus := strings.CutPrefix(text, "-")
	digits = strings.TrimLeft(digits, "0")
	if digits == "" || digits[0] == '.' {
		digits = "0" + digits
	}
	if minus {
		return "-" + digits
	}
	return digits
}

// fromRule makes the form of a rule; rule gives the same rule back.
func fromRule(r cohort.Rule) *ruleNode {
	switch {
	case r.All != nil:
		return &ruleNode{Join: joinAll, Parts: fromRules(r.All)}
	case r.Any != nil:
		return &ruleNode{Join: joinAny, Parts: fromRules(r.Any)}
	case r.Not != nil:
		return fromNot(*r.Not)
	case r.Upgraded != 0:
		return &ruleNode{What: aboutUpgraded + r.Upgraded.String()}
	case r.Outcome != 0:
		return fromOutcome(r)
	case r.Attribute == "":
		return &ruleNode{What: aboutList, List: r.List.String()}
	}
	n := &ruleNode{What: aboutAttribute + r.Attribute, Op: r.Op, List: r.List.String()}
	var values []string
	for _, v := range r.Values {
		values = append(values, operandText(v))
	}
	n.Value = strings.Join(values, "\n")
	return n
}

func fromOutcome(r cohort.Rule) *ruleNode {
	n := &ruleNode{What: aboutOutcome + r.Outcome.String(), Op: cohort.Eq}
	if len(r.Statuses) > 1 {
		n.Op = cohort.In
	}
	for i, s := range r.Statuses {
		if i > 0 {
			n.Value += "\n"
		}
		n.Value += string(s)
	}
	return n
}

func fromRules(all []cohort.Rule) []*ruleNode {
	var parts []*ruleNode
	for _, r := range all {
		parts = append(parts, fromRule(r))
	}
	return parts
}

// fromNot undoes what doc makes of "none of".
func fromNot(inner cohort.Rule) *ruleNode {
	single := len(inner.Any) == 1 && len(inner.Any[0].Any) > 1
	if len(inner.Any) > 1 || single {
		return &ruleNode{Join: joinNone, Parts: fromRules(inner.Any)}
	}
	return &ruleNode{Join: joinNone, Parts: []*ruleNode{fromRule(inner)}}
}

func operandText(o cohort.Operand) string {
	if o.IsNumber {
		return strconv.FormatFloat(o.Number, 'f', -1, 64)
	}
	return o.Text
}

// ruleField names the field of the form for a place in a rule, such as
// rule.all[1].value.
func ruleField(name string, places map[string]string) string {
	for place := name; place != ""; {
		if path, ok := places[place]; ok {
			return path + fieldOf(strings.TrimPrefix(name, place))
		}
		cut := strings.LastIndexAny(place, ".[")
		if cut < 0 {
			return ""
		}
		place = place[:cut]
	}
	return ""
}

func fieldOf(rest string) string {
	switch {
	case strings.HasPrefix(rest, ".attribute"), strings.HasPrefix(rest, ".outcome.campaign"), strings.HasPrefix(rest, ".upgraded"):
		return ".what"
	case strings.HasPrefix(rest, ".list"):
		return ".list"
	case strings.HasPrefix(rest, ".op"):
		return ".op"
	case strings.HasPrefix(rest, ".value"), strings.HasPrefix(rest, ".outcome.status"):
		return ".value"
	}
	return ".join"
}

// newRule is what a builder begins with: everybody of one list, or a choice of
// them.
func newRule(list id.List) *ruleNode {
	return &ruleNode{Join: joinAll, Parts: []*ruleNode{{What: aboutList, List: list.String()}}}
}
