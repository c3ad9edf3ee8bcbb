package web

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/notice"
)

func TestSharedParagraphsAreOfferedBesideFields(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	texts := []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "S", Body: "B"}, {Locale: "de", Jurisdictions: []string{}, Subject: "S", Body: "B"}}
	bare := r.written(by, in, notice.Draft{DefaultLocale: "en", Variants: texts})
	b := r.signedIn(cem)
	page := b.get(noticeURL(bare.Notice)).body
	for _, want := range []string{"fields and 0 shared paragraphs", "Shared paragraphs are offered here as well: add one below", "There is no shared paragraph yet"} {
		if !strings.Contains(text(page), want) {
			t.Errorf("without any, no %q", want)
		}
	}
	if strings.Contains(page, `<optgroup label="Shared`) {
		t.Error("a heading stands over nothing")
	}
	v, err := r.notices().Save(t.Context(), by, bare.Notice, bare.ID, notice.Draft{DefaultLocale: "en", Variants: texts, Blocks: []notice.Block{
		{Name: "reach_us", Locale: "en", Body: "Write to us,\n\nwhenever you like, by letter or by *e-mail*."}, {Name: "reach_us", Locale: "de", Body: "Schreiben Sie uns."}, {Name: "nur_hier", Locale: "de", Body: "Nur hier."}}})
	if err != nil {
		t.Fatal(err)
	}
	path := noticeURL(v.Notice)
	page = html.UnescapeString(b.get(path).body)
	for i, want := range []string{
		`<optgroup label="Shared paragraphs"><option value="block reach_us">reach_us: Write to us, whenever you like, by …</option></optgroup>`,
		`<optgroup label="Shared paragraphs"><option value="block reach_us">reach_us: Schreiben Sie uns.</option><option value="block nur_hier">nur_hier: Nur hier.</option></optgroup>`,
	} {
		_, offered, _ := strings.Cut(page, `name="`+textAt(i)+`.field"`)
		offered, _, _ = strings.Cut(offered, "</select>")
		if !strings.Contains(offered, want) || !strings.Contains(offered, `<optgroup label="Fields"><option value="`) {
			t.Errorf("text %d is offered %s", i, offered)
		}
	}
	if !strings.Contains(page, `<code>{{block nur_hier}}</code> <span class="fw-muted">de</span> <span dir="auto">Nur hier.</span>`) || strings.Contains(page, "offered here as well") {
		t.Error("they cannot be read in the palette")
	}
	form := url.Values{"do": {"insert.1"}, "default_locale": {"en"}, "blocks[0].name": {"nur_hier"}, "blocks[0].locale": {"de"}, "blocks[0].body": {"Nur hier."}}
	for i, s := range texts {
		form[textAt(i)+".locale"], form[textAt(i)+".subject"], form[textAt(i)+".body"], form[textAt(i)+".field"] = []string{s.Locale}, []string{"S"}, []string{"B"}, []string{"block nur_hier"}
	}
	if got := b.submit(path, path, form); got.status != 303 {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	if page := b.get(path).body; strings.Count(page, "\nB\n\n{{block nur_hier}}\n</textarea>") != 1 {
		t.Error("it is not below the text that asked for it")
	}
}

func TestFirstWordsTellWhichParagraphItIs(t *testing.T) {
	for body, want := range map[string]string{
		"":                                 "no words yet",
		"  Write\n\nto us. ":               "Write to us.",
		strings.Repeat("é", 41):            strings.Repeat("é", 40) + "…",
		strings.Repeat("ab ", 9):           "ab ab ab ab ab ab ab ab ab",
		strings.Repeat("éèê ", 11) + "end": strings.TrimSpace(strings.Repeat("éèê ", 10)) + " …",
	} {
		if got := firstWords(notice.Block{Body: body}); got != want {
			t.Errorf("%q: %q", body, got)
		}
	}
}
