package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	chromium "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hands are how somebody works: by keys alone, or by a finger on a phone whose
// scripts are off. They count what ui.md counts as clicks.
type hands struct {
	*window
	keys   bool
	clicks int
	folder string // where downloads go
}

// byKeys has no mouse at all; byFinger has no scripts.
func byKeys(t *testing.T, who string) *hands   { return handsOf(t, desk, true, who) }
func byFinger(t *testing.T, who string) *hands { return handsOf(t, view{width: 390}, false, who) }

// handsOf signs somebody in, which is two clicks: the link, and the person.
func handsOf(t *testing.T, v view, keys bool, who string) *hands {
	t.Helper()
	h := &hands{window: open(t, v), keys: keys, clicks: 1, folder: t.TempDir()}
	h.do(chromedp.Func(func(ctx context.Context, p *chromedp.Target) error {
		info, err := cdp.Call(ctx, p, target.GetTargetInfo, target.GetTargetInfoParams{})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, p, chromium.SetDownloadBehavior, chromium.SetDownloadBehaviorParams{Behavior: chromium.SetDownloadBehaviorBehaviorAllow,
			BrowserContextID: info.TargetInfo.BrowserContextID, DownloadPath: h.folder})
		return err
	}))
	h.visit("/signin?sample=" + up.Door)
	h.press(who)
	return h
}

// press presses the first link or button that says something, in the part of the
// page that says where.
func (h *hands) press(words string, where ...string) {
	h.t.Helper()
	h.clicks++
	if h.keys {
		h.tabUntil(words, where)
		h.enter()
		return
	}
	h.settle(chromedp.Click(visible(words, where)))
}

// visible finds what a finger can reach by the words on it.
func visible(words string, where []string) string {
	within := "//main"
	if len(where) > 0 {
		within = fmt.Sprintf(`//main//article[contains(normalize-space(.), %q)]`, where[0])
	}
	return fmt.Sprintf(`(%[1]s//a[contains(normalize-space(.), %[2]q)] | %[1]s//button[contains(normalize-space(.), %[2]q)])[1]`, within, words)
}

// isThere tells whether what has the focus says some words, in the part that says
// where.
const isThere = `((words, where) => { const e = document.activeElement, part = e.closest("article") || document.body;
	return e !== document.body && ["A", "BUTTON"].includes(e.tagName) && !e.closest("header") && (e.innerText || "").includes(words) && (!where || part !== document.body && part.innerText.includes(where)) })(%q, %q)`

// tabUntil presses Tab until something is reached, and sees the focus there.
func (h *hands) tabUntil(words string, where []string) {
	h.t.Helper()
	there := fmt.Sprintf(isThere, words, strings.Join(where, ""))
	for range 300 {
		h.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](h.window, there) {
			if !eval[bool](h.window, shown) {
				h.t.Errorf("the focus on %q is not seen at %s", words, h.where())
			}
			return
		}
	}
	h.t.Fatalf("Tab never reaches %q at %s: %s", words, h.where(), h.text())
}

// into types into a field.
func (h *hands) into(name, text string) {
	h.t.Helper()
	if !h.keys {
		h.fill(name, text)
		return
	}
	h.tabTo("[" + name + "]")
	h.typed(text)
	if got := eval[string](h.window, "document.activeElement.value"); got != text {
		h.t.Errorf("%s holds %q", name, got)
	}
}

// choose takes an option of a select by its value.
func (h *hands) choose(name, value string) {
	h.t.Helper()
	if !h.keys {
		h.fill(name, value)
		return
	}
	h.tabTo("[" + name + "]")
	h.do(chromedp.KeyEvent(kb.Home))
	for range 40 {
		if eval[string](h.window, "document.activeElement.value") == value {
			return
		}
		h.do(chromedp.KeyEvent(kb.ArrowDown))
	}
	h.t.Fatalf("arrow keys never reach %s of %s at %s", value, name, h.where())
}

// code gives the second factor where the page asks for it and none counts.
func (h *hands) code() {
	h.t.Helper()
	if !strings.Contains(h.text(), "You may leave this empty") {
		h.into("code", h.nextCode())
	}
}

// downloaded presses what gives a file, and reads it.
func (h *hands) downloaded(words string) string {
	h.t.Helper()
	h.clicks++
	if h.keys {
		h.tabUntil(words, nil)
		h.do(chromedp.KeyEvent(kb.Enter))
	} else {
		h.do(chromedp.Click(visible(words, nil)))
	}
	for end := time.Now().Add(step); time.Now().Before(end); <-time.After(between) {
		all, err := filepath.Glob(filepath.Join(h.folder, "*.csv"))
		if err != nil {
			h.t.Fatal(err)
		}
		if len(all) == 1 {
			raw, err := os.ReadFile(all[0])
			if err != nil {
				h.t.Fatal(err)
			}
			if len(raw) > 0 { // the browser holds the name with an empty file, and moves the whole one there
				return string(raw)
			}
		}
	}
	h.t.Fatalf("no file came of %q at %s: %s", words, h.where(), h.text())
	return ""
}
