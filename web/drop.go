package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Drafts drops what an author typed and did not save.
type Drafts interface {
	Drop(ctx context.Context, by access.Actor, no id.Notice) error
}

func (w *site) dropRoutes(app *fiber.App) {
	w.get(app, "/notices/:notice/drop", w.showDrop)
	w.post(app, "/notices/:notice/drop", w.dropDraft)
}

type dropBody struct {
	Path, URL, Sentence string
	Lost                []changeRow
	Kept                bool // there is something to drop
}

// showDrop says what is lost.
func (w *site) showDrop(v *visit) error {
	d, err := v.desk()
	if err != nil {
		return err
	}
	bar, _, err := v.bar(d.Notice.Incident, partNotices)
	if err != nil {
		return err
	}
	b := dropBody{Path: v.Path(), URL: noticeURL(d.Notice.ID), Sentence: phrase.Say("drop_nothing", nil)}
	if d.Unsaved != nil {
		b.Kept, b.Sentence = true, phrase.Say("drop_sentence", map[string]any{"time": v.when(d.Unsaved.KeptAt).Text})
		var saved []notice.Source
		if d.Newest != nil {
			saved = d.Newest.Document.Texts()
		}
		b.Lost = changeRows(notice.Changes(saved, d.Unsaved.Draft.Texts()))
	}
	return v.show("desk-drop", views.Page{Title: phrase.Say("drop_title", nil), Bar: bar, Back: &views.Link{Text: d.Notice.Name, URL: b.URL}, Body: b})
}

func (w *site) dropDraft(v *visit) error {
	no, err := id.ParseNotice(v.Params("notice"))
	if err != nil {
		return err
	}
	if err := w.Drafts.Drop(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to(noticeURL(no))
}
