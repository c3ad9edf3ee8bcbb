package lint

import (
	"regexp"

	"forthwith/internal/fault"
)

// wording looks for what sells, what was left to be filled in, what hedges and
// what hides. All but leftovers are for a person to judge.
func (c *checker) wording(r *reading) {
	c.leftovers(r)
	for _, b := range r.blocks {
		text := lower(b.text)
		for _, list := range []struct {
			rule  string
			words []string
		}{
			{"marketing", marketing[r.lang]}, {"unsubscribe", unsubscribe[r.lang]}, {"hedge", hedges[r.lang]},
			{"jargon", jargon[r.lang]}, {"praise", praise[r.lang]}, {"comfort", comfort[r.lang]},
		} {
			for _, w := range list.words {
				if containsWord(text, w) {
					c.say(r, Warn, list.rule, b.line, fault.Values{"words": w})
				}
			}
		}
	}
}

// unfilled finds what authors leave, beyond what the compiler refuses: blanks,
// dates in signs, brackets, and hosts and names of examples.
var unfilled = regexp.MustCompile(`(?i)_{3,}|\?{3,}|\b(?:dd|tt|jj|mm)[./-](?:mm|dd)[./-](?:yyyy|jjjj|aaaa|yy)\b|\bxx[./-]xx[./-]xx\w*|` +
	`\[(?:\.\.\.|…|[^\]\n(){}]{0,40}\b(?:here|hier|ici|aquí|einfügen|einsetzen|compléter|insérer|completar|rellenar|tbd)\b[^\]\n]{0,20})\]|` +
	`<(?:insert|name|date|company|address|phone)[^>\n]{0,40}>|\b(?:john doe|jane doe|max mustermann|erika mustermann|acme corp(?:oration)?)\b|` +
	`\b(?:[a-z0-9-]+\.)*(?:example\.(?:com|org|net)|[a-z0-9-]+\.(?:test|invalid|example))\b|\[sample [^\]]*\]`)

// leftovers look at the author's words, without facts: an organisation that is
// made up has facts of its kind.
func (c *checker) leftovers(r *reading) {
	for _, part := range append([]block{{text: r.source.Subject}}, r.blocks...) {
		if m := unfilled.FindString(fieldForm.ReplaceAllString(part.text, " ")); m != "" {
			c.say(r, Block, "leftover", part.line, fault.Values{"words": m})
		}
	}
}
