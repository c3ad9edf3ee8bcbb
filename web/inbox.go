package web

import (
	"html/template"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/inbox"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Inbox is the capture inbox of a stack with the sample.
type Inbox interface {
	Count() int64
	Entries(after int64, limit int) ([]inbox.Entry, error)
	Message(number int64) ([]byte, error)
}

func (w *site) inboxRoutes(app *fiber.App) {
	if w.Inbox == nil {
		return
	}
	w.get(app, "/inbox", forReaders(w.listInbox))
	w.get(app, "/inbox/:number", forReaders(w.showLetter))
	w.get(app, "/inbox/:number/frame", forReaders(w.frameLetter))
}

// forReaders refuses those who see nobody's data: letters name people.
func forReaders(h handler) handler {
	return func(v *visit) error {
		if err := access.ReadIncident.Allow(v.actor()); err != nil {
			return err
		}
		return h(v)
	}
}

type inboxBody struct {
	Rows         []letterRow
	Count        int64
	Newer, Older string
	MayRead      bool
}

type letterRow struct {
	URL, To, Subject string
	At               views.When
}

// listInbox shows what people received, the newest first.
func (w *site) listInbox(v *visit) error {
	b := inboxBody{Count: w.Inbox.Count()}
	end := b.Count
	if n, err := strconv.ParseInt(v.Query("cursor"), 10, 64); err == nil && n > 0 && n < end {
		end = n
		b.Newer = "/inbox"
	}
	begin := max(end-pageLength, 0)
	entries, err := w.Inbox.Entries(begin, int(end-begin))
	if err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		row, err := v.letterRow(entries[i])
		if err != nil {
			return err
		}
		b.Rows = append(b.Rows, row)
	}
	if begin > 0 {
		b.Older = "/inbox?cursor=" + strconv.FormatInt(begin, 10)
	}
	return v.show("inbox", views.Page{Title: phrase.Say("inbox_title", nil), Body: b})
}

func (v *visit) letterRow(e inbox.Entry) (letterRow, error) {
	row := letterRow{URL: "/inbox/" + strconv.FormatInt(e.Number, 10), To: e.Recipient, At: v.when(e.ReceivedAt)}
	raw, err := v.Inbox.Message(e.Number)
	if err != nil {
		return row, err
	}
	l, _ := inbox.Read(raw) // what cannot be read has no subject here; its source is shown
	row.Subject = orDash(l.Subject)
	return row, nil
}

type letterBody struct {
	inbox.Letter
	Frame  string
	Source string
	SHA256 string
	At     views.When
}

func (v *visit) letter() (int64, inbox.Letter, []byte, error) {
	n, err := strconv.ParseInt(v.Params("number"), 10, 64)
	if err != nil {
		return 0, inbox.Letter{}, nil, errMissing
	}
	raw, err := v.Inbox.Message(n)
	if err != nil {
		return n, inbox.Letter{}, nil, err
	}
	l, _ := inbox.Read(raw)
	return n, l, raw, nil
}

func (w *site) showLetter(v *visit) error {
	n, l, raw, err := v.letter()
	if err != nil {
		return err
	}
	entries, err := w.Inbox.Entries(n-1, 1)
	if err != nil || len(entries) == 0 {
		return err
	}
	b := letterBody{Letter: l, Frame: v.Path() + "/frame", Source: string(raw), SHA256: entries[0].SHA256, At: v.when(entries[0].ReceivedAt)}
	return v.show("letter", views.Page{Title: orDash(l.Subject), Back: &views.Link{Text: phrase.Say("inbox_title", nil), URL: "/inbox"}, Body: b})
}

// framePolicy shuts a document of ours into a frame: no script, no form, no
// picture from elsewhere.
const framePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

// frameLetter gives the HTML of a captured message, for its frame.
func (w *site) frameLetter(v *visit) error {
	_, l, _, err := v.letter()
	if err != nil {
		return err
	}
	return v.frame(l.HTML)
}

// frame answers with a document that stands in a sandboxed frame.
func (v *visit) frame(html string) error {
	v.Set(fiber.HeaderContentSecurityPolicy, framePolicy)
	v.Set(fiber.HeaderXFrameOptions, "SAMEORIGIN")
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if html == "" {
		html = template.HTMLEscapeString(phrase.Say("no_html_part", nil))
	}
	return v.SendString(html)
}
