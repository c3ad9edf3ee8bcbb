package web

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/suppression"
	"forthwith/web/views"
)

// SuppressionFiles keeps files of addresses that are not to be mailed.
type SuppressionFiles interface {
	Import(ctx context.Context, by access.Actor, file io.Reader, source suppression.Source, reason string) (suppression.File, error)
	ReleaseFile(ctx context.Context, by access.Actor, no id.SuppressionFile, reason string) (suppression.File, error)
	File(ctx context.Context, by access.Actor, no id.SuppressionFile) (suppression.File, error)
	Files(ctx context.Context, by access.Actor, after id.SuppressionFile, limit int) ([]suppression.File, error)
	Refused(ctx context.Context, by access.Actor, no id.SuppressionFile, after int64, limit int) ([]suppression.RefusedLine, error)
}

func (w *site) suppressionFileRoutes(app *fiber.App) {
	w.get(app, "/suppressions/files", w.listSuppressionFiles)
	w.upload(app, "/suppressions/files", w.importSuppressions)
	w.get(app, "/suppressions/files/:file", w.showSuppressionFile)
	w.post(app, "/suppressions/files/:file", w.releaseSuppressionFile)
}

const suppressionFilesURL = "/suppressions/files"

func suppressionFileURL(no id.SuppressionFile) string { return suppressionFilesURL + "/" + no.String() }

// suppressionFilesBody is the files that came, in their order.
type suppressionFilesBody struct {
	Path    string
	Rows    []suppressionFileRow
	Pages   views.Pages
	Sources []views.Option // for who may upload one
}

// suppressionFileRow is a file with what it changed. It has no name: the name of
// a file may be somebody's address.
type suppressionFileRow struct {
	No, URL, Source, Reason, By string
	At                          views.When
	Lines, Stands               views.Sum
	Hash                        canon.Hash
	Released                    *liftedRow // the last time
}

func (v *visit) saidFile(f suppression.File, names staffNames) suppressionFileRow {
	r := suppressionFileRow{No: f.ID.String(), URL: suppressionFileURL(f.ID), Source: phrase.Say("suppression_from_"+string(f.Source), nil), Reason: f.Reason,
		By: names.of(f.By), At: v.when(f.At), Hash: f.SHA256}
	r.Lines = sumOf(phrase.Say("suppression_lines", nil), terms([]views.Term{{Status: "accepted", Word: "suppression_added", Count: f.Added},
		{Status: "pending", Word: "suppression_knew", Count: f.Known()}, {Status: "rejected", Word: "suppression_refused", Count: f.Refused, Hatched: true}}))
	r.Stands = sumOf(phrase.Say("suppression_added", nil), terms([]views.Term{{Status: "suppressed", Word: "suppression_holding", Count: f.Holding},
		{Status: "pending", Word: "suppression_gone", Count: f.Released()}}))
	r.Stands.ID = "-stands"
	if l := f.Last; l != nil {
		r.Released = &liftedRow{names.of(l.By), l.Reason, v.when(l.At)}
	}
	return r
}

func (v *visit) suppressionFilesPage() (views.Page, error) {
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.Suppressions.Files(v.UserContext(), v.actor(), id.SuppressionFile(after), pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	b := suppressionFilesBody{Path: suppressionFilesURL, Sources: v.sourceOptions()}
	all, b.Pages = paged(v, all, func(f suppression.File) int64 { return int64(f.ID) })
	names, err := v.people()
	for _, f := range all {
		b.Rows = append(b.Rows, v.saidFile(f, names))
	}
	back := &views.Link{Text: phrase.Say("suppressions_title", nil), URL: "/suppressions"}
	return views.Page{Title: phrase.Say("suppression_files_title", nil), Back: back, Body: b}, err
}

// sourceOptions are where a reason may come from, for who may add one.
func (v *visit) sourceOptions() []views.Option {
	if !mayBy(access.SuppressPeople, v) {
		return nil
	}
	all := make([]views.Option, len(suppression.Sources))
	for i, s := range suppression.Sources {
		all[i] = views.Option{Value: string(s), Text: phrase.Say("suppression_from_"+string(s), nil)}
	}
	return all
}

func (w *site) listSuppressionFiles(v *visit) error {
	p, err := v.suppressionFilesPage()
	if err != nil {
		return err
	}
	return v.show("suppression-files", p)
}

// suppressions reads a file of addresses whole, up to the end of its form.
func (a *arriving) suppressions() ([]byte, error) {
	if a.file.FileName() == "" {
		return nil, fault.Wrong("file", "suppression_file_missing", nil)
	}
	content, err := io.ReadAll(io.LimitReader(a.file, suppression.MaxFile+1))
	switch {
	case err != nil:
		return nil, brokenOff(err)
	case len(content) > suppression.MaxFile:
		return nil, fault.New(fault.TooLarge, "suppression_file_large", fault.Values{"limit": suppression.MaxFile >> 20})
	}
	if _, err := a.parts.NextPart(); !errors.Is(err, io.EOF) {
		return nil, brokenOff(err)
	}
	_, err = io.Copy(io.Discard, a.rest) // nothing of it may be taken for a next request
	return content, err
}

func (w *site) importSuppressions(v *visit) error {
	if err := access.SuppressPeople.Allow(v.actor()); err != nil {
		return err
	}
	again := onScreen("suppression-files", (*visit).suppressionFilesPage)
	a, err := v.arrives(drained) // a file that is too long for us still gives its form back
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	content, err := a.suppressions()
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	f, err := v.Suppressions.Import(v.UserContext(), v.actor(), bytes.NewReader(content), suppression.Source(a.given.Get("source")), keepable(a.given.Get("reason")))
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	return v.to(suppressionFileURL(f.ID))
}

// suppressionFileBody is one file, the lines of it that were refused, and the
// form that releases it for who may.
type suppressionFileBody struct {
	Path    string
	Row     suppressionFileRow
	Refused []refusedLineRow
	Pages   views.Pages
	Some    bool // of the suppressions hold
	Free    bool
	Holding int64
}

type refusedLineRow struct {
	Line int64
	Why  string
}

func (v *visit) suppressionFilePage() (views.Page, error) {
	no, err := id.ParseSuppressionFile(v.Params("file"))
	if err != nil {
		return views.Page{}, err
	}
	f, err := v.Suppressions.File(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	wrong, err := v.Suppressions.Refused(v.UserContext(), v.actor(), no, after, pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	b := suppressionFileBody{Path: suppressionFileURL(no), Row: v.saidFile(f, names), Some: f.Holding > 0, Holding: f.Holding, Free: f.Holding > 0 && mayBy(access.EndSuppression, v)}
	wrong, b.Pages = paged(v, wrong, func(r suppression.RefusedLine) int64 { return r.Line })
	for _, r := range wrong {
		b.Refused = append(b.Refused, refusedLineRow{r.Line, sentence(r.Code, nil)})
	}
	back := &views.Link{Text: phrase.Say("suppression_files_title", nil), URL: suppressionFilesURL}
	return views.Page{Title: phrase.Say("suppression_file_title", map[string]any{"no": no.String()}), Back: back, Body: b}, err
}

func (w *site) showSuppressionFile(v *visit) error {
	p, err := v.suppressionFilePage()
	if err != nil {
		return err
	}
	return v.show("suppression-file", p)
}

func (w *site) releaseSuppressionFile(v *visit) error {
	v.refused(onScreen("suppression-file", (*visit).suppressionFilePage))
	no, err := id.ParseSuppressionFile(v.Params("file"))
	if err != nil {
		return err
	}
	if _, err := v.Suppressions.ReleaseFile(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
		return err
	}
	return v.to(suppressionFileURL(no))
}
