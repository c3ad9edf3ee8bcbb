package notice

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice/lint"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
)

// Audience is whom a lint is made for, and what it must know: the people by
// place and language, what is said to all of them, and the rules in play.
type Audience struct {
	Groups    []Listeners
	Hosts     []string // approved for links, of any sender
	Facts     Facts
	DataTypes []string
	Mailboxes []string // domains of mailboxes that the breach reached
	Rules     regime.Set
	Situation regime.Situation
}

// Listeners are people of one place and language.
type Listeners struct {
	Jurisdictions []string
	Locale        string
	People        int64
	Consenting    int64 // of them agreed to notices by e-mail
	AtMailboxes   int64 // of them have their address at a mailbox that the breach reached
}

// Finding is one thing that a reviewer should know about a text.
type Finding struct {
	Key          string // for an answer; empty: it has to be put right
	Severity     lint.Severity
	Rule         string
	Result       lint.Result
	Jurisdiction string
	Locale       string // of the text; empty: the notice as a whole
	Line         int    // of the text, or of the block; 0: elsewhere
	Block        string // by its name, where its words are the finding
	Message      string
	Fix          string
	Law          string // the rule that asks; empty: it holds everywhere
	Citation     string
	AsOf         string
	Confidence   string
	Answer       *Answer // it is a note because of it
}

// Everywhere tells whether a finding holds whoever reads the text, so that it
// keeps a version from its review.
func (f Finding) Everywhere() bool { return f.Law == "" && f.Jurisdiction == "" && f.Rule != noText }

// noText is the finding that people get no text at all, which is for a plan to
// refuse: a version may be meant for others.
const noText = "no_text"

// Lint tells what is to be said about a version to the members of a frozen
// cohort, or to everybody of the incident.
func (s Service) Lint(ctx context.Context, by access.Actor, v Version, cohort id.Cohort) ([]Finding, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.lint(ctx, v, cohort)
}

// lint gives what is to be said about a version: fields whose column no list
// has, codes of pools that are not there, and what the lint finds. Everything
// else that a notice may not hold keeps a version from being made at all.
func (s Service) lint(ctx context.Context, v Version, cohort id.Cohort) ([]Finding, error) {
	columns, pools, err := s.Store.Columns(ctx, v.Incident)
	if err != nil {
		return nil, err
	}
	all := []Finding{}
	if f, ok := fault.As(v.Document.CheckColumns(columns, pools)); ok {
		for _, w := range f.Fields {
			all = append(all, Finding{Severity: lint.Block, Result: lint.Missing, Rule: w.Code, Message: phrase.Say(w.Code, w.Values)})
		}
	}
	audience, err := s.Scene.Audience(ctx, v.Incident, cohort)
	if err != nil {
		return nil, err
	}
	answered, lines := latest(v.Answers), v.Document.written()
	for _, f := range v.Document.findings(audience, keysOf(v.Answers)) {
		told := v.Document.told(f)
		told.at(lines, f)
		if told.Answer = answered[f.Key()]; told.Answer != nil {
			told.Key = f.Key()
		}
		all = append(all, told)
	}
	return append(all, v.Document.Draft().Warnings()...), nil
}

// findings hold the texts against an audience. What was answered is a note.
func (d Document) findings(a Audience, answered []string) []lint.Finding {
	in := lint.Input{Texts: d.LintTexts(a.Facts), Hosts: a.Hosts, Facts: a.Facts.Stated, DataTypes: a.DataTypes, Mailboxes: a.Mailboxes, Ticked: answered}
	in.Months, _ = strconv.Atoi(strings.TrimSpace(a.Facts.Stated["offer.months"])) // no number: not known
	sources := d.Sources()
	for _, g := range a.Groups {
		text, fits := PickVariant(sources, d.DefaultLocale, g.Jurisdictions, g.Locale)
		if !fits {
			text = lint.NoText
		}
		in.Places = append(in.Places, lint.Place{Jurisdictions: g.Jurisdictions, Locale: g.Locale, Text: text, People: g.People, Consenting: g.Consenting, AtMailboxes: g.AtMailboxes})
	}
	return lint.Check(Lawful(in, a.Rules, a.Situation))
}

func (d Document) told(f lint.Finding) Finding {
	out := Finding{Severity: f.Severity, Rule: f.Rule, Result: f.Result, Jurisdiction: f.Jurisdiction, Line: f.Line, Message: f.Message(), Fix: f.Fix(), Law: f.Law,
		Citation: f.Citation, AsOf: f.AsOf, Confidence: f.Confidence}
	if f.Text != lint.NoText {
		out.Locale = d.Ordered()[f.Text].Locale
	}
	if answers(f) {
		out.Key = f.Key()
	}
	return out
}

// at tells of a line as its author counts it: in the text, or in the block.
func (out *Finding) at(w written, f lint.Finding) {
	if f.Line == 0 || f.Text == lint.NoText {
		return
	}
	from := w.line(f.Text, f.Line)
	var line any = from.line
	if from.block != noBlock {
		out.Block = w.draft.Blocks[from.block].Name
		line = phrase.Say("block_line", map[string]any{"line": from.line, "block": out.Block})
	}
	f.Values = maps.Clone(f.Values)
	f.Values["line"] = line
	out.Line, out.Message, out.Fix = from.line, f.Message(), f.Fix()
}

// Open is what nobody has answered yet of what is to be said about a text.
type Open struct {
	Law       map[string]int // by place, what its law asks for and the text lacks, or forbids and it holds
	Questions int
}

// Places names where a law is open.
func (o Open) Places() string { return strings.Join(slices.Sorted(maps.Keys(o.Law)), ", ") }

// Asked sums up what the law of places asks for.
func (o Open) Asked() int {
	n := 0
	for _, here := range o.Law {
		n += here
	}
	return n
}

// Open counts what is open for an audience.
func (d Document) Open(a Audience, answered []string) Open {
	open := Open{Law: map[string]int{}}
	for _, f := range d.findings(a, answered) {
		switch {
		case f.Asked():
			open.Law[f.Jurisdiction]++
		case f.Severity == lint.Ask:
			open.Questions++
		}
	}
	return open
}

// checkEverywhere refuses what no text may hold, whoever reads it.
func (d Document) checkEverywhere(a Audience) error {
	var wrong []fault.Field
	lines := d.written()
	for _, f := range d.findings(a, nil) {
		if f.Severity != lint.Block || !d.told(f).Everywhere() {
			continue
		}
		name := "variants"
		if f.Text != lint.NoText {
			name = where(f.Text) + ".body"
		}
		if f.Text != lint.NoText && f.Line > 0 {
			from := lines.line(f.Text, f.Line)
			if from.block != noBlock {
				name = blockAt(from.block) + ".body"
			}
			f.Values = maps.Clone(f.Values)
			f.Values["line"] = from.line
		}
		wrong = once(wrong, []fault.Field{{Name: name, Code: f.Code(), Values: f.Values}})
	}
	return fault.Wrongs(wrong)
}
