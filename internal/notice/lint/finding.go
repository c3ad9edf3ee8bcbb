package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// Severity says what follows from a finding.
type Severity string

// Severities, the gravest first.
const (
	Block Severity = "block" // the text must change
	Ask   Severity = "ask"   // a person must say that it is so; an answer makes it a note
	Warn  Severity = "warn"
	Note  Severity = "note"
	Pass  Severity = "pass" // looked for and found
)

var gravity = map[Severity]int{Block: 0, Ask: 1, Warn: 2, Note: 3, Pass: 4}

// Result is what came of looking.
type Result string

// Results. What is forbidden and present is a finding too.
const (
	Present    Result = "present"
	Missing    Result = "missing"
	CannotTell Result = "cannot_tell"
)

// Finding is one thing that a reviewer should know. Rule is stable; Message and
// Fix are said from the catalogue with Values.
type Finding struct {
	Severity     Severity
	Rule         string
	Result       Result
	Text         int    // index of the text; NoText: the notice as a whole
	Jurisdiction string // empty: wherever the text is read
	Law, Item    string // ids, where a law asks
	Line         int    // of the body; 0: elsewhere
	Heading      string // of the section
	Values       fault.Values
	Citation     string
	AsOf         string
	Confidence   string
	Doubts       []string // fields of the rule that its research is unsure of
}

// Code names the sentence of the catalogue.
func (f Finding) Code() string { return "lint_" + f.Rule }

// Message says what was found.
func (f Finding) Message() string { return phrase.Say(f.Code(), f.Values) }

// Fix says what to do about it; what passed has none.
func (f Finding) Fix() string {
	if code := f.Code() + "_fix"; phrase.Has(code) {
		return phrase.Say(code, f.Values)
	}
	return ""
}

// Asked tells whether a law asks for what is missing, or forbids what is there: a
// person may say why the text is right all the same.
func (f Finding) Asked() bool { return f.Severity == Block && f.Law != "" }

// Key names the question that a finding asks, for a tick. It is the same for
// each version of the text, but for other words in question.
func (f Finding) Key() string {
	parts := []string{f.Rule, f.Jurisdiction, f.Law, f.Item}
	for _, name := range []string{"words", "field", "data"} {
		if said, ok := f.Values[name].(string); ok {
			parts = append(parts, said)
		}
	}
	return strings.Join(parts, "|")
}

func compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Text, b.Text), cmp.Compare(gravity[a.Severity], gravity[b.Severity]),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Jurisdiction, b.Jurisdiction), cmp.Compare(a.Law, b.Law),
		cmp.Compare(a.Item, b.Item), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Result, b.Result),
	)
}

// settle ticks, sorts and drops what is said twice.
func settle(all []Finding, ticked []string) []Finding {
	for i, f := range all {
		if (f.Severity == Ask || f.Asked()) && slices.Contains(ticked, f.Key()) {
			all[i].Severity = Note
		}
	}
	said := func(f Finding) string { return fmt.Sprint(f.Values) } // maps print by key order
	slices.SortStableFunc(all, func(a, b Finding) int {
		if c := compare(a, b); c != 0 {
			return c
		}
		return cmp.Compare(said(a), said(b))
	})
	return slices.CompactFunc(all, func(a, b Finding) bool { return compare(a, b) == 0 && said(a) == said(b) })
}
