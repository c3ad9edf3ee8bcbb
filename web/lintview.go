package web

import (
	"strings"

	"forthwith/internal/cohort"
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
	Closed          bool
}

// lintRow is one finding. Places are those in which the same is found.
type lintRow struct {
	Message, Fix  string
	Where, Places string
	Source, Trust string
	places        []string
}

// lintGroups puts findings where a reader looks for them, in this order.
var lintGroups = []struct {
	name, tone, icon string
	has              func(notice.Finding) bool
	closed           bool
}{
	{"block", "bad", "cross", func(f notice.Finding) bool { return f.Severity == lint.Block && f.Everywhere() }, false},
	{"law", "bad", "warning", func(f notice.Finding) bool { return f.Severity == lint.Block }, false},
	{"ask", "warn", "diamond", func(f notice.Finding) bool { return f.Severity == lint.Ask }, false},
	{"warn", "warn", "warning", func(f notice.Finding) bool { return f.Severity == lint.Warn }, false},
	{"note", "idle", "ring", func(f notice.Finding) bool { return f.Severity == lint.Note }, true},
}

// lintOf reads a version against the members of the cohort that the page is
// about: what the law asks hangs on where they live.
func (v *visit) lintOf(o notice.Version, s overview.Standing) (lintBody, error) {
	chosen, err := chosenCohort(s.Cohorts, v.Query("cohort"))
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
	b.fill(found)
	return b, nil
}

func (b *lintBody) fill(found []notice.Finding) {
	for _, g := range lintGroups {
		rows, at := []lintRow{}, map[string]int{}
		for _, f := range found {
			if groupOf(f) != g.name {
				continue
			}
			row := lintRowOf(f)
			key := row.Message + row.Where + row.Source
			if i, again := at[key]; again {
				rows[i].places = append(rows[i].places, row.places...)
				continue
			}
			at[key] = len(rows)
			rows = append(rows, row)
		}
		for i := range rows {
			rows[i].Places = placeNames(rows[i].places)
		}
		if len(rows) > 0 {
			b.Groups = append(b.Groups, lintGroup{"lint-" + g.name, phrase.Say("finding_group_"+g.name, map[string]any{"count": len(rows)}), phrase.Say("finding_group_"+g.name+"_lead", nil),
				views.Said{Tone: g.tone, Icon: g.icon}, rows, g.closed})
		}
	}
	b.None = len(b.Groups) == 0
}

func groupOf(f notice.Finding) string {
	for _, g := range lintGroups {
		if g.has(f) {
			return g.name
		}
	}
	return ""
}

func lintRowOf(f notice.Finding) lintRow {
	r := lintRow{Message: f.Message, Fix: f.Fix, Source: f.Citation}
	var where []string
	if f.Locale != "" {
		where = append(where, phrase.Speech(f.Locale))
	}
	if f.Line > 0 {
		where = append(where, phrase.Say("finding_line", map[string]any{"line": f.Line}))
	}
	r.Where = strings.Join(where, ", ")
	if f.Jurisdiction != "" {
		r.places = []string{f.Jurisdiction}
	}
	if f.AsOf != "" {
		r.Trust = phrase.Say("clock_trust", map[string]any{"as_of": f.AsOf, "confidence": phrase.Say("confidence_"+f.Confidence, nil)})
	}
	return r
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
			return phrase.Say("finding_open", map[string]any{"count": len(g.Rows), "who": b.For}), nil
		}
	}
	return "", nil
}
