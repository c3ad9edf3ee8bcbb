package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/templates"
)

// changeDesk is every button of the editor. What was typed is kept, saved, or
// saved and submitted.
func (w *site) changeDesk(v *visit) error {
	v.refused(deskAgain)
	no, err := id.ParseNotice(v.Params("notice"))
	if err != nil {
		return err
	}
	draft, from := v.typed()
	switch do := v.field("do"); do {
	case "save":
		if _, err := w.Notices.SaveOver(v.UserContext(), v.actor(), no, from, draft); err != nil {
			return err
		}
		return v.to(noticeURL(no))
	case "submit":
		made, err := w.Notices.SubmitOver(v.UserContext(), v.actor(), no, from, draft)
		if fault.Is(err, "law_open_everywhere") { // it is saved, and legal may answer
			v.refused(func(v *visit, err error) error { return v.versionAgain(made.ID, err) })
		}
		if err != nil {
			return err
		}
		return v.to(versionURL(made.ID))
	default:
		draft, open := v.pressed(draft, do)
		if err := w.Notices.Keep(v.UserContext(), v.actor(), no, from, draft); err != nil {
			return err
		}
		if do == "preview" && v.field("person") != "" {
			return w.deskFor(v, no)
		}
		return v.to(noticeURL(no) + v.stays(do, open))
	}
}

// deskFor shows the text in the editor as somebody gets it whom the form names.
func (w *site) deskFor(v *visit, no id.Notice) error {
	d, err := v.desk()
	if err != nil {
		return err
	}
	person, err := v.namedReader(d.Notice.Incident)
	if err != nil {
		return err
	}
	return v.to(noticeURL(no) + v.shownFor(person))
}

// deskAgain shows the editor as it was sent, with what is wrong.
func deskAgain(v *visit, err error) error {
	p, pageErr := v.deskPage()
	if pageErr != nil {
		return pageErr
	}
	if fault.Is(err, "notice_changed") && p.Notice != nil {
		err = fault.New(fault.Mismatch, "notice_changed_by", v.behind())
		p.Notice = nil
	}
	return v.showAgain("desk", p, err)
}

// behind says who saved a version meanwhile.
func (v *visit) behind() fault.Values {
	d, err := v.desk()
	if err != nil || d.Newest == nil {
		return nil
	}
	return v.changedBy(d, v.names)
}

// mostTexts bounds what is read of a form.
const mostTexts = 300

// typed reads the texts of the form, and the version that they stand over.
func (v *visit) typed() (notice.Draft, id.Version) {
	from, err := id.ParseVersion(v.field("from_version"))
	if err != nil {
		from = 0
	}
	d := notice.Draft{DefaultLocale: v.field("default_locale"), Variants: []notice.Source{}}
	for i := range mostTexts {
		at := textAt(i)
		if !v.form.Has(at + ".body") {
			break
		}
		d.Variants = append(d.Variants, notice.Source{Locale: v.field(at + ".locale"), Jurisdictions: places(v.field(at + ".jurisdictions")),
			Subject: v.field(at + ".subject"), Body: strings.ReplaceAll(v.form.Get(at+".body"), "\r\n", "\n")})
	}
	d.Blocks = v.typedBlocks()
	return d, from
}

// typedBlocks reads the shared paragraphs of the form.
func (v *visit) typedBlocks() (all []notice.Block) {
	for i := range mostTexts {
		at := blockAt(i)
		if !v.form.Has(at + ".body") {
			break
		}
		all = append(all, notice.Block{Name: v.field(at + ".name"), Locale: v.field(at + ".locale"), Body: strings.ReplaceAll(v.form.Get(at+".body"), "\r\n", "\n")})
	}
	return all
}

// places reads codes with commas or spaces between them.
func places(text string) []string {
	return strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
}

// pressed does what a button of the editor asks for, and says which text is
// then open.
func (v *visit) pressed(d notice.Draft, do string) (notice.Draft, int) {
	verb, number, _ := strings.Cut(do, ".")
	i, err := strconv.Atoi(number)
	there := err == nil && i >= 0 && i < len(d.Variants)
	switch {
	case verb == "add":
		d.Variants = append(d.Variants, notice.Source{Locale: d.DefaultLocale})
		return d, len(d.Variants) - 1
	case verb == "starter":
		if s, found := templates.Find(v.field("starter")); found {
			open := len(d.Variants)
			d = d.With(s)
			return d, min(open, len(d.Variants)-1)
		}
	case verb == "addblock":
		d.Blocks = append(d.Blocks, notice.Block{Locale: d.DefaultLocale})
	case verb == "removeblock" && err == nil && i >= 0 && i < len(d.Blocks):
		d.Blocks = slices.Delete(d.Blocks, i, i+1)
	case verb == "remove" && there:
		d.Variants = append(d.Variants[:i], d.Variants[i+1:]...)
		return d, 0
	case verb == "insert" && there:
		d.Variants[i].Body = notice.Insert(d.Variants[i].Body, v.field(textAt(i)+".field"))
		return d, i
	}
	return d, v.shownText(len(d.Variants))
}

// shownText is the text that the preview shows.
func (v *visit) shownText(count int) int {
	if i, err := strconv.Atoi(v.field("variant")); err == nil && i >= 0 && i < count {
		return i
	}
	return 0
}

// chosen is what the form says of its preview, without what no preview has.
func (v *visit) chosen() url.Values {
	q := url.Values{}
	if _, err := notice.ParseSomeone(v.field("recipient")); err == nil && v.field("recipient") != "" {
		q.Set("recipient", v.field("recipient"))
	}
	if format := v.field("format"); slices.Contains(formats, format) {
		q.Set("format", format)
	}
	if n, err := strconv.Atoi(v.field("variant")); err == nil && n >= 0 {
		q.Set("variant", strconv.Itoa(n))
	}
	return q
}

// stays gives the address of the editor as it was left.
func (v *visit) stays(do string, open int) string {
	q := v.chosen()
	q.Set("open", strconv.Itoa(open))
	if do == "" || do == "preview" {
		return "?" + q.Encode() + "#preview"
	}
	if verb, _, _ := strings.Cut(do, "."); verb == "addblock" || verb == "removeblock" {
		return "?" + q.Encode() + "#blocks"
	}
	q.Del("variant")
	return "?" + q.Encode() + "#f-" + url.PathEscape(textAt(open))
}
