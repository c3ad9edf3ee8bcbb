package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused is what has the focus: its words, or the name of a field.
const focused = `(() => { const e = document.activeElement; return (e.getAttribute("name") || "") + "|" + (e.innerText || "").trim() })()`

// shown tells whether the focus can be seen where it is.
const shown = `(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	return r.width > 0 && r.height > 0 && (s.outlineStyle !== "none" || s.boxShadow !== "none") })()`

// tabTo presses Tab until something has the focus, by its words or, as [name],
// by the name of a field, and demands that the focus
// could be seen on the way.
func (w *window) tabTo(words string) {
	w.t.Helper()
	for range 120 {
		w.do(chromedp.KeyEvent(kb.Tab))
		name, text, _ := strings.Cut(eval[string](w, focused), "|")
		if "["+name+"]" == words || strings.Contains(text, words) && len(text) < 200 {
			if !eval[bool](w, shown) {
				w.t.Errorf("the focus on %q is not seen", words)
			}
			return
		}
	}
	w.t.Fatalf("Tab never reaches %q at %s", words, w.where())
}

// enter presses Enter on what has the focus.
func (w *window) enter() {
	w.t.Helper()
	w.settle(chromedp.KeyEvent(kb.Enter))
}

// typed types into what has the focus.
func (w *window) typed(text string) {
	w.t.Helper()
	w.do(chromedp.KeyEvent(text))
}

func TestOnePersonIsLookedUpByKeyboard(t *testing.T) {
	w := open(t, desk)
	w.visit("/signin?sample=" + up.Door)
	w.tabTo("Fay")
	w.enter()
	w.says("You can look up one person")
	w.tabTo("Look up")
	w.enter()
	w.tabTo("[email]")
	w.typed("nobody@example.com")
	w.tabTo("Look up")
	w.enter()
	w.says("A reason is missing")
	if got := eval[string](w, `document.activeElement.className`); !strings.Contains(got, "error-summary") {
		t.Errorf("the summary has not the focus: %s", got)
	}
	w.tabTo("A reason is missing")
	w.do(chromedp.Click(`//a[contains(., "A reason is missing")]`))
	if got := eval[string](w, `document.activeElement.name`); got != "reason" {
		t.Errorf("the summary leads to %q", got)
	}
	w.typed("caller asks")
	w.enter()
	w.says("Nobody has this address – the look-up is recorded – check the spelling.")
}

func TestTheSkipLinkLeadsToTheContent(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Ada")
	w.tabTo("Skip to the content")
	w.do(chromedp.KeyEvent(kb.Enter))
	if got := eval[string](w, `document.activeElement.id || location.hash`); got != "main" && got != "#main" {
		t.Errorf("it leads to %q", got)
	}
}

func TestAKeyLeadsToItsPageUnlessSomebodyTypes(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Fay")
	w.settle(chromedp.KeyEvent("?"))
	w.says("unless you are typing")
	w.settle(chromedp.KeyEvent("l"))
	if w.where() != "/lookup" {
		t.Fatalf("l leads to %s", w.where())
	}
	w.tabTo("[email]")
	w.typed("h?l@example.com")
	if got := eval[string](w, `document.activeElement.value`); got != "h?l@example.com" || w.where() != "/lookup" {
		t.Errorf("typing led to %s, %q", w.where(), got)
	}
}
