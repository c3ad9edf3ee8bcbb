package api

import (
	"bytes"
	"context"
	"io"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/suppression"
)

// SuppressionFiles keeps files of addresses that are not to be mailed.
type SuppressionFiles interface {
	Import(ctx context.Context, by access.Actor, file io.Reader, source suppression.Source, reason string) (suppression.File, error)
	ReleaseFile(ctx context.Context, by access.Actor, no id.SuppressionFile, reason string) (suppression.File, error)
	File(ctx context.Context, by access.Actor, no id.SuppressionFile) (suppression.File, error)
	Files(ctx context.Context, by access.Actor, after id.SuppressionFile, limit int) ([]suppression.File, error)
	Refused(ctx context.Context, by access.Actor, no id.SuppressionFile, after int64, limit int) ([]suppression.RefusedLine, error)
}

func suppressionFileRoutes(r routes, s SuppressionFiles) {
	h := suppressionFiles{s}
	r.post("/suppressions/import", h.load, unstored)
	r.get("/suppression-files", h.list, pages())
	r.get("/suppression-files/:file", h.get)
	r.get("/suppression-files/:file/refused", h.refused, pages())
	r.post("/suppression-files/:file/release", h.release)
}

type suppressionFiles struct{ service SuppressionFiles }

// suppressedFileView is a file with what it changed: lines = added + known +
// refused, added = holding + released.
type suppressedFileView struct {
	ID       id.SuppressionFile `json:"id"`
	SHA256   canon.Hash         `json:"sha256"`
	Source   suppression.Source `json:"source"`
	Reason   string             `json:"reason"`
	Lines    int64              `json:"lines"`
	Added    int64              `json:"added"`
	Known    int64              `json:"known"`
	Refused  int64              `json:"refused"`
	Holding  int64              `json:"holding"`
	Released int64              `json:"released"`
	By       id.User            `json:"made_by"`
	At       time.Time          `json:"made_at"`
	Wrong    []refusedView      `json:"wrong,omitempty"`
}

type refusedView struct {
	Line int64  `json:"line"`
	Code string `json:"code"`
}

func viewSuppressionFile(f suppression.File) suppressedFileView {
	return suppressedFileView{f.ID, f.SHA256, f.Source, f.Reason, f.Lines, f.Added, f.Known(), f.Refused, f.Holding, f.Released(), f.By, f.At, nil}
}

// mostRefused bounds how many refused lines an import tells one by one.
const mostRefused = 100

// load reads a file of addresses, and tells the first lines that were refused.
func (h suppressionFiles) load(q request) error {
	form, err := q.formWith(suppression.MaxFile, "source", "reason")
	if err != nil {
		return err
	}
	content, err := form.whole()
	if err != nil {
		return err
	}
	f, err := h.service.Import(q.UserContext(), q.actor, bytes.NewReader(content), suppression.Source(form.given["source"]), form.given["reason"])
	if err != nil {
		return err
	}
	wrong, err := h.service.Refused(q.UserContext(), q.actor, f.ID, 0, mostRefused)
	if err != nil {
		return err
	}
	v := viewSuppressionFile(f)
	for _, w := range wrong {
		v.Wrong = append(v.Wrong, refusedView(w))
	}
	return q.JSON(v)
}

func (h suppressionFiles) list(q request) error {
	return list(q, whole(h.service.Files), func(f suppression.File) id.SuppressionFile { return f.ID }, viewSuppressionFile)
}

func (h suppressionFiles) get(q request) error {
	return one(q, aSuppressionFile, h.service.File, as(viewSuppressionFile))
}

func (h suppressionFiles) refused(q request) error {
	page := func(ctx context.Context, by access.Actor, no id.SuppressionFile, after int64, limit int, _ ...filter.Equal) ([]suppression.RefusedLine, error) {
		return h.service.Refused(ctx, by, no, after, limit)
	}
	return listIn(q, aSuppressionFile, page, func(r suppression.RefusedLine) int64 { return r.Line }, func(r suppression.RefusedLine) refusedView { return refusedView(r) })
}

func (h suppressionFiles) release(q request) error {
	no, body, err := bodyFor[because](q, aSuppressionFile)
	if err != nil {
		return err
	}
	return then(q, as(viewSuppressionFile))(h.service.ReleaseFile(q.UserContext(), q.actor, no, body.Reason))
}
