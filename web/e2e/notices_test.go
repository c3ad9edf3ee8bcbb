package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	subject = "variants[0].subject"
	body    = "variants[0].body"
)

// newNotice begins a notice in an incident, and leaves its editor open.
func (w *window) newNotice(incident, name string) string {
	w.t.Helper()
	w.visit(incident + "/notices")
	w.fill("name", name)
	w.click("New notice")
	return w.where()
}

// writes fills the first text.
func (w *window) writes(words string) {
	w.t.Helper()
	w.fill(subject, "About your account")
	w.fill(body, words)
}

// puts sets a field to what nobody could type as fast, or to nothing.
func (w *window) puts(name, text string) {
	w.t.Helper()
	eval[bool](w, fmt.Sprintf(`document.getElementsByName(%q)[0].value = %q; true`, name, text))
}

// presses presses a button by its words alone, where others begin alike.
func (w *window) presses(words string) {
	w.t.Helper()
	w.settle(chromedp.Click(fmt.Sprintf(`//main//button[normalize-space(.)=%q]`, words)))
}

func TestATextIsWrittenSubmittedAndApprovedByDifferentPeople(t *testing.T) {
	bo, ada := open(t, desk), open(t, desk)
	bo.signInAs("Bo")
	ada.signInAs("Ada")
	incident := bo.newIncident("A breach with a notice")
	bo.visit(incident + "/notices")
	bo.says("No notices")
	editor := bo.newNotice(incident, "Addresses exposed")

	bo.writes("Dear {{recipient.nam}},\n\nyour account is {{merge.account}}.")
	bo.presses("Submit")
	bo.says("Fix this", "‘recipient.nam’, line 1, does not exist – not saved – did you mean ‘recipient.name’?")
	bo.holds()
	bo.passesAxe()
	if got := eval[string](bo, `decodeURIComponent(document.querySelector('.govuk-error-summary a').hash)`); got != "#f-"+body {
		t.Errorf("the summary leads to %s", got)
	}
	bo.visit(editor)
	bo.says("Kept for you at")
	if got := eval[string](bo, `document.getElementsByName("`+body+`")[0].value`); !strings.HasPrefix(got, "Dear {{recipient.nam}},") {
		t.Errorf("what was typed is lost: %q", got)
	}
	bo.fill(body, "Dear customer,\n\nyour account is {{merge.account}}.")
	bo.presses("Submit")
	bo.says("‘account’, line 3, is in no list – not submitted")

	bo.fill(body, "Dear customer,\n\nwe **reset** your password.")
	bo.presses("Show preview")
	bo.says("Preview", "About your account")
	bo.holds()
	bo.passesAxe()
	bo.presses("Submit")
	bo.says("In review", "You wrote this – a second person must approve it")
	version := bo.where()

	ada.visit("/")
	ada.click("Review v1")
	if ada.where() != version {
		t.Fatalf("Ada reviews %s", ada.where())
	}
	ada.holds()
	ada.passesAxe()
	ada.click("Approve this text")
	ada.holds()
	ada.passesAxe()
	ada.click("Approve v1")
	ada.says("This needs your second factor")
	ada.fill("code", "000000")
	ada.click("Approve v1")
	ada.says("That code is wrong or used")
	ada.visit(version + "/approve")
	ada.fill("code", ada.nextCode())
	ada.click("Approve v1")
	ada.says("Approved", "Approved by")
	if ada.where() != version {
		t.Errorf("an approval leads to %s", ada.where())
	}
	ada.visit(version + "/approve")
	ada.says("This version stands at ‘Approved’")

	bo.visit(editor)
	bo.says("Approved v1")
	bo.fill(body, "Dear customer,\n\nwe **changed** your password.")
	bo.presses("Save")
	bo.says("Draft v2")
	bo.click("v2")
	bo.says("Compared with v1")
	bo.holds()
	bo.passesAxe()
	if got := eval[string](bo, `[...document.querySelectorAll("del, ins")].map((e) => e.textContent).join("|")`); got != "removed: reset|added: changed" {
		t.Errorf("the redline says %q", got)
	}
	ada.visit(version)
	ada.says("Approved", "There is a newer version")
}

func TestAnOwnTextIsNotApprovedAndAnotherHashNeither(t *testing.T) {
	bo, ada := open(t, desk), open(t, desk)
	bo.signInAs("Bo")
	ada.signInAs("Ada")
	incident := ada.newIncident("A breach with Ada's text")
	ada.newNotice(incident, "Ada's words")
	ada.writes("Ada's words.")
	ada.presses("Submit")
	version := ada.where()
	ada.visit(version + "/approve")
	ada.says("You wrote this – a second person must approve it")
	if eval[bool](ada, `!!document.querySelector("main form")`) {
		t.Error("Ada is offered to approve her own text")
	}
	sent := eval[string](ada, `fetch("`+version+`/approve", {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: new URLSearchParams({
		csrf: document.querySelector("[name=csrf]").value, once: "ada-own-text", code: "000000", sha256: document.querySelector(".fw-whole").innerText})})
		.then(async (r) => r.status + " " + await r.text())`)
	if !strings.HasPrefix(sent, "403 ") || !strings.Contains(sent, "You wrote this") {
		t.Errorf("Ada's approval of her own text is answered %.200s", sent)
	}

	bo.visit(version + "/approve")
	eval[bool](bo, `document.querySelector("[name=sha256]").value = "a".repeat(64); true`)
	bo.click("Approve v1")
	bo.says("This changed under you – nothing was approved – compare, then decide.")
	bo.visit(version)
	bo.click("Send back")
	bo.holds()
	bo.passesAxe()
	bo.click("Send v1 back")
	bo.says("A reason is missing")
	bo.fill("comment", "Say <b>which</b> account.")
	bo.click("Send v1 back")
	bo.says("Sent back by Bo: Say <b>which</b> account.")
	ada.visit("/")
	ada.says("Rework ‘Ada's words’ v1")
}

func TestTwoWhoWriteAtOnceCompare(t *testing.T) {
	bo, ada := open(t, desk), open(t, desk)
	bo.signInAs("Bo")
	ada.signInAs("Ada")
	incident := bo.newIncident("A breach that two write about")
	editor := bo.newNotice(incident, "Written by two")
	bo.writes("First words.")
	bo.presses("Save")
	ada.visit(editor)
	ada.fill(body, "Second words.")
	ada.presses("Save")
	bo.fill(body, "Other words.")
	bo.presses("Submit")
	if said := eval[string](bo, `document.querySelector(".govuk-error-summary").innerText`); !strings.Contains(said, "Ada changed this at") {
		t.Errorf("what is wrong: %s", said)
	}
	bo.says("yours is kept, not saved – compare, then save.")
	bo.holds()
	bo.passesAxe()
	bo.visit(editor)
	bo.says("Ada changed this at", "What differs")
	if got := eval[string](bo, `[...document.querySelectorAll("del, ins")].map((e) => e.textContent).join("|")`); got != "removed: Second|added: Other" {
		t.Errorf("what differs is %q", got)
	}
	bo.presses("Save")
	bo.says("Draft v3")
	if text := bo.text(); strings.Contains(text, "Ada changed this") || strings.Contains(text, "Kept for you") {
		t.Errorf("after it was saved the editor says %s", text)
	}
}

// TestAnEditorWithoutScripts adds, fills and removes texts by buttons alone.
func TestAnEditorWithoutScripts(t *testing.T) {
	w := open(t, view{width: 390})
	w.signInAs("Bo")
	incident := w.newIncident("A breach without scripts")
	w.newNotice(incident, "Without scripts")
	w.writes("Hello.")
	w.presses("Add a text")
	w.fill("variants[1].locale", "fr")
	w.fill("variants[1].jurisdictions", "ca-qc; FR")
	w.fill("variants[1].subject", "Votre compte")
	w.fill("variants[1].body", "Bonjour ")
	w.settle(chromedp.Click(chromedp.CSS(`[value="insert.1"]`)))
	w.says("fr, CA-QC, FR")
	if got := eval[string](w, `document.getElementsByName("variants[1].body")[0].value`); got != "Bonjour {{advice.credit_report}}" {
		t.Errorf("a field was inserted as %q", got)
	}
	w.holds()
	w.presses("Add a text")
	w.says("en, everywhere else")
	w.settle(chromedp.Click(chromedp.CSS(`[value="remove.2"]`)))
	if n := eval[int](w, `document.querySelectorAll("textarea").length`); n != 2 {
		t.Errorf("%d texts are left", n)
	}
	w.fill("variants[1].body", "Bonjour.")
	w.presses("Submit")
	w.says("In review", "Votre compte", "CA-QC, FR")
	w.holds()
	w.fill("variant", "1")
	w.fill("format", "text")
	w.presses("Show")
	if src := eval[string](w, `document.querySelector("iframe").getAttribute("src")`); !strings.Contains(src, "format=text&variant=1") {
		t.Errorf("the frame shows %s", src)
	}
	w.click("Open alone")
	w.says("Bonjour.")
}

func TestWhatANoticeCannotBeIsSaidAtItsField(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Bo")
	incident := w.newIncident("A breach with bad input")
	for name, says := range map[string]string{"": "is empty", strings.Repeat("a", 201): "200"} {
		w.visit(incident + "/notices")
		w.puts("name", name)
		w.click("New notice")
		w.says("Fix this", says)
		w.holds()
	}
	editor := w.newNotice(incident, "<b>\u202eBold\u200b</b>")
	w.says("<b>")
	w.holds()
	for _, c := range []struct{ field, value, says string }{
		{"default_locale", "", "No text is in the default language"},
		{"variants[0].locale", "<b>", "‘<b>’ is no language"},
		{"variants[0].jurisdictions", "Bavaria", "‘BAVARIA’ is no ISO 3166 code"},
		{subject, "", "The subject is empty"},
		{subject, strings.Repeat("s", 201), "The subject is over 200 characters"},
		{body, "", "The text is empty"},
		{body, "One.\n\n<b>Bold</b>", "HTML stands in line 3"},
		{body, strings.Repeat("word ", 30_000), "The text is over 64 KiB"},
	} {
		w.visit(editor)
		w.writes("Words \u202eabc\u202c.")
		w.puts("default_locale", "en")
		w.puts("variants[0].locale", "en")
		w.puts("variants[0].jurisdictions", "")
		w.puts(c.field, c.value)
		w.presses("Save")
		w.says("Fix this", c.says)
		w.holds()
		if got := eval[string](w, `document.getElementsByName(`+fmt.Sprintf("%q", c.field)+`)[0].value`); got != strings.TrimSuffix(c.value, "\n") {
			t.Errorf("%s came back as %.50q", c.field, got)
		}
	}
	w.visit(editor)
	eval[bool](w, `document.querySelector("[name=from_version]").value = "ver_1"; true`)
	w.presses("Show preview")
	w.says("belongs to another notice")
	for path, status := range map[string]int64{
		"/notices/ntc_99999": 404, "/notices/x": 404, "/versions/ver_99999": 404, "/versions/ver_1/approve/x": 404, "/versions/x/frame": 404, "/versions/ver_1/frame?variant=-2": 404,
		"/versions/ver_1?format=x": 404, "/versions/ver_1/frame?recipient=x": 404, "/incidents/inc_99999/notices": 404, "/versions/ver_1/frame?variant=7": 422,
	} {
		if got := w.visit(path); got != status {
			t.Errorf("%s is answered %d, not %d", path, got, status)
		}
	}
}

func TestAPreviewCanDoNothing(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Bo")
	w.visit("/versions/ver_1")
	for _, format := range []string{"html", "text", "phone"} {
		got := eval[string](w, `fetch("/versions/ver_1/frame?format=`+format+`").then((r) => r.headers.get("Content-Security-Policy") + " | " + r.headers.get("X-Frame-Options"))`)
		if got != "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self' | SAMEORIGIN" {
			t.Errorf("%s: %s", format, got)
		}
	}
	masked := eval[string](w, `document.querySelector("[name=recipient]").options[4].innerText`) // after the sample and those who are made up
	if !regexp.MustCompile(`^.?•••@.?•••\.`).MatchString(masked) {
		t.Errorf("a person is shown as %q", masked)
	}
}
