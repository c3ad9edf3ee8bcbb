package regime

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"forthwith/internal/fault"
)

// mostWrongs is how many defects of a file are named at once.
const mostWrongs = 50

// longestQuote is how much of a file a refusal repeats, in characters.
const longestQuote = 60

// reader collects what is wrong with a file.
type reader struct{ wrong []fault.Field }

func (in *reader) refuse(f fault.Field, path string, line int) {
	if len(in.wrong) == mostWrongs {
		return
	}
	if f.Values == nil {
		f.Values = fault.Values{}
	}
	f.Name, f.Values["path"], f.Values["line"] = path, path, strconv.Itoa(line)
	in.wrong = append(in.wrong, f)
}

// object is one mapping of the file. Each key is to be read exactly once, so
// that done can name those that nobody knows.
type object struct {
	in   *reader
	path string
	line int
	keys map[string]*yaml.Node // nil: this is no mapping, which was said
	left []string
}

func (in *reader) object(n *yaml.Node, path string) *object {
	o := &object{in: in, path: path, line: n.Line}
	if n.Kind != yaml.MappingNode || n.ShortTag() != "!!map" {
		in.refuse(fault.Field{Code: "rules_wrong_type", Values: fault.Values{"want": "a mapping"}}, path, n.Line)
		return o
	}
	o.keys = map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := o.keys[key.Value]; twice {
			in.refuse(fault.Field{Code: "rules_key_twice"}, o.at(quote(key.Value)), key.Line)
			continue
		}
		o.keys[key.Value] = n.Content[i+1]
		o.left = append(o.left, key.Value)
	}
	return o
}

// done refuses the keys that were not read.
func (o *object) done() {
	for _, key := range o.left {
		o.in.refuse(fault.Field{Code: "rules_key_unknown"}, o.at(quote(key)), o.keys[key].Line)
	}
}

func (o *object) take(key string) *yaml.Node {
	n, ok := o.keys[key]
	if !ok {
		if o.keys != nil {
			o.in.refuse(fault.Field{Code: "rules_key_missing"}, o.at(key), o.line)
		}
		return nil
	}
	o.left = slices.DeleteFunc(o.left, func(k string) bool { return k == key })
	return n
}

func (o *object) wrong(key, want string) {
	o.in.refuse(fault.Field{Code: "rules_wrong_type", Values: fault.Values{"want": want}}, o.at(key), o.lineOf(key))
}

// at is the path of a key.
func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// lineOf is where a key's value stands; the object's own line for one that is
// not there.
func (o *object) lineOf(key string) int {
	if n, ok := o.keys[key]; ok {
		return n.Line
	}
	return o.line
}

// scalar gives the value of a key if it has one of these tags.
func (o *object) scalar(key, want string, tags ...string) (string, bool) {
	n := o.take(key)
	if n == nil {
		return "", false
	}
	if n.Kind == yaml.ScalarNode && slices.Contains(tags, n.ShortTag()) {
		return n.Value, true
	}
	o.wrong(key, want)
	return "", false
}

func (o *object) null(key string) bool {
	n, ok := o.keys[key]
	if !ok || n.Kind != yaml.ScalarNode || n.ShortTag() != "!!null" {
		return false
	}
	o.take(key)
	return true
}

// words reads a text that may be empty.
func (o *object) words(key string) string {
	text, _ := o.scalar(key, "a text", "!!str")
	return text
}

func (o *object) text(key string) string {
	text, ok := o.scalar(key, "a text", "!!str")
	if ok && strings.TrimSpace(text) == "" {
		o.wrong(key, "a text")
	}
	return text
}

func (o *object) textOr(key string) string {
	if o.null(key) {
		return ""
	}
	return o.text(key)
}

func (o *object) date(key string) string {
	text, ok := o.scalar(key, "a date such as 2026-01-31", "!!str", "!!timestamp")
	if _, err := time.Parse(time.DateOnly, text); ok && err != nil {
		o.wrong(key, "a date such as 2026-01-31")
	}
	return text
}

func (o *object) dateOr(key string) string {
	if o.null(key) {
		return ""
	}
	return o.date(key)
}

func (o *object) truth(key string) bool {
	text, _ := o.scalar(key, "true or false", "!!bool")
	return strings.EqualFold(text, "true")
}

func (o *object) answer(key string) Answer {
	switch {
	case o.null(key):
		return Unclear
	case o.truth(key):
		return Yes
	}
	return No
}

// mostNumber bounds every number of a file: more people than there are.
const mostNumber = 10_000_000_000

// number reads a whole number from 1.
func (o *object) number(key string) int {
	text, ok := o.scalar(key, "a whole number from 1", "!!int")
	n, err := strconv.Atoi(text)
	if ok && (err != nil || n < 1 || n > mostNumber) {
		o.wrong(key, "a whole number from 1")
		return 0
	}
	return n
}

func (o *object) numberOr(key string) int {
	if o.null(key) {
		return 0
	}
	return o.number(key)
}

func (o *object) list(key string) []*yaml.Node {
	n := o.take(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || n.ShortTag() != "!!seq" {
		o.wrong(key, "a list")
		return nil
	}
	return n.Content
}

func (o *object) texts(key string) []string {
	var all []string
	for i, n := range o.list(key) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || strings.TrimSpace(n.Value) == "" {
			o.in.refuse(fault.Field{Code: "rules_wrong_type", Values: fault.Values{"want": "a text"}}, fmt.Sprintf("%s[%d]", o.at(key), i), n.Line)
			continue
		}
		all = append(all, n.Value)
	}
	return all
}

// within reads a mapping below a key.
func (o *object) within(key string, read func(*object)) {
	if n := o.take(key); n != nil {
		part := o.in.object(n, o.at(key))
		read(part)
		part.done()
	}
}

// withinOr is within for a key that may be null.
func (o *object) withinOr(key string, read func(*object)) {
	if !o.null(key) {
		o.within(key, read)
	}
}

// each reads a list of mappings, which are named by their ids.
func (o *object) each(key string, read func(*object)) {
	for i, n := range o.list(key) {
		part := o.in.object(n, fmt.Sprintf("%s[%s]", o.at(key), labelOf(n, i)))
		read(part)
		part.done()
	}
}

// oneOf reads a text out of a few.
func oneOf[T ~string](o *object, key string, allowed ...T) T {
	text := T(o.text(key))
	if text != "" && !slices.Contains(allowed, text) {
		var names []string
		for _, a := range allowed {
			names = append(names, string(a))
		}
		o.in.refuse(fault.Field{Code: "rules_not_allowed", Values: fault.Values{"value": quote(string(text)), "allowed": strings.Join(names, ", ")}},
			o.at(key), o.lineOf(key))
	}
	return text
}

// labelOf names an entry of a list by its id, or by its place.
func labelOf(n *yaml.Node, i int) string {
	if n.Kind == yaml.MappingNode {
		for k := 0; k+1 < len(n.Content); k += 2 {
			if n.Content[k].Value == "id" && n.Content[k+1].Kind == yaml.ScalarNode {
				return quote(n.Content[k+1].Value)
			}
		}
	}
	return strconv.Itoa(i)
}

func quote(text string) string {
	if r := []rune(text); len(r) > longestQuote {
		return string(r[:longestQuote]) + "…"
	}
	return text
}
