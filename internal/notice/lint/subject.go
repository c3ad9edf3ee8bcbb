package lint

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/fault"
)

// longestSubject is what most mail programs show of one, in characters.
const longestSubject = 78

// replying finds a subject that pretends to be part of an exchange.
var replying = regexp.MustCompile(`(?i)^\s*(re|fw|fwd|aw|wg|tr|rv|rép|res)\s*(\[\d+\])?\s*:`)

// shout finds words in capitals; abbreviations of organisations are shorter.
var shout = regexp.MustCompile(`\b\p{Lu}{6,}\b`)

// subject reads the line that strangers see on a locked screen.
func (c *checker) subject(r *reading) {
	s := r.source.Subject
	shown := fill(s, r.facts)
	if replying.MatchString(shown) {
		c.say(r, Block, "subject_reply", 0, fault.Values{"words": replying.FindString(shown)})
	}
	for _, f := range fieldsIn(s) {
		if f.key == "recipient.data_types" || f.key == "incident.data_types" || slices.Contains(c.Sensitive, f.key) {
			c.say(r, Block, "subject_field", 0, fault.Values{"field": f.key})
		}
	}
	if w, ok := firstOf(lower(bare(s)), sensitive[r.lang]); ok {
		c.say(r, Ask, "subject_sensitive", 0, fault.Values{"words": w})
	}
	if w, ok := firstOf(lower(bare(s)), urgent[r.lang]); ok {
		c.say(r, Warn, "subject_urgent", 0, fault.Values{"words": w})
	}
	if strings.ContainsAny(s, "!¡") || strings.ContainsFunc(s, pictograph) {
		c.say(r, Warn, "subject_bait", 0, nil)
	}
	if w := shout.FindString(bare(s)); w != "" {
		c.say(r, Warn, "subject_shout", 0, fault.Values{"words": w})
	}
	if n := utf8.RuneCountInString(shown); n > longestSubject {
		c.say(r, Warn, "subject_long", 0, fault.Values{"count": n, "limit": longestSubject})
	}
	if name := r.facts["org.name"]; !strings.Contains(s, "{{org.name}}") && (name == "" || !strings.Contains(shown, name)) {
		c.say(r, Warn, "subject_nameless", 0, nil)
	}
}

func pictograph(r rune) bool { return unicode.Is(unicode.So, r) && r > 0x2000 }
