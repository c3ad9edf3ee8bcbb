package lint

import (
	"strings"

	"forthwith/internal/fault"
)

func lower(s string) string { return strings.ToLower(s) }

// hygiene reads a text for what no notice should do, wherever it is read.
func (c *checker) hygiene(r *reading) {
	c.subject(r)
	c.linksOf(r)
	c.spelledHosts(r)
	c.pictures(r)
	c.secrets(r)
	c.genuine(r)
	c.foreign(r)
	before := len(c.found)
	c.wording(r)
	c.style(r)
	r.heavy = len(c.found) - before
}

// say adds a finding of a text that no law asks for.
func (c *checker) say(r *reading, severity Severity, rule string, line int, v fault.Values) {
	result := Present
	if strings.HasPrefix(rule, "no_") {
		result = Missing
	}
	c.add(Finding{Severity: severity, Rule: rule, Result: result, Text: r.index, Line: line, Heading: r.under(line), Values: v})
}

// foreign names what is told in another language than a text's.
func (c *checker) foreign(r *reading) {
	for _, field := range r.source.Foreign {
		if line, quoted := r.fields[field]; quoted {
			c.say(r, Warn, "foreign_fact", line, fault.Values{"field": field})
		}
	}
}

// genuine wants what tells a notice from a forgery: its code, and what the
// organisation will never ask for.
func (c *checker) genuine(r *reading) {
	if _, ok := r.fields["notice.code"]; !ok {
		c.say(r, Warn, "no_code", 0, nil)
	}
	if words, known := neverAsk[r.lang]; known && !anyWord(r.told, words) {
		if _, field := r.fields["advice.phishing_warning"]; !field {
			c.say(r, Warn, "no_never", 0, nil)
		}
	}
	if line, ok := firstWord(r, generic[r.lang]); ok {
		c.say(r, Warn, "greeting", line, nil)
	}
}

func anyWord(text string, words []string) bool {
	for _, w := range words {
		if containsWord(text, w) {
			return true
		}
	}
	return false
}

// firstWord gives the line of the first of some words in the running text.
func firstWord(r *reading, words []string) (line int, ok bool) {
	for _, w := range words {
		if lines := r.linesSaying(w); len(lines) > 0 {
			return lines[0], true
		}
	}
	return 0, false
}

// pictures finds what a mail program would load from elsewhere, and files that
// the text speaks of: notices have neither.
func (c *checker) pictures(r *reading) {
	page := lower(r.source.HTML)
	for _, sign := range []string{"<img", "<iframe", "<video", "<audio", "<object", "<embed", "<link", "<script", "background=\"", "url(", "srcset="} {
		if strings.Contains(page, sign) {
			c.say(r, Block, "remote", 0, fault.Values{"sign": strings.Trim(sign, `<="(`)})
		}
	}
	if strings.Contains(r.source.Body, "![") {
		c.say(r, Block, "remote", r.lineWith("!["), fault.Values{"sign": "!["})
	}
	for _, w := range attachments[r.lang] {
		if line, ok := r.asserts(w); ok {
			c.say(r, Warn, "attachment", line, fault.Values{"words": w})
		}
	}
}

func firstOf(text string, words []string) (string, bool) {
	for _, w := range words {
		if containsWord(text, w) {
			return w, true
		}
	}
	return "", false
}
