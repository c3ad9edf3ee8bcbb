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

// passives are the forms by which a sentence hides who did what.
var passives = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`(?i)\b(?:was|were|is|are|been|being|be|gets|got)\b\s+(?:\w+ly\s+)?(?:\w{2,}ed|taken|stolen|seen|known|made|given|shown|sent|held|kept|lost|found|told|done|written|broken|put|set|read)\b`),
	"de": regexp.MustCompile(`(?i)\b(?:wurden?|worden|werden|wird)\b[^.!?]*\b(?:ge\w+(?:t|en)|be\w+(?:t|en)|ver\w+(?:t|en)|ent\w+(?:t|en)|er\w+(?:t|en)|\w+iert)\b|\b(?:ge\w+(?:t|en)|be\w+(?:t|en)|ver\w+(?:t|en)|ent\w+(?:t|en)|\w+iert)\s+(?:wurden?|worden)\b`),
	"fr": regexp.MustCompile(`(?i)\b(?:été|est|sont|était|étaient|être|fut|furent)\s+\p{L}+(?:ée?s?|ie?s?|ue?s?|ise?s?)\b`),
	"es": regexp.MustCompile(`(?i)\b(?:fue|fueron|ha sido|han sido|ser|es|son|siendo)\s+\p{L}+(?:ad|id)[oa]s?\b`),
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
	return len(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("'’-@._", r)
	}))
}
