//go:build conformance

package e2e

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watchful is a window of legal's that notes whatever a page does of itself.
func watchful(t *testing.T) *window {
	t.Helper()
	w := open(t, desk)
	if err := chromedp.Listen(w.ctx, w.notes); err != nil {
		t.Fatal(err)
	}
	w.do(command(network.Enable, network.EnableParams{}), command(page.Enable, page.EnableParams{}), command(runtime.Enable, cdp.Empty{}))
	w.signInAs("Ada")
	return w
}

// notes keeps dialogs, words on the console, and requests to other hosts.
func (w *window) notes(event any) {
	found := ""
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		found = "a dialog was opened: " + e.Message
		go func() {
			_ = chromedp.Do(w.ctx, command(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
		}()
	case *runtime.EventConsoleAPICalled:
		found = "a script wrote to the console"
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, up.URL+"/") && !strings.HasPrefix(e.Request.URL, "about:") {
			found = "something was asked for: " + e.Request.URL
		}
	}
	if found != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.wrong = append(w.wrong, found)
	}
}

// acts tells what in a document could act.
func acts(n *cdp.Node) (found []string) {
	for i := 0; i+1 < len(n.Attributes); i += 2 {
		name, value := strings.ToLower(n.Attributes[i]), n.Attributes[i+1]
		if strings.HasPrefix(name, "on") || name == "srcdoc" || targets[name] && actingLink.MatchString(value) {
			found = append(found, fmt.Sprintf("%s %s=%q", n.NodeName, name, value))
		}
	}
	inner := n.Children
	if n.TemplateContent != nil {
		inner = append(inner, n.TemplateContent)
	}
	for _, c := range inner {
		found = append(found, acts(c)...)
	}
	return found
}

var (
	targets    = map[string]bool{"src": true, "href": true, "action": true, "formaction": true, "xlink:href": true}
	actingLink = regexp.MustCompile(`(?i)^\s*(javascript|data|vbscript):`)
	inLetters  = regexp.MustCompile(`^(#text|#document|html|HTML|HEAD|META|TITLE|BODY|TABLE|THEAD|TBODY|TR|TD|TH|H[1-6]|P|UL|OL|LI|A|BDI|EM|STRONG|DEL|CODE|PRE|BLOCKQUOTE|BR|HR|STYLE|MARK|SPAN)$`)
)

// foreign are the elements of a text that no text of ours has.
func foreign(n *cdp.Node) (found []string) {
	if !inLetters.MatchString(n.NodeName) {
		found = append(found, "an element "+n.NodeName)
	}
	for _, c := range n.Children {
		found = append(found, foreign(c)...)
	}
	return found
}

// inspect visits a page and tells what it did, by its address. A text that is
// shown in a frame is visited as a page: there no script may run, so that only the
// browser itself is asked what it holds.
func (w *window) inspect(path string) {
	w.t.Helper()
	w.mu.Lock()
	before := len(w.wrong)
	w.mu.Unlock()
	if status := w.visit(path); status != http.StatusOK {
		w.t.Errorf("%s is answered with %d", path, status)
	}
	all := int64(-1)
	shown, err := chromedp.Call(w.ctx, dom.GetDocument, dom.GetDocumentParams{Depth: &all})
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	found := acts(shown.Root)
	if strings.Contains(path, "/frame") {
		found = append(found, foreign(shown.Root)...)
	} else if eval[bool](w, `window.__acted !== undefined`) {
		found = append(found, "a canary that ran")
	}
	if shown.Root.DocumentURL != up.URL+path {
		w.t.Errorf("%s leads to %s by itself", path, shown.Root.DocumentURL)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, wrong := range append(found, w.wrong[before:]...) {
		w.t.Errorf("%s: %s", path, wrong)
	}
	w.wrong = w.wrong[:before]
}
