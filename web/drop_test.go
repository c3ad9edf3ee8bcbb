package web

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/notice"
)

func TestAKeptDraftIsDroppedByItsAuthorAlone(t *testing.T) {
	r := newRig(t)
	cem, ada, dee := r.hire("cem", access.Ops), r.hire("ada", access.Legal), r.hire("dee", access.Auditor)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	v := r.written(by, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "S", Body: "Saved words."}}})
	path := "/notices/" + v.Notice.String()
	writers := []*browser{r.signedIn(cem), r.signedIn(ada)}
	for i, b := range writers {
		typed := url.Values{"do": {"preview"}, "default_locale": {"en"}, "variants[0].locale": {"en"}, "variants[0].subject": {"S"}, "variants[0].body": {[]string{"Cem typed.", "Ada typed."}[i]}}
		if got := b.submit(path, path, typed); got.status != 303 {
			t.Fatalf("kept: %d %s", got.status, text(got.body))
		}
	}
	b := writers[0]
	if page := b.get(path).body; !strings.Contains(page, path+"/drop") {
		t.Error("the editor does not lead there")
	}
	page := b.get(path + "/drop")
	if page.status != 200 || !strings.Contains(page.body, "Cem") || !strings.Contains(page.body, "is lost") || strings.Contains(page.body, "Ada typed") {
		t.Errorf("%d %s", page.status, text(page.body))
	}
	if got := r.signedIn(dee).submit(path+"/drop", path+"/drop", nil); got.status != 403 {
		t.Errorf("an auditor: %d", got.status)
	}
	if got := b.post(path+"/drop", fields(page.body)); got.status != 303 {
		t.Fatalf("dropped: %d %s", got.status, text(got.body))
	}
	if page := b.get(path).body; strings.Contains(page, "Cem typed") || !strings.Contains(page, "Saved words") {
		t.Error("it is there still")
	}
	if page := text(b.get(path + "/drop").body); !strings.Contains(page, "Nothing is kept") {
		t.Errorf("afterwards: %s", page)
	}
	if page := writers[1].get(path).body; !strings.Contains(page, "Ada typed") {
		t.Error("the other author lost theirs")
	}
	for _, wrong := range []string{"/notices/ntc_99/drop", "/notices/x/drop"} {
		if got := b.get(wrong); got.status != 404 {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
}

func TestSignsThatNobodySeesAreShownAndWarnedOf(t *testing.T) {
	r := newRig(t)
	cem := r.hire("cem", access.Ops)
	by := access.Actor{User: cem.User.ID, Role: access.Ops}
	in, _ := r.imported(by, fourPeople, fourMapping)
	v := r.written(by, in, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "S", Body: "One.\n\nPay \u202egpj\u202c to us\u200b."}}})
	b := r.signedIn(cem)
	page := html.UnescapeString(b.get("/versions/" + v.ID.String()).body)
	for _, want := range []string{"(U+202E) stands in line 3 of the en text", "(U+200B)"} {
		if !strings.Contains(page, want) {
			t.Errorf("the version does not say %s", want)
		}
	}
	if frame := b.get("/versions/" + v.ID.String() + "/frame?format=text").body; !strings.Contains(frame, "<mark>[U+202E]</mark>gpj") || strings.Contains(frame, "\u202e") {
		t.Errorf("the text: %s", frame)
	}
	notices := r.notices()
	kept := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "S", Body: "<b>\u2066x"}}}
	if err := notices.Keep(t.Context(), by, v.Notice, v.ID, kept); err != nil {
		t.Fatal(err)
	}
	if page := b.get("/notices/" + v.Notice.String() + "/drop").body; !strings.Contains(page, "<mark>[U+2066]</mark>") || strings.Contains(page, "<b>") {
		t.Errorf("the redline: %s", page)
	}
	if page := html.UnescapeString(b.get("/notices/" + v.Notice.String()).body); !strings.Contains(page, "(U+2066)") {
		t.Error("the editor does not warn")
	}
}
