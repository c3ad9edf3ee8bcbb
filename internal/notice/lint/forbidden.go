package lint

import (
	"strings"
	"unicode"
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
	s, known := r.sights[it.ID]
	if !known {
		if found, ok := r.sight(it); ok {
			s = &found
		}
		r.sights[it.ID] = s
	}
	if s == nil {
		return sight{}, false
	}
	return *s, true
}

func (r *reading) sight(it Item) (sight, bool) {
	for _, f := range it.Fields {
		if line, ok := r.fields[f]; ok {
			return sight{line: line, heading: r.under(line), words: "{{" + f + "}}"}, true
		}
		for _, m := range fieldsIn(r.source.Subject) {
			if m.key == f {
				return sight{words: "{{" + f + "}}"}, true
			}
		}
	}
	if h, ok := r.section(own[it.ID]); ok {
		return sight{line: h.line, heading: h.text, words: h.text}, true
	}
	for _, word := range Keywords(it, r.lang) {
		if line, ok := r.asserts(word); ok {
			return sight{line: line, heading: r.under(line), words: word, unsure: it.Check != "auto" && len(it.Fields) > 0}, true
		}
	}
	return sight{}, false
}

// denials are words that turn a sentence into its contrary.
var denials = map[string]bool{
	"never": true, "not": true, "no": true, "nor": true, "cannot": true, "without": true, "nie": true, "niemals": true, "nicht": true, "kein": true, "keine": true,
	"keinen": true, "keinem": true, "keiner": true, "niemand": true, "niemandem": true, "ne": true, "n": true, "jamais": true, "pas": true, "nunca": true, "jamás": true, "sin": true,
}

// denies tells whether a sentence says that something is not so.
func denies(sentence string) bool {
	for word := range strings.FieldsFuncSeq(sentence, func(r rune) bool { return !unicode.IsLetter(r) && r != '’' && r != '\'' }) {
		low := strings.ToLower(word)
		if denials[low] || strings.HasSuffix(low, "n’t") || strings.HasSuffix(low, "n't") || strings.HasPrefix(low, "n’") || strings.HasPrefix(low, "n'") {
			return true
		}
	}
	return false
}

// claim is a sentence that is not turned into its contrary.
type claim struct {
	words string // lower case, facts filled in
	line  int
}

// claims parts subject and body into what they say, once.
func (r *reading) claims() {
	for _, b := range append([]block{{text: r.source.Subject}}, r.blocks...) {
		for _, s := range sentences(bare(fill(b.text, r.facts))) {
			if !denies(s) {
				r.said = append(r.said, claim{strings.ToLower(s), b.line})
			}
		}
	}
}

// asserts finds a sentence that says something and does not deny it.
func (r *reading) asserts(words string) (line int, ok bool) {
	for _, c := range r.said {
		if containsWord(c.words, words) {
			return c.line, true
		}
	}
	return 0, false
}
