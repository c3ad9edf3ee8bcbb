package cohort

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// ParseRule reads a rule. Every mistake of form is named with its place, such
// as rule.all[1].op; unknown keys are mistakes.
func ParseRule(raw []byte) (Rule, error) {
	p := parser{}
	r := p.node(raw, "rule", 1)
	return r, fault.Wrongs(p.wrong)
}

type parser struct {
	nodes int
	wrong []fault.Field
}

func (p *parser) say(path, code string, v fault.Values) {
	p.wrong = append(p.wrong, fault.Field{Name: path, Code: code, Values: v})
}

// forms are the keys that each form of node may have; the first decides.
var forms = []struct{ key, others string }{
	{"all", ""}, {"any", ""}, {"not", ""}, {"outcome", ""}, {"upgraded", ""}, {"attribute", "op value list"}, {"list", ""},
}

func (p *parser) node(raw []byte, path string, depth int) Rule {
	if p.nodes++; p.nodes > MaxNodes || depth > MaxDepth {
		if p.nodes <= MaxNodes+1 {
			p.say(path, "rule_too_big", fault.Values{"nodes": MaxNodes, "depth": MaxDepth})
		}
		return Rule{}
	}
	keys, ok := members(raw)
	if !ok {
		p.say(path, "rule_not_an_object", nil)
		return Rule{}
	}
	for _, f := range forms {
		if _, has := keys[f.key]; has {
			p.unknown(keys, path, append(strings.Fields(f.others), f.key))
			return p.form(f.key, keys, path, depth)
		}
	}
	if len(keys) == 0 {
		p.say(path, "rule_empty", nil)
	}
	p.unknown(keys, path, nil)
	return Rule{}
}

// members reads an object. A key that stands twice is no object to us: which
// of the two counts would be a guess.
func members(raw []byte) (map[string]json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	keys := map[string]json.RawMessage{}
	for d.More() {
		k, err := d.Token()
		name, _ := k.(string)
		var v json.RawMessage
		if _, twice := keys[name]; err != nil || twice || d.Decode(&v) != nil {
			return nil, false
		}
		keys[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return keys, err == io.EOF
}

func (p *parser) unknown(keys map[string]json.RawMessage, path string, known []string) {
	var odd []string
	for k := range keys {
		if !slices.Contains(known, k) {
			odd = append(odd, k)
		}
	}
	sort.Strings(odd)
	for _, k := range odd {
		p.say(path+"."+k, "rule_unknown_key", fault.Values{"name": k})
	}
}

func (p *parser) form(form string, keys map[string]json.RawMessage, path string, depth int) Rule {
	switch form {
	case "all":
		return Rule{All: p.several(keys["all"], path+".all", depth)}
	case "any":
		return Rule{Any: p.several(keys["any"], path+".any", depth)}
	case "not":
		part := p.node(keys["not"], path+".not", depth+1)
		return Rule{Not: &part}
	case "attribute":
		return p.leaf(keys, path)
	case "list":
		return Rule{List: p.list(keys["list"], path)}
	case "upgraded":
		var no id.Cohort
		if json.Unmarshal(keys["upgraded"], &no) != nil || no == 0 {
			p.say(path+".upgraded", "rule_cohort_unknown", nil)
		}
		return Rule{Upgraded: no}
	}
	return p.outcome(keys["outcome"], path+".outcome")
}

// outcome reads what became of people in a campaign.
func (p *parser) outcome(raw []byte, path string) Rule {
	keys, ok := members(raw)
	if !ok {
		p.say(path, "rule_not_an_object", nil)
		return Rule{}
	}
	p.unknown(keys, path, []string{"campaign", "status"})
	r := Rule{}
	if json.Unmarshal(keys["campaign"], &r.Outcome) != nil || r.Outcome == 0 {
		p.say(path+".campaign", "rule_campaign_unknown", nil)
	}
	if json.Unmarshal(keys["status"], &r.Statuses) != nil || len(r.Statuses) == 0 || len(r.Statuses) > len(outcome.Statuses) || slices.ContainsFunc(r.Statuses, func(s outcome.Status) bool { return !s.Valid() }) {
		p.say(path+".status", "rule_status_unknown", fault.Values{"known": joinStatuses()})
		r.Statuses = nil
	}
	return r
}

func joinStatuses() string {
	words := make([]string, len(outcome.Statuses))
	for i, s := range outcome.Statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

func (p *parser) several(raw []byte, path string, depth int) []Rule {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		p.say(path, "rule_needs_parts", nil)
		return nil
	}
	rules := make([]Rule, 0, min(len(parts), MaxNodes))
	for i, part := range parts {
		if p.nodes > MaxNodes {
			break
		}
		rules = append(rules, p.node(part, fmt.Sprintf("%s[%d]", path, i), depth+1))
	}
	return rules
}

func (p *parser) list(raw []byte, path string) id.List {
	var n id.List
	if json.Unmarshal(raw, &n) != nil || n == 0 {
		p.say(path+".list", "rule_list_unknown", nil)
		return 0
	}
	return n
}

func (p *parser) leaf(keys map[string]json.RawMessage, path string) Rule {
	r := Rule{}
	if json.Unmarshal(keys["attribute"], &r.Attribute) != nil || r.Attribute == "" {
		p.say(path+".attribute", "rule_attribute_missing", nil)
	}
	if raw, narrowed := keys["list"]; narrowed {
		r.List = p.list(raw, path)
	}
	if json.Unmarshal(keys["op"], &r.Op) != nil || !slices.Contains([]Op{Eq, Ne, In, Exists, Lt, Gt, Prefix}, r.Op) {
		p.say(path+".op", "rule_op_unknown", nil)
		return r
	}
	value, given := keys["value"]
	switch r.Op {
	case Exists:
		if given && string(value) != "true" {
			p.say(path+".value", "rule_exists_takes_none", nil)
		}
	case In:
		r.Values = p.values(value, path+".value")
	default:
		r.Values = []Operand{p.operand(value, path+".value")}
	}
	return r
}

func (p *parser) values(raw []byte, path string) []Operand {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 || len(parts) > maxValues {
		p.say(path, "rule_in_needs_values", fault.Values{"limit": maxValues})
		return nil
	}
	all := make([]Operand, len(parts))
	for i, part := range parts {
		all[i] = p.operand(part, fmt.Sprintf("%s[%d]", path, i))
	}
	return all
}

func (p *parser) operand(raw []byte, path string) Operand {
	var o Operand
	if len(raw) > 0 && json.Unmarshal(raw, &o.Text) == nil && o.Text != "" {
		return o
	}
	if len(raw) > 0 && json.Unmarshal(raw, &o.Number) == nil && string(raw) != "null" && math.Abs(o.Number) < 1e15 {
		o.IsNumber = true
		return o
	}
	p.say(path, "rule_value_missing", nil)
	return Operand{}
}
