package web

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// ListChanges takes imported lists back, and compares them.
type ListChanges interface {
	Hanging(ctx context.Context, by access.Actor, no id.List) (intake.List, intake.Hanging, error)
	Withdraw(ctx context.Context, by access.Actor, no id.List, reason string, rows *int64) (intake.List, error)
	Difference(ctx context.Context, by access.Actor, no, against id.List) (intake.Difference, error)
}

// withdrawBody is the page that takes a list back: what hangs on it.
type withdrawBody struct {
	URL, Path string
	Lead      string
	People    *views.Sum
	Told      string
	Cohorts   []hangingRow
	Sends     []views.Link // under way: they stand in its way
	Why       string       // why it is not offered
}

type hangingRow struct {
	Name, URL, Means string
	State            views.Said
}

func (v *visit) withdrawPage() (views.Page, error) {
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return views.Page{}, err
	}
	l, h, err := v.Lists.Hanging(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(l.Incident, partLists)
	if err != nil {
		return views.Page{}, err
	}
	b := withdrawBody{URL: listURL(no), Path: listURL(no) + "/withdraw", Lead: phrase.Say("withdraw_lead", map[string]any{"rows": l.Counts.Rows})}
	b.hang(h)
	switch {
	case !v.mayIn(access.ImportLists, s):
		b.Why = phrase.Say("withdraw_who", nil)
	case l.Leaving():
		b.Why = phrase.Say("withdraw_running", nil)
	case len(h.Sends) > 0:
		b.Why = phrase.Say("withdraw_sends", nil)
	}
	back := &views.Link{Text: l.Name, URL: b.URL}
	return views.Page{Title: phrase.Say("withdraw_title", map[string]any{"name": l.Name}), Bar: bar, Back: back, Body: b}, nil
}

func (b *withdrawBody) hang(h intake.Hanging) {
	if h.People > 0 {
		sum := sumOf(phrase.Say("withdraw_people", nil), terms([]views.Term{{Status: "rejected", Word: "withdraw_only", Count: h.Only}, {Status: "accepted", Word: "withdraw_elsewhere", Count: h.People - h.Only}}))
		b.People = &sum
	}
	if h.Told > 0 {
		b.Told = phrase.Say("withdraw_told", map[string]any{"count": h.Told})
	}
	for _, c := range h.Cohorts {
		row := hangingRow{Name: c.Name, URL: cohortURL(c.ID), State: saidCohort("draft"), Means: phrase.Say("withdraw_draft", nil)}
		if c.Frozen {
			row.State, row.Means = saidCohort("frozen"), phrase.Say("withdraw_frozen", map[string]any{"count": c.Members})
		}
		b.Cohorts = append(b.Cohorts, row)
	}
	for _, s := range h.Sends {
		b.Sends = append(b.Sends, views.Link{Text: s.Name, URL: campaignURL(s.ID)})
	}
}

// terms are the parts that are not empty, in words.
func terms(all []views.Term) []views.Term {
	var parts []views.Term
	for _, t := range all {
		if t.Count > 0 {
			t.Word = phrase.Say(t.Word, nil)
			parts = append(parts, t)
		}
	}
	return parts
}

func (w *site) showWithdraw(v *visit) error {
	p, err := v.withdrawPage()
	if err != nil {
		return err
	}
	return v.show("list-withdraw", p)
}

func (w *site) withdrawList(v *visit) error {
	v.refused(onScreen("list-withdraw", (*visit).withdrawPage))
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return err
	}
	rows, err := v.count("confirm_rows")
	if err != nil {
		return err
	}
	if _, err := w.Lists.Withdraw(v.UserContext(), v.actor(), no, v.field("reason"), &rows); err != nil {
		return err
	}
	return v.to(listURL(no))
}

// takenBack says who takes a list back, and why.
func (v *visit) takenBack(l intake.List, who string) string {
	w := l.Withdrawal
	switch {
	case w == nil:
		return ""
	case w.Done.IsZero():
		return phrase.Say("list_leaves", map[string]any{"who": who, "reason": w.Reason})
	}
	return phrase.Say("list_left", map[string]any{"who": who, "reason": w.Reason, "count": w.Left})
}
