package lint

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"forthwith/internal/fault"
)

// wording looks for what sells, what was left to be filled in, what hedges and
// what hides. All but leftovers are for a person to judge.
func (c *checker) wording(r *reading) {
	c.leftovers(r)
	for _, list := range []struct {
		rule  string
		words []string
	}{
		{"marketing", marketing[r.lang]}, {"unsubscribe", unsubscribe[r.lang]}, {"hedge", hedges[r.lang]},
		{"jargon", jargon[r.lang]}, {"praise", praise[r.lang]}, {"comfort", comfort[r.lang]},
	} {
		for _, w := range list.words {
			for _, line := range r.linesSaying(w) {
				c.say(r, Warn, list.rule, line, fault.Values{"words": w})
			}
		}
	}
}

// mostLines is how often one word is told of: whoever reads it ten times looks
// for the others.
const mostLines = 10

// linesSaying gives the lines of the running text whose own words, without
// facts, say something.
func (r *reading) linesSaying(words string) []int {
	if !strings.Contains(r.words, words) {
		return nil
	}
	var lines []int
	for _, b := range r.blocks {
		if len(lines) < mostLines && containsWord(lower(bare(b.text)), words) {
			lines = append(lines, b.line)
		}
	}
	return lines
}

// unfilled finds what authors leave, beyond what the compiler refuses: blanks,
// dates in signs, brackets, and hosts and names of examples.
var (
	blanks = regexp.MustCompile(`(?i)_{3,}|\?{3,}|\[(?:\.\.\.|…|[^\]\n(){}]{0,40}\b(?:here|hier|ici|aquí|einfügen|einsetzen|compléter|insérer|completar|rellenar|tbd)[^\]\n]{0,20})\]|` +
		`<(?:insert|name|date|company|address|phone)[^>\n]{0,40}>|\[sample [^\]]*\]`)
	emptyDate = regexp.MustCompile(`(?i)\b(?:dd|tt|jj|mm)[./-](?:mm|dd)[./-](?:yyyy|jjjj|aaaa|yy)\b|\bxx[./-]xx[./-]xx\w*`)
	madeUp    = regexp.MustCompile(`^(?:.+\.)?(?:example\.(?:com|org|net)|[^.]+\.(?:test|invalid|example))$`)
)

// madeUpNames stand in examples.
var madeUpNames = []string{"john doe", "jane doe", "max mustermann", "erika mustermann", "acme corp", "acme corporation"}

// leftovers look at the author's words, without facts: an organisation that is
// made up has facts of its kind.
func (c *checker) leftovers(r *reading) {
	for _, part := range append([]block{{text: r.source.Subject}}, r.blocks...) {
		text := bare(part.text)
		left := ""
		if strings.ContainsAny(text, "_?[<") {
			left = blanks.FindString(text)
		}
		if low := lower(text); left == "" && (strings.Contains(low, "yy") || strings.Contains(low, "jjjj") || strings.Contains(low, "aaaa") || strings.Contains(low, "xx")) {
			left = emptyDate.FindString(text)
		}
		if left == "" {
			left, _ = firstOf(lower(text), madeUpNames)
		}
		if left == "" {
			left = firstMadeUp(text)
		}
		if left != "" {
			c.say(r, Block, "leftover", part.line, fault.Values{"words": left})
		}
	}
}

func firstMadeUp(text string) string {
	if low := lower(text); !strings.Contains(low, "example") && !strings.Contains(low, ".test") && !strings.Contains(low, ".invalid") {
		return ""
	}
	for _, host := range slices.Sorted(maps.Keys(hostsIn(text))) {
		if madeUp.MatchString(host) {
			return host
		}
	}
	return ""
}
