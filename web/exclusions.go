package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Exclusions keeps people from being told, with a reason.
type Exclusions interface {
	Exclude(ctx context.Context, by access.Actor, incident id.Incident, d cohort.Exclude) (cohort.Exclusion, error)
	Lift(ctx context.Context, by access.Actor, no id.Exclusion, reason string) (cohort.Exclusion, error)
	Get(ctx context.Context, by access.Actor, no id.Exclusion) (cohort.Exclusion, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Exclusion, limit int, where ...filter.Equal) ([]cohort.Exclusion, error)
	People(ctx context.Context, by access.Actor, e cohort.Exclusion, after int64, limit int) ([]cohort.Recipient, error)
	Tally(ctx context.Context, by access.Actor, incident id.Incident) (map[cohort.ExclusionKind]int, error)
}

func (w *site) exclusionRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/decisions", w.showDecisions)
	w.post(app, "/incidents/:incident/decisions", w.excludeList)
	w.get(app, "/exclusions/:exclusion", w.showExclusion)
	w.post(app, "/exclusions/:exclusion", w.liftExclusion)
	w.post(app, "/recipients/:recipient", w.excludePerson)
}

// decisionsBody is who is not told in an incident, and why.
type decisionsBody struct {
	Path  string
	Sum   *views.Sum // nil: nobody is excluded
	Rows  []exclusionRow
	Lift  bool // those that were lifted are shown
	Other views.Link
	Pages views.Pages
	Lists []views.Option // that can be excluded, for who may
	Named []suppressedRow
	Gates gatesBody
	Kinds []views.Option
}

// exclusionRow is one exclusion.
type exclusionRow struct {
	URL, Whom, Kind, Reason, By string
	At                          views.When
	Lifted                      *liftedRow
}

type liftedRow struct {
	By, Reason string
	At         views.When
}

func decisionsURL(no id.Incident) string { return incidentURL(no) + "/decisions" }

func exclusionURL(no id.Exclusion) string { return "/exclusions/" + no.String() }

func (v *visit) decisionsPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(no, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	b := decisionsBody{Path: decisionsURL(no), Lift: v.Query("state") == string(cohort.Lifted)}
	tally, err := v.Exclusions.Tally(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	b.Sum = excludedSum(tally)
	if err := v.exclusionRows(no, &b); err != nil {
		return views.Page{}, err
	}
	if b.Named, err = v.suppressedRows(no); err != nil {
		return views.Page{}, err
	}
	if b.Gates, err = v.gates(no, 0, v.mayIn(access.BuildCohorts, s), ruleNames(s)); err != nil {
		return views.Page{}, err
	}
	if v.mayIn(access.ExcludePeople, s) {
		b.Kinds = v.kindOptions()
		if b.Lists, err = v.groupOptions(s); err != nil {
			return views.Page{}, err
		}
	}
	back := &views.Link{Text: phrase.Say("cohorts_title", nil), URL: incidentURL(no) + "/cohorts"}
	return views.Page{Title: phrase.Say("decisions_title", nil), Bar: bar, Back: back, Body: b}, nil
}

// excludedSum counts who is excluded by why, each person once; nobody has no sum.
func excludedSum(tally cohort.ByKind) *views.Sum {
	if len(tally) == 0 {
		return nil
	}
	var parts []views.Term
	for _, kind := range cohort.ExclusionKinds {
		if n := tally[kind]; n > 0 {
			parts = append(parts, views.Term{Status: "excluded", Word: phrase.Say("excluded_for_"+string(kind), nil), Count: int64(n)})
		}
	}
	sum := sumOf(phrase.Say("excluded_unit", nil), parts)
	return &sum
}

func (v *visit) exclusionRows(no id.Incident, b *decisionsBody) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	state := cohort.Holds
	b.Other = views.Link{Text: phrase.Say("exclusions_lifted_link", nil), URL: b.Path + "?state=" + string(cohort.Lifted)}
	if b.Lift {
		state, b.Other = cohort.Lifted, views.Link{Text: phrase.Say("exclusions_active_link", nil), URL: b.Path}
	}
	all, err := v.Exclusions.List(v.UserContext(), v.actor(), no, id.Exclusion(after), pageLength+1, filter.Equal{Column: "state", Value: []string{string(state)}})
	if err != nil {
		return err
	}
	all, b.Pages = paged(v, all, func(e cohort.Exclusion) int64 { return int64(e.ID) })
	b.Rows, err = v.saidExclusions(all)
	return err
}

func (v *visit) saidExclusions(all []cohort.Exclusion) ([]exclusionRow, error) {
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	rows := make([]exclusionRow, len(all))
	for i, e := range all {
		rows[i] = exclusionRow{URL: exclusionURL(e.ID), Whom: whom(e), Kind: phrase.Say("exclusion_"+string(e.Kind), nil), Reason: e.Reason, By: names.of(e.By), At: v.when(e.At)}
		if l := e.Lifting; l != nil {
			rows[i].Lifted = &liftedRow{names.of(l.By), l.Reason, v.when(l.At)}
		}
	}
	return rows, nil
}

// whom names those of an exclusion: one person by the masked address, a list by
// its name.
func whom(e cohort.Exclusion) string {
	values := map[string]any{"count": e.People, "more": e.People - 1, "list": e.ListName, "person": orDash(e.Masked)}
	switch {
	case e.List != 0:
		return phrase.Say("whom_list", values)
	case e.People == 1:
		return orDash(e.Masked)
	}
	return phrase.Say("whom_several", values)
}

// atMailboxes stands for everybody with a mailbox that the breach reached.
const atMailboxes = "mailboxes"

// groupOptions are the lists whose people can be excluded, and those whom the
// facts name by their mailboxes.
func (v *visit) groupOptions(s overview.Standing) ([]views.Option, error) {
	i, err := v.Incidents.Get(v.UserContext(), v.actor(), s.Incident)
	if err != nil {
		return nil, err
	}
	var all []views.Option
	if len(i.Facts.Mailboxes) > 0 {
		all = append(all, views.Option{Value: atMailboxes, Text: phrase.Say("exclude_mailboxes", nil)})
	}
	for _, l := range s.Lists {
		if l.State == intake.Imported {
			all = append(all, views.Option{Value: l.ID.String(), Text: l.Name})
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return append([]views.Option{{Text: phrase.Say("list_choose", nil), Chosen: true}}, all...), nil
}

// kindOptions are the reasons that the reader may exclude for.
func (v *visit) kindOptions() []views.Option {
	var all []views.Option
	kinds := cohort.KindsFor(v.actor())
	for _, k := range kinds {
		all = append(all, views.Option{Value: string(k), Text: phrase.Say("exclusion_"+string(k), nil), Hint: phrase.Say("exclusion_"+string(k)+"_hint", nil), Chosen: len(kinds) == 1})
	}
	return all
}

func (w *site) showDecisions(v *visit) error {
	p, err := v.decisionsPage()
	if err != nil {
		return err
	}
	return v.show("decisions", p)
}

// excludeList excludes everybody of a list.
func (w *site) excludeList(v *visit) error {
	v.refused(onScreen("decisions", (*visit).decisionsPage))
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	e := cohort.Exclude{Kind: cohort.ExclusionKind(v.field("kind")), Reason: v.field("reason")}
	if e.AtMailboxes = v.field("list_id") == atMailboxes; !e.AtMailboxes {
		if e.List, err = id.ParseList(v.field("list_id")); err != nil {
			e.List = noList
		}
	}
	made, err := w.Exclusions.Exclude(v.UserContext(), v.actor(), no, e)
	if fault.Is(err, "exclusion_nobody_there") {
		return fault.Wrong("list_id", "exclusion_nobody_there", nil)
	}
	if err != nil {
		return err
	}
	return v.to(exclusionURL(made.ID))
}

// noList is a list that nobody has: none is refused like one of another
// incident.
const noList id.List = -1

// excludePerson excludes one person, from their own page.
func (w *site) excludePerson(v *visit) error {
	v.refused(onScreen("recipient", (*visit).recipientPage))
	r, err := v.recipient()
	if err != nil {
		return err
	}
	_, err = w.Exclusions.Exclude(v.UserContext(), v.actor(), id.Incident(r.ID.Parent),
		cohort.Exclude{People: []id.Recipient{r.ID}, Kind: cohort.ExclusionKind(v.field("kind")), Reason: v.field("reason")})
	if err != nil {
		return err
	}
	return v.to(recipientURL(r.ID))
}
