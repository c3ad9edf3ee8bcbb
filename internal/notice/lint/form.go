package lint

import (
	"strings"
)

// form holds the title, the headings and the size of type against a rule.
func (c *checker) form(r *reading, p pair, law Law) {
	if law.Title != "" {
		f := about(r, p, law, Item{})
		f.Rule, f.Severity, f.Result = "title", Block, Missing
		f.Values["title"] = law.Title
		if len(r.heads) > 0 && r.heads[0].level == 1 && r.heads[0].text == law.Title {
			f.Rule, f.Severity, f.Result, f.Line = "title_found", Pass, Present, r.heads[0].line
		}
		c.add(f)
	}
	if len(law.Headings) > 0 {
		c.headings(r, p, law)
	}
	if law.MinPoints > 0 {
		c.size(r, p, law)
	}
}

// headings looks for each heading, word for word, in the order of the rule.
func (c *checker) headings(r *reading, p pair, law Law) {
	from, complete := 0, true
	for _, want := range law.Headings {
		f := about(r, p, law, Item{})
		f.Severity, f.Result, f.Heading = Block, Missing, want
		f.Values["heading"] = want
		at := r.headingAt(want)
		switch {
		case at < 0:
			f.Rule = "heading"
		case at < from:
			f.Rule, f.Line = "heading_order", r.heads[at].line
		case r.heads[at].empty:
			f.Rule, f.Line = "heading_empty", r.heads[at].line
		}
		from = max(from, at)
		if f.Rule != "" {
			complete = false
			c.add(f)
		}
	}
	if complete {
		f := about(r, p, law, Item{})
		f.Rule, f.Severity, f.Result = "headings_found", Pass, Present
		f.Values["headings"] = strings.Join(law.Headings, ", ")
		c.add(f)
	}
}

func (r *reading) headingAt(want string) int {
	for i, h := range r.heads {
		if h.text == want {
			return i
		}
	}
	return -1
}

// size compares the smallest type of the compiled text with what a rule asks
// for. The plain part has none.
func (c *checker) size(r *reading, p pair, law Law) {
	if r.source.HTML == "" {
		return
	}
	f := about(r, p, law, Item{})
	smallest := r.smallest()
	f.Values["points"], f.Values["least"] = smallest, law.MinPoints
	f.Rule, f.Severity, f.Result = "size_found", Note, Present
	if smallest < law.MinPoints {
		f.Rule, f.Severity, f.Result = "size", Block, Missing
	}
	c.add(f)
}
