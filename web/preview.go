package web

import (
	"cmp"
	"html"
	"net/url"
	"slices"
	"strconv"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// previewBody is a text as one person gets it, and what else can be chosen.
type previewBody struct {
	Variants, Readers, Formats []views.Option
	To, Subject                string
	Title                      string
	Problem                    string // why there is nothing to show
	Frame                      string
	Phone                      bool
}

// choice is what a preview shows. Variant -1 is the text that the person gets.
type choice struct {
	reader  notice.Someone
	variant int
	format  string
}

// formats are the ways that a text is shown.
var formats = []string{"html", "text", "phone"}

// choice reads what was asked for.
func (v *visit) choice() (choice, error) {
	asked := func(name string) string { return v.Query(name) }
	if v.form != nil { // shown again: as it was
		asked = v.chosen().Get
	}
	c := choice{variant: -1, format: cmp.Or(asked("format"), "html")}
	var err error
	if c.reader, err = notice.ParseSomeone(asked("recipient")); err != nil {
		return c, errMissing
	}
	if text := asked("variant"); text != "" {
		if c.variant, err = strconv.Atoi(text); err != nil || c.variant < 0 {
			return c, errMissing
		}
	}
	if !slices.Contains(formats, c.format) {
		return c, errMissing
	}
	return c, nil
}

// query gives the choice as an address says it.
func (c choice) query() string {
	q := url.Values{"format": {c.format}}
	if c.reader != (notice.Someone{}) {
		q.Set("recipient", c.reader.String())
	}
	if c.variant >= 0 {
		q.Set("variant", strconv.Itoa(c.variant))
	}
	return "?" + q.Encode()
}

// preview shows a text as it is chosen; a text that cannot be made says why.
func (v *visit) preview(path string, in id.Incident, texts []notice.Source, show func(choice) (notice.Shown, error)) (previewBody, error) {
	c, err := v.choice()
	if err != nil {
		return previewBody{}, err
	}
	b := previewBody{Frame: path + "/frame" + c.query(), Phone: c.format == "phone"}
	if err := b.offer(v, in, texts, c); err != nil {
		return b, err
	}
	shown, err := show(c)
	if f, ok := fault.As(err); ok && f.Kind == fault.Invalid {
		b.Problem = phrase.Say("preview_none", map[string]any{"why": sentence(f.Code, f.Values)})
		return b, nil
	}
	b.Subject = shown.Message.Subject
	b.Title = phrase.Say("preview_frame", map[string]any{"name": textName(shown.Source.Locale, shown.Source.Jurisdictions)})
	return b, err
}

// offer lists what can be chosen.
func (b *previewBody) offer(v *visit, in id.Incident, texts []notice.Source, c choice) error {
	b.Variants = []views.Option{{Text: phrase.Say("variant_theirs", nil), Chosen: c.variant < 0}}
	for i, s := range texts {
		b.Variants = append(b.Variants, views.Option{Value: strconv.Itoa(i), Text: textName(s.Locale, s.Jurisdictions), Chosen: i == c.variant})
	}
	for _, f := range []string{"html", "text", "phone"} {
		b.Formats = append(b.Formats, views.Option{Value: f, Text: phrase.Say("format_"+f, nil), Chosen: f == c.format})
	}
	people, err := v.readers(in, c.reader.Person)
	if err != nil {
		return err
	}
	for _, m := range append([]notice.MadeUp{""}, notice.MadeUps...) {
		o := views.Option{Value: string(m), Text: phrase.Say("reader_sample", nil), Chosen: c.reader == notice.Someone{MadeUp: m}}
		if m != "" {
			o.Text = phrase.Say("reader_"+string(m), nil)
		}
		if b.Readers = append(b.Readers, o); o.Chosen {
			b.To = o.Text
		}
	}
	for _, p := range people {
		o := views.Option{Value: p.ID.String(), Text: readerName(p), Chosen: p.ID == c.reader.Person}
		if b.Readers = append(b.Readers, o); o.Chosen {
			b.To = masked(p)
		}
	}
	return nil
}

func (w *site) frameDesk(v *visit) error {
	no, err := id.ParseNotice(v.Params("notice"))
	if err != nil {
		return err
	}
	return v.frameText(func(c choice) (notice.Shown, error) {
		return w.Texts.PreviewDesk(v.UserContext(), v.actor(), no, c.reader, c.variant)
	})
}

// frameText answers with the text itself, as a document of its own.
func (v *visit) frameText(show func(choice) (notice.Shown, error)) error {
	c, err := v.choice()
	if err != nil {
		return err
	}
	shown, err := show(c)
	if err != nil {
		return err
	}
	if c.format == "text" {
		return v.frame(plainDocument(shown))
	}
	return v.frame(shown.Message.HTML)
}

// plainDocument shows the text part, which is no HTML, as it is.
func plainDocument(s notice.Shown) string {
	return `<!doctype html><html lang="` + html.EscapeString(s.Source.Locale) + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>` +
		html.EscapeString(s.Message.Subject) + `</title><style>body{margin:16px;background:#fff;color:#14202b}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,Menlo,Consolas,monospace}</style></head><body><pre dir="auto">` +
		string(views.Reveal(s.Message.Text)) + `</pre></body></html>`
}
