package lint

import (
	"regexp"
	"strings"
)

// sight is where something forbidden stands.
type sight struct {
	line    int
	heading string
	words   string
	unsure  bool // words only, which may mean something else
}

// forbidden looks for an item that must not be there: by fields in subject and
// body, by a section about it, by words.
func (r *reading) forbidden(it Item) (sight, bool) {
	for _, f := range it.Fields {
		if line, ok := r.fields[f]; ok {
			return sight{line: line, heading: r.under(line), words: "{{" + f + "}}"}, true
		}
		for _, m := range fieldForm.FindAllStringSubmatch(r.source.Subject, -1) {
			if m[1] == f {
				return sight{words: m[0]}, true
			}
		}
	}
	if h, ok := r.section(own[it.ID]); ok {
		return sight{line: h.line, heading: h.text, words: h.text}, true
	}
	for _, word := range keywords(it, r.lang) {
		if line, ok := r.asserts(word); ok {
			return sight{line: line, heading: r.under(line), words: word, unsure: it.Check != "auto" && len(it.Fields) > 0}, true
		}
	}
	return sight{}, false
}

// denied are words that turn a sentence into its contrary.
var denied = regexp.MustCompile(`(?i)(\b(never|not|no|nor|don[’']t|won[’']t|cannot|nie|niemals|nicht|kein\w*|jamais|ne|pas|nunca|jamás)\b|\bn[’'])`)

// asserts finds a sentence that says something and does not deny it.
func (r *reading) asserts(words string) (line int, ok bool) {
	for _, b := range append([]block{{text: r.source.Subject}}, r.blocks...) {
		for _, s := range sentences(b.text) {
			if containsWord(strings.ToLower(s), words) && !denied.MatchString(s) {
				return b.line, true
			}
		}
	}
	return 0, false
}
