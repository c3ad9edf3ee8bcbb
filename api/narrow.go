package api

import (
	"slices"
	"strings"
	"unicode/utf8"

	"forthwith/internal/fault"
	"forthwith/internal/filter"
)

// narrowing is a query parameter that narrows a collection by a column of its
// items: its name, and how its value is read and refused.
type narrowing struct {
	name string
	read func(text string) (value any, code string, values fault.Values)
}

// anyOf takes one or more of the words that a column may hold, with commas
// between.
func anyOf[S ~string](name string, all []S) narrowing {
	return narrowing{name, func(text string) (any, string, fault.Values) {
		words := strings.Split(text, ",")
		for _, word := range words {
			if !slices.Contains(all, S(word)) {
				return nil, "field_not_one_of", fault.Values{"choices": choices(all)}
			}
		}
		return words, "", nil
	}}
}

// itsID takes the id of one thing of a kind.
func itsID[N ~int64](name string, kind named[N]) narrowing {
	return narrowing{name, func(text string) (any, string, fault.Values) {
		no, err := kind.parse(text)
		if err != nil {
			return nil, "field_wrong_type", fault.Values{"want": "an id or a hash as it was given"}
		}
		return int64(no), "", nil
	}}
}

// yesOrNo takes true or false.
func yesOrNo(name string) narrowing {
	return narrowing{name, func(text string) (any, string, fault.Values) {
		yes := text == "true"
		if !yes && text != "false" {
			return nil, "field_wrong_type", fault.Values{"want": "true or false"}
		}
		return yes, "", nil
	}}
}

// longestWord bounds what exactly takes.
const longestWord = 200

// exactly takes a text that a column holds as it stands.
func exactly(name string) narrowing {
	return narrowing{name, func(text string) (any, string, fault.Values) {
		if utf8.RuneCountInString(text) > longestWord {
			return nil, "field_too_long", fault.Values{"limit": longestWord}
		}
		return text, "", nil
	}}
}

func choices[S ~string](all []S) string {
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// narrow reads the filters that a request gives. An empty one is as none.
func (q request) narrow(by []narrowing) ([]filter.Equal, error) {
	var where []filter.Equal
	var wrong []fault.Field
	for _, n := range by {
		text := strings.Clone(q.Query(n.name)) // the value lives longer than fiber's buffer
		if text == "" {
			continue
		}
		value, code, values := n.read(text)
		if code != "" {
			values["name"] = n.name
			wrong = append(wrong, fault.Field{Name: n.name, Code: code, Values: values})
			continue
		}
		where = append(where, filter.Equal{Column: n.name, Value: value})
	}
	return where, fault.Wrongs(wrong)
}
