package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Gates holds people until a fact is known of them.
type Gates interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, d cohort.GateDraft) (cohort.GateNow, error)
	Lift(ctx context.Context, by access.Actor, no id.Gate, why string) (cohort.GateNow, error)
	Get(ctx context.Context, by access.Actor, no id.Gate) (cohort.GateNow, error)
	Size(ctx context.Context, by access.Actor, incident id.Incident, d cohort.GateDraft) (open, shut int, err error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Gate, limit int, where ...filter.Equal) ([]cohort.GateNow, error)
	Held(ctx context.Context, by access.Actor, g cohort.Gate, after int64, limit int) ([]cohort.Recipient, error)
	Reviews(ctx context.Context, by access.Actor, no id.Gate, limit int) ([]cohort.GateReview, error)
}

func (w *site) gateRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/gates/new", w.newGate)
	w.post(app, "/incidents/:incident/gates/new", w.makeGate)
	w.unkept(app, "/incidents/:incident/gates/new/rule", w.editGateRule)
	w.get(app, "/incidents/:incident/gates/new/rule", func(v *visit) error { return v.to("/incidents/" + v.Params("incident") + "/gates/new") })
	w.get(app, "/gates/:gate", w.showGate)
	w.post(app, "/gates/:gate", w.liftGate)
}

func gateURL(no id.Gate) string { return "/gates/" + no.String() }

// gateRow is one gate in a list of them.
type gateRow struct {
	Name, URL, Cohort string
	Words             string
	Sum               views.Sum
	Lifted            bool
}

// gatesBody are the gates of an incident, or of a cohort.
type gatesBody struct {
	Rows []gateRow
	New  string // where another is made; empty: the reader may not
}

// gates are those that hold, of one cohort or of all.
func (v *visit) gates(incident id.Incident, of id.Cohort, may bool, name cohort.Names) (gatesBody, error) {
	b := gatesBody{}
	where := []filter.Equal{{Column: "state", Value: []string{string(cohort.Holds)}}}
	if of != 0 {
		where = append(where, filter.Equal{Column: "cohort", Value: int64(of)})
	}
	if may {
		b.New = incidentURL(incident) + "/gates/new"
		if of != 0 {
			b.New += "?cohort=" + of.String()
		}
	}
	all, err := v.Gates.List(v.UserContext(), v.actor(), incident, 0, mostChoices, where...)
	for _, g := range all {
		row := gateRowOf(g, name)
		if of != 0 {
			row.Cohort = "" // it is the page's
		}
		b.Rows = append(b.Rows, row)
	}
	return b, err
}

func gateRowOf(g cohort.GateNow, name cohort.Names) gateRow {
	r := gateRow{Name: g.Name, URL: gateURL(g.ID), Cohort: g.CohortName, Words: g.Rule.Sentence(name), Sum: gateSum(g.Open, g.Shut), Lifted: g.Lifting != nil}
	r.Sum.ID = "-" + g.ID.String()
	return r
}

// gateSum adds both sides of a gate up to its cohort.
func gateSum(open, shut int) views.Sum {
	var parts []views.Term
	if open > 0 {
		parts = append(parts, views.Term{Status: "accepted", Word: phrase.Say("gate_open", nil), Count: int64(open)})
	}
	if shut > 0 {
		parts = append(parts, views.Term{Status: "held", Word: phrase.Say("gate_shut", nil), Count: int64(shut)})
	}
	return sumOf(phrase.Say("gate_unit", nil), parts)
}

// gateBody is one gate, and for whom it is shut.
type gateBody struct {
	Path    string
	Row     gateRow
	By      string
	At      views.When
	Missing string // that no list has a column yet
	Lifted  *liftedRow
	Reviews []reviewRow
	People  []personRow
	Pages   views.Pages
	Lift    bool // the reader may
}

type reviewRow struct {
	At   views.When
	Text string
}

// mostReviews bounds how many are shown.
const mostReviews = 20

func (v *visit) gate() (cohort.GateNow, error) {
	no, err := id.ParseGate(v.Params("gate"))
	if err != nil {
		return cohort.GateNow{}, err
	}
	return v.Gates.Get(v.UserContext(), v.actor(), no)
}

func (v *visit) gatePage() (views.Page, error) {
	g, err := v.gate()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(g.Incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	b := gateBody{Path: gateURL(g.ID), Row: gateRowOf(g, ruleNames(s)), By: names.of(g.By), At: v.when(g.At), Lift: g.Lifting == nil && v.mayIn(access.BuildCohorts, s)}
	if l := g.Lifting; l != nil {
		b.Lifted = &liftedRow{names.of(l.By), l.Reason, v.when(l.At)}
	}
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), g.Incident)
	if err != nil {
		return views.Page{}, err
	}
	if columns := g.Missing(known); len(columns) > 0 {
		b.Missing = phrase.Say("gate_missing", map[string]any{"columns": strings.Join(columns, ", ")})
	}
	if err := v.heldRows(g.Gate, &b); err != nil {
		return views.Page{}, err
	}
	if err := v.reviewRows(g.ID, &b); err != nil {
		return views.Page{}, err
	}
	back := &views.Link{Text: g.CohortName, URL: cohortURL(g.Cohort)}
	return views.Page{Title: g.Name, Bar: bar, Back: back, Body: b}, nil
}

func (v *visit) heldRows(g cohort.Gate, b *gateBody) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	people, err := v.Gates.Held(v.UserContext(), v.actor(), g, after, pageLength+1)
	people, b.Pages = paged(v, people, func(r cohort.Recipient) int64 { return r.ID.No })
	for _, r := range people {
		b.People = append(b.People, personOf(r))
	}
	return err
}

func (v *visit) reviewRows(no id.Gate, b *gateBody) error {
	all, err := v.Gates.Reviews(v.UserContext(), v.actor(), no, mostReviews)
	for _, r := range all {
		b.Reviews = append(b.Reviews, reviewRow{v.when(r.At), phrase.Say("gate_review", map[string]any{"opened": r.Opened, "shut": r.Shut})})
	}
	return err
}

func (w *site) showGate(v *visit) error {
	p, err := v.gatePage()
	if err != nil {
		return err
	}
	return v.show("gate", p)
}

func (w *site) liftGate(v *visit) error {
	v.refused(onScreen("gate", (*visit).gatePage))
	no, err := id.ParseGate(v.Params("gate"))
	if err != nil {
		return err
	}
	if _, err := w.Gates.Lift(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
		return err
	}
	return v.to(gateURL(no))
}
