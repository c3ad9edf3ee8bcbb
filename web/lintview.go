package web

import (
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/notice/lint"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// lintBody says what a text lacks, holds too much of, or leaves open.
type lintBody struct {
	For    string // whom it was made for
	Groups []lintGroup
	None   bool
}

// lintGroup are findings with the same consequence.
type lintGroup struct {
	ID, Title, Lead string
	Said            views.Said
	Rows            []lintRow
	Laws            []lintLaw
	Answer          string // where all of them are answered
	Closed          bool
}

// lintLaw are the findings of one rule in one place.
type lintLaw struct {
	Title, Source, Trust string
	Answer               string // where they are answered
	Rows                 []lintRow
}

// lintRow is one finding.
type lintRow struct{ Message, Fix, Where, Answer string }

// lintGroups puts findings where a reader looks for them, in this order.
var lintGroups = []struct {
	name, tone, icon string
	has              func(notice.Finding) bool
	closed           bool
}{
	{"block", "bad", "cross", func(f notice.Finding) bool { return f.Severity == lint.Block && f.Everywhere() }, false},
	{"law", "bad", "warning", func(f notice.Finding) bool { return f.Severity == lint.Block }, false},
	{"ask", "warn", "diamond", func(f notice.Finding) bool { return f.Severity == lint.Ask }, false},
	{"answered", "ok", "check", func(f notice.Finding) bool { return f.Answer != nil }, false},
	{"warn", "warn", "warning", func(f notice.Finding) bool { return f.Severity == lint.Warn }, false},
	{"note", "idle", "ring", func(f notice.Finding) bool { return f.Severity == lint.Note }, true},
}

// lintOf reads a version against the members of the cohort that the page is
// about: what the law asks hangs on where they live.
func (v *visit) lintOf(o notice.Version, s overview.Standing) (lintBody, error) {
	chosen, err := chosenCohort(s.Cohorts, v.Query("cohort"), plannedFor(s, o.ID))
	if err != nil {
		return lintBody{}, err
	}
	c := named(s.Cohorts, func(c overview.Cohort) bool { return c.ID == chosen })
	b := lintBody{For: phrase.Say("finding_for_everybody", nil)}
	if c.State == cohort.Frozen {
		b.For = phrase.Say("finding_for_cohort", map[string]any{"name": c.Name})
	} else {
		chosen = 0
	}
	found := o.Lint
	if chosen != 0 {
		if found, err = v.Texts.Lint(v.UserContext(), v.actor(), o, chosen); err != nil {
			return b, err
		}
	}
	names, err := v.people()
	b.fill(found, o.ID, names)
	return b, err
}

func (b *lintBody) fill(found []notice.Finding, no id.Version, names staffNames) {
	for _, g := range lintGroups {
		out, n := lintGroup{ID: "lint-" + g.name, Lead: phrase.Say("finding_group_"+g.name+"_lead", nil), Said: views.Said{Tone: g.tone, Icon: g.icon}, Closed: g.closed}, 0
		at := map[string]int{}
		for _, f := range found {
			if groupOf(f) != g.name {
				continue
			}
			if n++; f.Key != "" {
				out.Answer = answeringURL(no, notice.Finding{})
			}
			if f.Law == "" {
				out.Rows = append(out.Rows, lintRowOf(f, names))
				continue
			}
			key := f.Law + " " + f.Jurisdiction
			if _, known := at[key]; !known {
				at[key] = len(out.Laws)
				out.Laws = append(out.Laws, lintLawOf(f, no))
			}
			law := &out.Laws[at[key]]
			law.Rows = append(law.Rows, lintRowOf(f, names))
		}
		for i, law := range out.Laws {
			out.Laws[i].Title = phrase.Say("finding_law", map[string]any{"place": law.Title, "count": len(law.Rows)})
		}
		if out.Title = phrase.Say("finding_group_"+g.name, map[string]any{"count": n}); n > 0 {
			b.Groups = append(b.Groups, out)
		}
	}
	b.None = len(b.Groups) == 0
}

func lintLawOf(f notice.Finding, no id.Version) lintLaw {
	l := lintLaw{Title: placeNames([]string{f.Jurisdiction}), Source: f.Citation,
		Trust: phrase.Say("clock_trust", map[string]any{"as_of": f.AsOf, "confidence": phrase.Say("confidence_"+f.Confidence, nil)})}
	if f.Key != "" {
		l.Answer = answeringURL(no, f)
	}
	return l
}

func groupOf(f notice.Finding) string {
	for _, g := range lintGroups {
		if g.has(f) {
			return g.name
		}
	}
	return ""
}

func lintRowOf(f notice.Finding, names staffNames) lintRow {
	var where []string
	if f.Locale != "" {
		where = append(where, phrase.Speech(f.Locale))
	}
	if f.Line > 0 {
		var line any = f.Line
		if f.Block != "" {
			line = phrase.Say("block_line", map[string]any{"line": f.Line, "block": f.Block})
		}
		where = append(where, phrase.Say("finding_line", map[string]any{"line": line}))
	}
	row := lintRow{Message: f.Message, Fix: f.Fix, Where: strings.Join(where, ", ")}
	if a := f.Answer; a != nil {
		row.Fix, row.Answer = "", phrase.Say("finding_answered", map[string]any{"who": names.of(a.By), "reason": a.Reason})
	}
	return row
}

// summary is what the findings come to, for a list of checks.
func (b lintBody) summary() []findingRow {
	if b.None {
		return []findingRow{{Said: views.Said{Tone: "ok", Icon: "check"}, Text: phrase.Say("version_checks_ok", nil)}}
	}
	var all []findingRow
	for _, g := range b.Groups {
		all = append(all, findingRow{Said: g.Said, Text: g.Title})
	}
	return all
}

// openLaw counts what the law asks of the members of a cohort and the text may
// lack, for who is about to approve it.
func (v *visit) openLaw(o notice.Version, s overview.Standing) (string, error) {
	b, err := v.lintOf(o, s)
	if err != nil {
		return "", err
	}
	for _, g := range b.Groups {
		if g.ID == "lint-law" {
			n := 0
			for _, law := range g.Laws {
				n += len(law.Rows)
			}
			return phrase.Say("finding_open", map[string]any{"count": n, "who": b.For}), nil
		}
	}
	return "", nil
}
