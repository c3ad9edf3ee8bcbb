package lint

import (
	"slices"

	"forthwith/internal/fault"
)

// law holds a text against one rule of one place.
func (c *checker) law(r *reading, p pair, law Law) {
	for _, id := range law.Required {
		c.required(r, p, law, id, Block)
	}
	for _, need := range law.RequiredIf {
		if holds, known := c.fires(need); holds {
			for _, id := range need.IDs {
				c.required(r, p, law, id, c.grave(id, known))
			}
		}
	}
	for _, id := range law.Prohibited {
		c.prohibited(r, p, law, id)
	}
	c.form(r, p, law)
	c.monitoring(r, p, law)
	c.channel(r, p, law)
	if law.PlainLanguage && r.heavy > 0 {
		f := about(r, p, law, Item{})
		f.Rule, f.Severity, f.Result = "plain", Warn, CannotTell
		f.Values["count"] = r.heavy
		c.add(f)
	}
}

// about starts a finding of a law.
func about(r *reading, p pair, law Law, item Item) Finding {
	return Finding{
		Text: r.index, Jurisdiction: p.jurisdiction, Law: law.ID, Item: item.ID,
		Citation: law.Citation, AsOf: law.AsOf, Confidence: law.Confidence, Doubts: law.Doubts,
		Values: fault.Values{"item": item.Description, "law": law.Name, "place": p.named, "people": p.people},
	}
}

// fires tells whether a condition holds, and whether it asks only for what is
// known.
func (c *checker) fires(need RequiredIf) (holds, known bool) {
	for _, name := range need.All {
		if name == conditionKnown {
			known = true
		} else if !c.facts[name] {
			return false, known
		}
	}
	fact := func(name string) bool { return c.facts[name] }
	return len(need.Any) == 0 || slices.ContainsFunc(need.Any, fact), known
}

// grave says what follows when an item is missing that is due only if it is
// known: the text must say what the facts hold; else a person answers.
func (c *checker) grave(id string, known bool) Severity {
	if !known {
		return Block
	}
	for _, f := range c.items[id].Fields {
		if c.Facts[f] != "" {
			return Block
		}
	}
	return Ask
}

func (c *checker) required(r *reading, p pair, law Law, id string, grave Severity) {
	it := c.item(id)
	h := c.inPlace(r, p, it)
	if h.result == Present && !c.Passed {
		return
	}
	f := about(r, p, law, it)
	f.Rule, f.Result, f.Line, f.Heading = "required", h.result, h.line, h.heading
	f.Values["fields"] = fieldsOf(it)
	switch {
	case h.result == Present:
		f.Severity, f.Rule = Pass, "found"
	case c.forbiddenToo(p, it):
		f.Severity, f.Rule = Ask, "conflict"
	case h.result == CannotTell:
		f.Severity, f.Rule = Warn, "unsure"
		if grave == Ask {
			f.Severity, f.Rule = Ask, "known"
		}
	case grave == Ask:
		f.Severity, f.Rule = Ask, "known"
	default:
		f.Severity = Block
	}
	c.add(f)
}

// forbiddenToo tells whether another rule forbids the same people what this one
// asks for.
func (c *checker) forbiddenToo(p pair, it Item) bool {
	for _, other := range c.Laws[p.jurisdiction] {
		for _, id := range other.Prohibited {
			if id == it.ID || overlaps(it, c.item(id)) {
				return true
			}
		}
	}
	return false
}

// prohibited finds what a rule forbids. Structure settles it. Words that
// structure could have told of are for a person to judge, since a warning of
// phishing speaks of phishing too.
func (c *checker) prohibited(r *reading, p pair, law Law, id string) {
	it := c.item(id)
	h, found := r.forbidden(it)
	if !found && !c.Passed && it.Check != "manual" {
		return
	}
	f := about(r, p, law, it)
	f.Result, f.Rule, f.Severity = Present, "prohibited", Block
	if found {
		f.Line, f.Heading = h.line, h.heading
		f.Values["field"] = h.words
		switch {
		case h.unsure:
			f.Result, f.Rule, f.Severity = CannotTell, "prohibited_words", Ask
		case c.demanded(p, it):
			f.Rule, f.Severity = "conflict", Ask
		case c.demandedElsewhere(r, p, it):
			f.Rule = "prohibited_here"
		}
		c.add(f)
		return
	}
	f.Result, f.Severity, f.Rule = Missing, Pass, "kept_out"
	if it.Check == "manual" {
		f.Result, f.Severity, f.Rule = CannotTell, Ask, "prohibited_manual"
	}
	c.add(f)
}

// demanded tells whether another rule asks the same people to be told.
func (c *checker) demanded(p pair, prohibited Item) bool {
	for _, law := range c.Laws[p.jurisdiction] {
		if slices.ContainsFunc(c.due(law), func(id string) bool { return id == prohibited.ID || overlaps(c.item(id), prohibited) }) {
			return true
		}
	}
	return false
}

// demandedElsewhere tells whether the text also serves people who must be told.
func (c *checker) demandedElsewhere(r *reading, p pair, prohibited Item) bool {
	for _, other := range c.pairs[r.index] {
		if other.jurisdiction != p.jurisdiction && c.demanded(other, prohibited) {
			return true
		}
	}
	return false
}

// due gives the items that a rule asks for as things are: what it asks for if
// it is known, once there is a fact.
func (c *checker) due(law Law) []string {
	all := slices.Clone(law.Required)
	for _, need := range law.RequiredIf {
		holds, known := c.fires(need)
		if !holds {
			continue
		}
		for _, id := range need.IDs {
			if c.grave(id, known) == Block {
				all = append(all, id)
			}
		}
	}
	return all
}

func (c *checker) item(id string) Item {
	if it, ok := c.items[id]; ok {
		return it
	}
	return Item{ID: id, Description: id, Check: "manual"}
}
