package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Lists takes files in and tells what became of them.
type Lists interface {
	MaxFile() int64
	Upload(ctx context.Context, by access.Actor, incident id.Incident, f intake.File) (intake.List, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.List, limit int, where ...filter.Equal) ([]intake.List, error)
	OneList
	Refusals
	ListChanges
}

// OneList reads, imports and gives up one list.
type OneList interface {
	Get(ctx context.Context, by access.Actor, no id.List) (intake.List, error)
	Preview(ctx context.Context, by access.Actor, no id.List, change func(intake.Dialect) intake.Dialect) (intake.Preview, error)
	Confirm(ctx context.Context, by access.Actor, no id.List, change func(intake.Dialect) intake.Dialect, mapping map[string]string) (intake.List, error)
	Cancel(ctx context.Context, by access.Actor, no id.List) (intake.List, error)
}

// Refusals tells which rows were refused, and why.
type Refusals interface {
	Refused(ctx context.Context, by access.Actor, no id.List) ([]intake.Refused, error)
	Rejects(ctx context.Context, by access.Actor, no id.List, asCSV bool) (intake.RejectsFile, error)
}

func (w *site) listRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/lists", w.showLists)
	w.upload(app, "/incidents/:incident/lists", w.uploadList)
	w.get(app, "/incidents/:incident/flags", w.showFlags)
	w.get(app, "/lists/:list", w.showList)
	w.post(app, "/lists/:list", w.confirmList)
	w.get(app, "/lists/:list/discard", w.showDiscard)
	w.post(app, "/lists/:list/discard", w.discardList)
	w.get(app, "/lists/:list/withdraw", w.showWithdraw)
	w.post(app, "/lists/:list/withdraw", w.withdrawList)
	w.get(app, "/lists/:list/diff", w.showDifference)
	w.unkept(app, "/lists/:list/rejects", w.downloadRejects)
}

type listsBody struct {
	Path      string
	Rows      []listRow
	Pages     views.Pages
	MayUpload bool
	Takes     string      // what may be uploaded
	Flags     *views.Link // to who should be looked at
}

// listRow is one list. Sum says how its rows add up, once it is imported.
type listRow struct {
	Name, URL, Importer, Sum string
	State                    views.Said
	Hash                     canon.Hash
	At                       views.When
}

func listURL(no id.List) string { return "/lists/" + no.String() }

func (w *site) showLists(v *visit) error {
	p, err := v.listsPage()
	if err != nil {
		return err
	}
	return v.show("lists", p)
}

func (v *visit) listsPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(no, partLists)
	if err != nil {
		return views.Page{}, err
	}
	b := listsBody{Path: incidentURL(no) + "/lists", MayUpload: v.mayIn(access.ImportLists, s),
		Takes: phrase.Say("hint_list_file", fault.Values{"limit": v.Lists.MaxFile() >> 20, "workbook": intake.MaxWorkbook >> 20})}
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.Lists.List(v.UserContext(), v.actor(), no, id.List(after), pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	all, b.Pages = paged(v, all, func(l intake.List) int64 { return int64(l.ID) })
	if b.Flags, err = v.flagsLink(no); err != nil {
		return views.Page{}, err
	}
	b.Rows, err = v.listRows(all)
	return views.Page{Title: phrase.Say("lists_title", nil), Bar: bar, Body: b}, err
}

func (v *visit) listRows(all []intake.List) ([]listRow, error) {
	names, err := v.people()
	var rows []listRow
	for _, l := range all {
		row := listRow{Name: l.Name, URL: listURL(l.ID), Importer: names.of(l.UploadedBy), State: saidList(l.State), Hash: l.SHA256, At: v.when(l.UploadedAt)}
		if l.State == intake.Imported || l.State == intake.Withdrawn {
			row.Sum = listSum(l.Counts).Label
		}
		rows = append(rows, row)
	}
	return rows, err
}

// listSum says what became of the rows of a list.
func listSum(c intake.Counts) views.Sum {
	return sumOf(phrase.Say("rows_all", nil), terms([]views.Term{
		{Status: "accepted", Word: "rows_new", Count: c.New}, {Status: "sending", Word: "rows_known", Count: c.Known},
		{Status: "excluded", Word: "rows_repeats", Count: c.Repeats}, {Status: "rejected", Word: "rows_refused", Count: c.Rejected, Hatched: true},
	}))
}

// mayIn tells whether the reader may do something in an incident that is open.
func (v *visit) mayIn(p access.Permission, s overview.Standing) bool {
	return mayBy(p, v) && s.State != "closed"
}
