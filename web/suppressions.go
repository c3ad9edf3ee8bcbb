package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/suppression"
	"forthwith/web/views"
)

// Suppressions keeps known reasons not to mail an address.
type Suppressions interface {
	Add(ctx context.Context, by access.Actor, n suppression.New) (suppression.Suppression, error)
	Release(ctx context.Context, by access.Actor, no id.Suppression, reason string) (suppression.Suppression, error)
	Get(ctx context.Context, by access.Actor, no id.Suppression) (suppression.Suppression, error)
	List(ctx context.Context, by access.Actor, after id.Suppression, limit int, where ...filter.Equal) ([]suppression.Suppression, error)
	SuppressionFiles
}

func (w *site) suppressionRoutes(app *fiber.App) {
	w.get(app, "/suppressions", w.listSuppressions)
	w.post(app, "/suppressions", w.addSuppression)
	w.suppressionFileRoutes(app)
	w.get(app, "/suppressions/:suppression", w.showSuppression)
	w.post(app, "/suppressions/:suppression", w.releaseSuppression)
}

type suppressionsBody struct {
	Rows    []suppressionRow
	Gone    bool // those that were released are shown
	Other   views.Link
	Pages   views.Pages
	Sources []views.Option // for who may add one
}

// suppressionRow is a suppression. Nobody can read the address from it.
type suppressionRow struct {
	No, URL, Source, Reason, By string
	At                          views.When
	Released                    *liftedRow
	File                        *views.Link // that it came with
}

func (v *visit) suppressionsPage() (views.Page, error) {
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	b := suppressionsBody{Gone: v.Query("state") == string(suppression.Released)}
	state := suppression.Active
	b.Other = views.Link{Text: phrase.Say("suppressions_gone_link", nil), URL: "/suppressions?state=" + string(suppression.Released)}
	if b.Gone {
		state, b.Other = suppression.Released, views.Link{Text: phrase.Say("suppressions_active_link", nil), URL: "/suppressions"}
	}
	all, err := v.Suppressions.List(v.UserContext(), v.actor(), id.Suppression(after), pageLength+1, filter.Equal{Column: "state", Value: []string{string(state)}})
	if err != nil {
		return views.Page{}, err
	}
	all, b.Pages = paged(v, all, func(s suppression.Suppression) int64 { return int64(s.ID) })
	if b.Rows, err = v.saidSuppressions(all); err != nil {
		return views.Page{}, err
	}
	b.Sources = v.sourceOptions()
	return views.Page{Title: phrase.Say("suppressions_title", nil), Body: b}, nil
}

func (v *visit) saidSuppressions(all []suppression.Suppression) ([]suppressionRow, error) {
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	rows := make([]suppressionRow, len(all))
	for i, s := range all {
		rows[i] = suppressionRow{No: s.ID.String(), URL: suppressionURL(s.ID), Source: phrase.Say("suppression_from_"+string(s.Source), nil), Reason: s.Reason, By: names.of(s.By), At: v.when(s.At)}
		if s.File != 0 {
			rows[i].File = &views.Link{Text: s.File.String(), URL: suppressionFileURL(s.File)}
		}
		if r := s.Release; r != nil {
			rows[i].Released = &liftedRow{names.of(r.By), r.Reason, v.when(r.At)}
		}
	}
	return rows, nil
}

func suppressionURL(no id.Suppression) string { return "/suppressions/" + no.String() }

func (w *site) listSuppressions(v *visit) error {
	p, err := v.suppressionsPage()
	if err != nil {
		return err
	}
	return v.show("suppressions", p)
}

func (w *site) addSuppression(v *visit) error {
	v.refused(onScreen("suppressions", (*visit).suppressionsPage))
	made, err := w.Suppressions.Add(v.UserContext(), v.actor(), suppression.New{Email: v.field("email"), Source: suppression.Source(v.field("source")), Reason: v.field("reason")})
	if err != nil {
		return err
	}
	return v.to(suppressionURL(made.ID))
}

// suppressionBody is one, with the form that releases it for who may.
type suppressionBody struct {
	Path string
	Row  suppressionRow
	Free bool
}

func (v *visit) suppressionPage() (views.Page, error) {
	no, err := id.ParseSuppression(v.Params("suppression"))
	if err != nil {
		return views.Page{}, err
	}
	s, err := v.Suppressions.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	rows, err := v.saidSuppressions([]suppression.Suppression{s})
	if err != nil {
		return views.Page{}, err
	}
	b := suppressionBody{suppressionURL(no), rows[0], s.Release == nil && mayBy(access.EndSuppression, v)}
	back := &views.Link{Text: phrase.Say("suppressions_title", nil), URL: "/suppressions"}
	return views.Page{Title: phrase.Say("suppression_title", map[string]any{"no": no.String()}), Back: back, Body: b}, nil
}

func (w *site) showSuppression(v *visit) error {
	p, err := v.suppressionPage()
	if err != nil {
		return err
	}
	return v.show("suppression", p)
}

func (w *site) releaseSuppression(v *visit) error {
	v.refused(onScreen("suppression", (*visit).suppressionPage))
	no, err := id.ParseSuppression(v.Params("suppression"))
	if err != nil {
		return err
	}
	if _, err := w.Suppressions.Release(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
		return err
	}
	return v.to(suppressionURL(no))
}
