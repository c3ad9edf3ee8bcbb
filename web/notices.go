package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/templates"
	"forthwith/web/views"
)

// Notices begins notices, and holds what their authors write.
type Notices interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, name string) (notice.Notice, error)
	Desk(ctx context.Context, by access.Actor, no id.Notice) (notice.Desk, error)
	Keep(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d notice.Draft) error
	SaveOver(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d notice.Draft) (notice.Version, error)
	SubmitOver(ctx context.Context, by access.Actor, no id.Notice, from id.Version, d notice.Draft) (notice.Version, error)
}

func (w *site) noticeRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/notices", w.listNotices)
	w.post(app, "/incidents/:incident/notices", w.beginNotice)
	w.get(app, "/notices/:notice", w.showDesk)
	w.post(app, "/notices/:notice", w.changeDesk)
	w.get(app, "/notices/:notice/frame", w.frameDesk)
	w.dropRoutes(app)
	w.versionRoutes(app)
}

type noticesBody struct {
	Path     string
	Rows     []noticeRow
	MayWrite bool
	Starters []views.Option
	Codes    views.Link
}

type noticeRow struct {
	Name, URL           string
	Version, VersionURL string // empty: there is none yet
	State               views.Said
	Who                 string
	Since               views.When
}

func noticeURL(no id.Notice) string { return "/notices/" + no.String() }

func versionURL(no id.Version) string { return "/versions/" + no.String() }

// versionName says a number as people do.
func versionName(no int) string { return "v" + strconv.Itoa(no) }

func (w *site) listNotices(v *visit) error {
	p, err := v.noticesPage()
	if err != nil {
		return err
	}
	return v.show("notices", p)
}

func (v *visit) noticesPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(no, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	b := noticesBody{Path: incidentURL(no) + "/notices", MayWrite: mayBy(access.WriteNotices, v), Codes: views.Link{Text: phrase.Say("pools_link", nil), URL: poolsURL(no)}}
	for _, n := range s.Notices {
		r := noticeRow{Name: n.Name, URL: noticeURL(n.ID), State: saidVersion(n.State), Who: names.of(n.By), Since: v.when(n.At)}
		if n.Version != 0 {
			r.Version, r.VersionURL = versionName(n.No), versionURL(n.Version)
		}
		b.Rows = append(b.Rows, r)
	}
	clock, err := v.clock(no)
	empty := views.Option{Text: phrase.Say("starter_none", nil), Hint: phrase.Say("starter_none_hint", nil), Chosen: true}
	b.Starters = append(starterOptions(clock), empty)
	return views.Page{Title: phrase.Say("notices_title", nil), Bar: bar, Body: b}, err
}

// starterOptions are the texts to begin with: those that answer rules in play
// come first, and say which.
func starterOptions(clock obligation.Clock) []views.Option {
	inPlay := map[string]string{}
	for _, r := range clock.InPlay {
		if r.Force == regime.InForce {
			inPlay[r.Regime] = r.Name
		}
	}
	var fits, others []views.Option
	for _, s := range templates.All() {
		o := views.Option{Value: s.ID, Text: s.Title, Hint: s.Description}
		var answers []string
		for _, r := range s.Regimes {
			if name := inPlay[r]; name != "" {
				answers = append(answers, name)
			}
		}
		if len(answers) == 0 {
			others = append(others, o)
			continue
		}
		o.Hint = phrase.Say("starter_answers", map[string]any{"text": s.Description, "rules": strings.Join(answers, "; ")})
		fits = append(fits, o)
	}
	return append(fits, others...)
}

// beginNotice makes a notice, with the text of a starter or without any, and opens
// its editor. A starter is kept like what an author typed: it is no version yet.
func (w *site) beginNotice(v *visit) error {
	v.refused(onScreen("notices", (*visit).noticesPage))
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	n, err := w.Notices.Create(v.UserContext(), v.actor(), no, v.field("name"))
	if err != nil {
		return err
	}
	if s, found := templates.Find(v.field("starter")); found {
		if err := w.Notices.Keep(v.UserContext(), v.actor(), n.ID, 0, notice.StarterDraft(s)); err != nil {
			return err
		}
	}
	return v.to(noticeURL(n.ID))
}
