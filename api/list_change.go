package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/intake"
)

// ListChanges takes imported lists back, and compares them.
type ListChanges interface {
	Hanging(ctx context.Context, by access.Actor, no id.List) (intake.List, intake.Hanging, error)
	Withdraw(ctx context.Context, by access.Actor, no id.List, reason string, rows *int64) (intake.List, error)
	Difference(ctx context.Context, by access.Actor, no, against id.List) (intake.Difference, error)
}

type withdrawalView struct {
	By     id.User    `json:"by"`
	Reason string     `json:"reason"`
	At     time.Time  `json:"asked_at"`
	Done   *time.Time `json:"withdrawn_at"`
	Left   int64      `json:"left_recipients"`
}

func viewWithdrawal(w *intake.Withdrawal) *withdrawalView {
	if w == nil {
		return nil
	}
	v := &withdrawalView{By: w.By, Reason: w.Reason, At: w.At, Left: w.Left}
	if !w.Done.IsZero() {
		v.Done = &w.Done
	}
	return v
}

type hangingView struct {
	People    int64               `json:"people"`
	Only      int64               `json:"only_here"`
	Told      int64               `json:"told"`
	Cohorts   []hangingCohortView `json:"cohorts"`
	Campaigns []hangingSendView   `json:"campaigns_under_way"`
}

type hangingCohortView struct {
	ID      id.Cohort `json:"id"`
	Name    string    `json:"name"`
	Frozen  bool      `json:"frozen"`
	Members int64     `json:"members_only_here"`
}

type hangingSendView struct {
	ID   id.Campaign `json:"id"`
	Name string      `json:"name"`
}

// hanging tells what hangs on a list before it is withdrawn.
func (h lists) hanging(q request) error {
	no, err := aList.in(q)
	if err != nil {
		return err
	}
	_, hangs, err := h.service.Hanging(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	v := hangingView{People: hangs.People, Only: hangs.Only, Told: hangs.Told, Cohorts: []hangingCohortView{}, Campaigns: []hangingSendView{}}
	for _, c := range hangs.Cohorts {
		v.Cohorts = append(v.Cohorts, hangingCohortView(c))
	}
	for _, s := range hangs.Sends {
		v.Campaigns = append(v.Campaigns, hangingSendView(s))
	}
	return q.JSON(v)
}

// withdraw asks to take a list back.
func (h lists) withdraw(q request) error {
	no, err := aList.in(q)
	if err != nil {
		return err
	}
	var body struct {
		Reason string `json:"reason"`
		Rows   *int64 `json:"confirm_rows"`
	}
	if err := q.decode(&body); err != nil {
		return err
	}
	return then(q, importing)(h.service.Withdraw(q.UserContext(), q.actor, no, body.Reason, body.Rows))
}

type differenceView struct {
	List     id.List            `json:"list"`
	Against  id.List            `json:"against"`
	New      int64              `json:"new"`
	Gone     int64              `json:"gone"`
	Changed  int64              `json:"changed"`
	Same     int64              `json:"same"`
	Columns  []columnChangeView `json:"columns"`
	Added    []string           `json:"columns_added"`
	Dropped  []string           `json:"columns_dropped"`
	Nameless namelessView       `json:"rows_without_address"`
	First    firstPeopleView    `json:"first"`
}

type columnChangeView struct {
	Name    string `json:"name"`
	Changed int64  `json:"changed"`
}

type namelessView struct {
	List    int64 `json:"list"`
	Against int64 `json:"against"`
}

type firstPeopleView struct {
	New     []id.Recipient `json:"new"`
	Gone    []id.Recipient `json:"gone"`
	Changed []id.Recipient `json:"changed"`
}

// difference compares a list with an earlier one.
func (h lists) difference(q request) error {
	no, err := aList.in(q)
	if err != nil {
		return err
	}
	against, _ := id.ParseList(q.Query("against")) // what is no id names no list, which the service says to whoever may ask
	d, err := h.service.Difference(q.UserContext(), q.actor, no, against)
	if err != nil {
		return err
	}
	v := differenceView{List: no, Against: against, New: d.New.Count, Gone: d.Gone.Count, Changed: d.Changed.Count, Same: d.Same, Columns: []columnChangeView{},
		Added: orEmpty(d.Added), Dropped: orEmpty(d.Dropped), Nameless: namelessView{List: d.Nameless[1], Against: d.Nameless[0]},
		First: firstPeopleView{orEmpty(d.New.First), orEmpty(d.Gone.First), orEmpty(d.Changed.First)}}
	for _, c := range d.Columns {
		v.Columns = append(v.Columns, columnChangeView{c.Name, c.People})
	}
	return q.JSON(v)
}

// orEmpty gives an empty list for none.
func orEmpty[T any](all []T) []T { return append([]T{}, all...) }
