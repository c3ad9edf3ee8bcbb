package web

import (
	"context"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/codes"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Codes fills pools of codes, of which each person gets one.
type Codes interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, u codes.Upload) (codes.Pool, error)
	Add(ctx context.Context, by access.Actor, no id.Pool, u codes.Upload) (codes.Pool, error)
	Get(ctx context.Context, by access.Actor, no id.Pool) (codes.Pool, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Pool, limit int, where ...filter.Equal) ([]codes.Pool, error)
}

func (w *site) codeRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/codes", w.showPools)
	w.upload(app, "/incidents/:incident/codes", w.makePool)
	w.get(app, "/code-pools/:pool", w.showPool)
	w.upload(app, "/code-pools/:pool", w.fillPool)
}

// poolsBody is the pools of an incident.
type poolsBody struct {
	Path    string
	Rows    []poolRow
	Pages   views.Pages
	MayFill bool
}

type poolRow struct {
	Field, URL, Sum, By string
	At                  views.When
}

// poolBody is one pool with the files that filled it.
type poolBody struct {
	Path, Field string
	Sum         views.Sum
	Files       []codeFileRow
	MayFill     bool
}

type codeFileRow struct {
	Codes string
	Hash  canon.Hash
	By    string
	At    views.When
}

func poolsURL(no id.Incident) string { return incidentURL(no) + "/codes" }

func poolURL(no id.Pool) string { return "/code-pools/" + no.String() }

// poolField is how a text asks for a code of a pool.
func poolField(p codes.Pool) string { return "{{code." + p.Name + "}}" }

// poolSum says how many codes are used and left.
func poolSum(p codes.Pool) views.Sum {
	return sumOf(phrase.Say("codes_unit", nil), terms([]views.Term{
		{Status: "accepted", Word: "codes_used", Count: p.Used}, {Status: "pending", Word: "codes_left", Count: p.Left()},
	}))
}

func (v *visit) poolsPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(no, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.Codes.List(v.UserContext(), v.actor(), no, id.Pool(after), pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	b := poolsBody{Path: poolsURL(no), MayFill: v.mayIn(access.FillPools, s)}
	all, b.Pages = paged(v, all, func(p codes.Pool) int64 { return int64(p.ID) })
	names, err := v.people()
	for _, p := range all {
		b.Rows = append(b.Rows, poolRow{poolField(p), poolURL(p.ID), phrase.Say("pool_sum", map[string]any{"count": p.Total, "used": p.Used, "left": p.Left()}), names.of(p.CreatedBy), v.when(p.CreatedAt)})
	}
	back := &views.Link{Text: phrase.Say("notices_title", nil), URL: incidentURL(no) + "/notices"}
	return views.Page{Title: phrase.Say("pools_title", nil), Bar: bar, Back: back, Body: b}, err
}

func (v *visit) poolPage() (views.Page, error) {
	no, err := id.ParsePool(v.Params("pool"))
	if err != nil {
		return views.Page{}, err
	}
	p, err := v.Codes.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(p.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	b := poolBody{Path: poolURL(no), Field: poolField(p), Sum: poolSum(p), MayFill: v.mayIn(access.FillPools, s)}
	names, err := v.people()
	for _, f := range p.Files {
		b.Files = append(b.Files, codeFileRow{phrase.Say("code_count", map[string]any{"count": f.Codes}), f.SHA256, names.of(f.UploadedBy), v.when(f.UploadedAt)})
	}
	back := &views.Link{Text: phrase.Say("pools_title", nil), URL: poolsURL(p.Incident)}
	return views.Page{Title: phrase.Say("pool_title", map[string]any{"name": p.Name}), Bar: bar, Back: back, Body: b}, err
}

func (w *site) showPools(v *visit) error {
	p, err := v.poolsPage()
	if err != nil {
		return err
	}
	return v.show("codes", p)
}

func (w *site) showPool(v *visit) error {
	p, err := v.poolPage()
	if err != nil {
		return err
	}
	return v.show("pool", p)
}

// codes gives the file as the service takes it.
func (a *arriving) codes() (codes.Upload, error) {
	if a.file.FileName() == "" {
		return codes.Upload{}, fault.Wrong("file", "code_file_missing", nil)
	}
	return codes.Upload{Content: a.file, Name: func() (string, error) {
		if _, err := a.parts.NextPart(); !errors.Is(err, io.EOF) {
			return "", brokenOff(err)
		}
		_, err := io.Copy(io.Discard, a.rest) // nothing of it may be taken for a next request
		return keepable(a.given.Get("name")), err
	}}, nil
}

func (w *site) makePool(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	return v.takeCodes(onScreen("codes", (*visit).poolsPage), func(u codes.Upload) (codes.Pool, error) {
		return w.Codes.Create(v.UserContext(), v.actor(), no, u)
	})
}

func (w *site) fillPool(v *visit) error {
	no, err := id.ParsePool(v.Params("pool"))
	if err != nil {
		return err
	}
	return v.takeCodes(onScreen("pool", (*visit).poolPage), func(u codes.Upload) (codes.Pool, error) {
		return w.Codes.Add(v.UserContext(), v.actor(), no, u)
	})
}

// takeCodes reads the form of a file of codes, and shows the pool that it came to.
func (v *visit) takeCodes(again func(*visit, error) error, fill func(codes.Upload) (codes.Pool, error)) error {
	a, err := v.arrives(codes.MaxFile)
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	file, err := a.codes()
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	p, err := fill(file)
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	return v.to(poolURL(p.ID))
}
