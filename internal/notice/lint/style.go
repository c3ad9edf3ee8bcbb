package lint

import (
	"regexp"
	"strings"
	"unicode"

	"forthwith/internal/fault"
)

// What reads easily, in words: beyond it a reviewer is told.
const (
	longSentence   = 30
	longOnAverage  = 20
	passiveShare   = 0.25 // of the sentences
	fewestForShare = 6    // sentences below which an average says nothing
)

// sentences parts running text after each stop, and what closes it, that a
// space follows. Abbreviations part too much, never too little.
func sentences(text string) []string {
	var all []string
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	from, stopped := 0, false
	for i, r := range text {
		switch {
		case strings.ContainsRune(".!?…", r):
			stopped = true
		case stopped && unicode.IsSpace(r):
			add(text[from:i])
			from, stopped = i, false
		case !strings.ContainsRune("\"”’»)*_", r):
			stopped = false
		}
	}
	add(text[from:])
	return all
}

// passives are the forms by which a sentence hides who did what. What \b calls
// a border of words knows ASCII only.
var passives = map[string]*regexp.Regexp{
	"en": words(`(?:was|were|is|are|been|being|be|gets|got)\s+(?:\p{L}+ly\s+)?(?:\p{L}{2,}ed|taken|stolen|seen|known|made|given|shown|sent|held|kept|lost|found|told|done|written|broken|put|set|read)`),
	"de": words(`(?:wurden?|worden|werden|wird)\s[^.!?]*?` + german + `|` + german + `\s+(?:wurden?|worden|werden|wird)`),
	"fr": words(`(?:été|est|sont|était|étaient|être|fut|furent)\s+(?:\p{L}+ée?s?|prise?s?|mise?s?|vue?s?|lue?s?|écrite?s?)`),
	"es": words(`(?:fue|fueron|ha sido|han sido|ser|es|son|siendo)\s+\p{L}+(?:ad|id)[oa]s?`),
}

// german is a participle.
const german = `(?:(?:ge|be|ver|ent|er|zer|aufge|ausge|abge|einge)\p{L}+(?:t|en)|\p{L}+iert)`

func words(form string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + form + `)(?:$|[^\p{L}])`)
}

// style warns of texts that are hard to read. Such a figure is never proof that
// a text is plain.
func (c *checker) style(r *reading) {
	count, words, passive := 0, 0, 0
	form := passives[r.lang]
	for _, b := range r.blocks {
		for _, s := range sentences(b.text) {
			n := wordCount(s)
			if n < 2 {
				continue
			}
			count, words = count+1, words+n
			if n > longSentence {
				c.say(r, Warn, "sentence", b.line, fault.Values{"count": n, "limit": longSentence})
			}
			if form != nil && form.MatchString(s) {
				passive++
			}
		}
	}
	if count < fewestForShare {
		return
	}
	if mean := words / count; mean > longOnAverage {
		c.say(r, Warn, "sentences", 0, fault.Values{"count": mean, "limit": longOnAverage})
	}
	if share := float64(passive) / float64(count); share > passiveShare {
		c.say(r, Warn, "passive", 0, fault.Values{"percent": int(share * 100), "limit": int(passiveShare * 100)})
	}
}

// wordCount counts the words of a sentence; a field is one.
func wordCount(s string) int {
	s = replaced(s, func(fieldAt) string { return "field" })
	n := 0
	for word := range strings.FieldsSeq(s) {
		if strings.ContainsFunc(word, isWord) {
			n++
		}
	}
	return n
}
