package campaign

import "forthwith/internal/fault"

// Correction is how the cohort of a campaign stands to those who have the text
// that it corrects, or may have it: outcome.TextOut.
type Correction struct {
	Name     string // of the campaign whose text is corrected
	Ended    bool   // nobody else gets that text any more
	SameText bool
	Missed   int64 // who have it, and are neither told nor were excluded
	Others   int64 // who are told, and do not have it
}

// check holds a correction to its promise: it goes to exactly those who were
// accepted, or may have been, under the text before it.
func (c *Correction) check(found *findings) {
	if c == nil {
		return
	}
	name := fault.Values{"name": c.Name}
	if !c.Ended {
		found.add("", Finding{Code: "correction_too_early", Values: name}, 0)
	}
	if c.SameText {
		found.add("", Finding{Code: "correction_same_text", Values: name}, 0)
	}
	if c.Missed > 0 {
		found.add("", Finding{Code: "correction_misses", Values: name}, c.Missed)
	}
	if c.Others > 0 {
		found.add("", Finding{Code: "correction_reaches_others", Values: name}, c.Others)
	}
}

// Over tells whether nobody is sent to any more: a campaign has ended.
func (s State) Over() bool { return s == Complete || s == ClosedEarly || s == Aborted }

// Correctable tells whether people may have the text of a campaign, and nobody
// else will get it.
func (c Campaign) Correctable() bool { return c.State.Over() && c.StartedAt != nil }
