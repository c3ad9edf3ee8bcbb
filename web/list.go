package web

import (
	"context"
	"strconv"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// listBody is one list with its provenance. What it holds besides depends on
// its state.
type listBody struct {
	URL, Incident string
	List          intake.List
	State         views.Said
	Size, Who     string
	At            views.When
	Imported      *views.When
	MayImport     bool
	Mapping       *mappingBody  // while it waits
	Progress      int           // percent, while it is imported
	Sum           *views.Sum    // once it is imported
	Read          []answer      // how it was read
	Refused       []refusedRow  // why rows were refused
	Failure       string        // why it came to nothing, or was not withdrawn
	TakenBack     string        // by whom, and why
	Changes       bool          // it can be withdrawn
	Compares      bool          // there are lists to compare it with
	Discard       discardPhrase // of the page that gives it up
}

type discardPhrase struct{ Sentence, Do string }

// refusedRow is a reason with how many rows it met, and the first of them.
type refusedRow struct {
	Why, First string
	Rows       int64
}

// list reads the one that a path names.
func (v *visit) list() (intake.List, error) {
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return intake.List{}, err
	}
	return v.Lists.Get(v.UserContext(), v.actor(), no)
}

func (w *site) showList(v *visit) error {
	l, err := v.list()
	if err != nil {
		return err
	}
	if l.State == intake.Awaiting {
		return v.showWaiting(l)
	}
	p, err := v.listPage(l)
	if err != nil {
		return err
	}
	if l.State == intake.Importing || l.Leaving() {
		v.Set("Refresh", strconv.Itoa(pollEvery))
	}
	return v.show("list", p)
}

// listPage is a page about a list that waits no more.
func (v *visit) listPage(l intake.List) (views.Page, error) {
	b, p, err := v.listHead(l)
	if err != nil {
		return p, err
	}
	b.Progress = int(l.Progress() * 100)
	if l.Failure != nil {
		b.Failure = sentence(l.Failure.Code, l.Failure.Values)
	}
	if l.State == intake.Imported || l.State == intake.Withdrawn {
		sum := listSum(l.Counts)
		b.Sum, b.Read, b.Imported = &sum, readAnswers(l), v.whenSet(&l.ImportedAt)
		if b.Refused, err = v.refusedRows(l); err == nil {
			err = v.listChanges(&b, l)
		}
		if err != nil {
			return p, err
		}
	}
	p.Body = b
	return p, nil
}

// listChanges says what became of a list after its import, and what still may.
func (v *visit) listChanges(b *listBody, l intake.List) error {
	if w := l.Withdrawal; w != nil {
		names, err := v.people()
		if err != nil {
			return err
		}
		b.TakenBack = v.takenBack(l, names.of(w.By))
	}
	b.Changes = b.MayImport && l.State == intake.Imported && l.Withdrawal == nil
	others, err := v.comparable(l)
	b.Compares = len(others) > 0
	return err
}

// listHead is what every page about a list begins with.
func (v *visit) listHead(l intake.List) (listBody, views.Page, error) {
	bar, s, err := v.bar(l.Incident, partLists)
	if err != nil {
		return listBody{}, views.Page{}, err
	}
	names, err := v.people()
	b := listBody{URL: listURL(l.ID), Incident: incidentURL(l.Incident), List: l, State: saidList(l.State), Size: sizeWords(l.Bytes), Who: names.of(l.UploadedBy),
		At: v.when(l.UploadedAt), MayImport: v.mayIn(access.ImportLists, s)}
	back := &views.Link{Text: phrase.Say("lists_title", nil), URL: b.Incident + "/lists"}
	return b, views.Page{Title: l.Name, Bar: bar, Back: back, Body: b}, err
}

// sizeWords says a number of bytes in the largest unit that fits.
func sizeWords(n int64) string {
	switch {
	case n < 1000:
		return phrase.Say("size_bytes", map[string]any{"n": n})
	case n < 1000_000:
		return phrase.Say("size_kb", map[string]any{"n": (n + 500) / 1000})
	}
	return phrase.Say("size_mb", map[string]any{"n": float64((n+50_000)/100_000) / 10})
}

// readAnswers says how a file was read and what its columns became.
func readAnswers(l intake.List) []answer {
	d := l.Dialect
	all := dialectAnswers(d)
	if d.Packing != "" {
		all = append(all, answer{Name: phrase.Say("label_packing", nil), Text: string(d.Packing)})
	}
	for i, t := range l.Mapping {
		all = append(all, answer{Name: l.Columns[i], Text: useWords(t)})
	}
	return all
}

func (v *visit) refusedRows(l intake.List) ([]refusedRow, error) {
	all, err := v.Lists.Refused(v.UserContext(), v.actor(), l.ID)
	var rows []refusedRow
	for _, r := range all {
		rows = append(rows, refusedRow{Why: reasonWords(r.Reason), Rows: r.Rows, First: firstOf(r, len(l.Columns))})
	}
	return rows, err
}

func (w *site) showDiscard(v *visit) error {
	l, err := v.list()
	if err != nil {
		return err
	}
	p, err := v.discardPage(l)
	if err != nil {
		return err
	}
	return v.show("list-discard", p)
}

func (v *visit) discardPage(l intake.List) (views.Page, error) {
	b, p, err := v.listHead(l)
	if err != nil {
		return p, err
	}
	form := "discard"
	if l.State == intake.Importing {
		form = "cancel_import"
	}
	b.Discard = discardPhrase{Sentence: phrase.Say(form+"_sentence", nil), Do: phrase.Say(form+"_do", nil)}
	b.MayImport = b.MayImport && (l.State == intake.Awaiting || l.State == intake.Importing)
	p.Title, p.Body = phrase.Say(form+"_title", map[string]any{"name": l.Name}), b
	p.Back = &views.Link{Text: l.Name, URL: b.URL}
	return p, nil
}

func (w *site) discardList(v *visit) error {
	v.refused(func(v *visit, err error) error {
		l, readErr := v.list()
		if readErr != nil {
			return readErr
		}
		p, pageErr := v.discardPage(l)
		if pageErr != nil {
			return pageErr
		}
		return v.showAgain("list-discard", p, err)
	})
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return err
	}
	l, err := w.Lists.Cancel(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	return v.to(incidentURL(l.Incident) + "/lists")
}

// downloadRejects streams the refused rows. That they were read is recorded.
func (w *site) downloadRejects(v *visit) error {
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return err
	}
	file, err := w.Lists.Rejects(context.WithoutCancel(v.UserContext()), v.actor(), no, false)
	if err != nil {
		return err
	}
	return httpguard.SendFile(v.Ctx, file.Type, "rejects-"+no.String()+"."+file.Extension, file.Write)
}
