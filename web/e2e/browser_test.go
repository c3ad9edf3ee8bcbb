package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"forthwith/internal/fault"
	"forthwith/internal/localstack"
	"forthwith/internal/phrase"
)

//go:embed testdata/axe.min.js.gz
var axeGzipped []byte

// browser is one Chromium; each test has a window of its own in it.
type browser struct {
	ctx   context.Context
	close func()
	axe   string
}

func launch() (*browser, error) {
	path, err := localstack.FindBrowser()
	if err != nil {
		return nil, told(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", false),
		// Each window would make the address bar's two pages beforehand, in a process of
		// their own. The others are off by default.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(alloc)
	if err := chromedp.Do(ctx); err != nil {
		endAlloc()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(axeGzipped))
	if err != nil {
		return nil, err
	}
	axe, err := io.ReadAll(unpacked)
	return &browser{ctx: ctx, axe: string(axe), close: func() { endBrowser(); endAlloc() }}, err
}

// told says the sentence of a fault, which names what to type.
func told(err error) error {
	if f, ok := fault.As(err); ok {
		return errors.New(phrase.Say(f.Code, f.Values))
	}
	return err
}

// window is what one person sees.
type window struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	wrong []string // what the browser complained about
}

// view says how a window looks at pages.
type view struct {
	width   int64
	dark    bool
	scripts bool
	print   bool // as on paper
	forced  bool // the colours are the reader's
	still   bool // the reader wants nothing to move
}

// desk is a wide window with scripts.
var desk = view{width: 1280, scripts: true}

// open gives a test a window of its own, with cookies of its own.
func open(t *testing.T, v view) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome.ctx, chromedp.WithNewBrowserContext())
	w := &window{t: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, s := range w.wrong {
			t.Errorf("the browser complained: %s", s)
		}
	})
	if err := chromedp.Listen(ctx, w.listen); err != nil {
		t.Fatal(err)
	}
	w.do(command(log.Enable, cdp.Empty{}), w.look(v))
	return w
}

// listen collects refusals of the content policy and errors of scripts.
func (w *window) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "Failed to load resource: the server responded with a status of 4") {
			w.wrong = append(w.wrong, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		w.wrong = append(w.wrong, e.ExceptionDetails.Text)
	}
}

// command is a command of the protocol as an action.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// look sets what a view says.
func (w *window) look(v view) chromedp.Action[chromedp.Void] {
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: either(v.dark, "dark", "light")},
		{Name: "forced-colors", Value: either(v.forced, "active", "none")},
		{Name: "prefers-reduced-motion", Value: either(v.still, "reduce", "no-preference")},
	}}
	if v.print {
		media.Media = "print"
	}
	return chromedp.Steps(
		chromedp.EmulateViewport(v.width, 900),
		command(emulation.SetEmulatedMedia, media),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !v.scripts}),
	)
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// step bounds one thing that a person does.
const step = 20 * time.Second

func (w *window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, step)
	defer cancel()
	if err := unswapped(func() error { return chromedp.Do(ctx, actions...) }); err != nil {
		w.t.Fatalf("%v, at %s: %s", err, w.where(), w.text())
	}
}

// unswapped tries again what met an element in the moment in which a script put
// another in its place: nothing was pressed or typed then.
func unswapped(act func() error) error {
	for {
		if err := act(); err == nil || !strings.Contains(err.Error(), "No node with given id") {
			return err
		}
	}
}

// read runs an action that gives something.
func read[T any](w *window, a chromedp.Action[T]) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, step)
	defer cancel()
	got, err := chromedp.Run(ctx, a)
	if err != nil {
		w.t.Fatalf("%v, at %s", err, w.where())
	}
	return got
}

// visit goes to an address of the stack, and gives the status.
func (w *window) visit(path string) int64 {
	w.t.Helper()
	return read(w, chromedp.NavigateResponse(up.URL+path)).Status
}

// settle waits until an action has led to another document that is whole. A
// press is lost when a script moves the button between down and up, as a hand
// would notice: then it is pressed once more.
func (w *window) settle(act chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	err := w.leads(act)
	if errors.Is(err, context.DeadlineExceeded) {
		err = w.leads(act)
	}
	if err != nil {
		w.t.Fatalf("%v, at %s: %s", err, w.where(), w.text())
	}
}

func (w *window) leads(act chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(w.ctx, step)
	defer cancel()
	return unswapped(func() error {
		_, err := chromedp.RunResponse(ctx, act)
		return err
	})
}

// click presses a link or button by its words.
func (w *window) click(words string) {
	w.t.Helper()
	w.settle(chromedp.Click(pressable(words)))
}

// clickTo presses the link with these words that leads somewhere under a path.
func (w *window) clickTo(words, under string) {
	w.t.Helper()
	w.settle(chromedp.Click(fmt.Sprintf(`//main//a[contains(normalize-space(.), %q)][starts-with(@href, %q)]`, words, under)))
}

// pressable finds what can be pressed by the words on it.
func pressable(words string) string {
	return fmt.Sprintf(`//main//a[contains(normalize-space(.), %[1]q)] | //main//button[contains(normalize-space(.), %[1]q)] | //nav//a[contains(normalize-space(.), %[1]q)]`, words)
}

// fill types into a field by its name. It is found and filled in one step, so
// that no script can put another in its place in between.
func (w *window) fill(name, text string) {
	w.t.Helper()
	field := `[name="` + name + `"]`
	w.do(chromedp.WaitReady(chromedp.CSS(field)))
	kept := eval[string](w, fmt.Sprintf(`(([where, text]) => {
		const field = document.querySelector(where);
		field.value = text;
		for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
		return field.value;
	})(%s)`, literal(field, text)))
	if kept != strings.ReplaceAll(text, "\r\n", "\n") {
		w.t.Fatalf("%s holds %q, not %q", name, kept, text)
	}
}

// literal writes words as a list that a script reads.
func literal(words ...string) []byte {
	list, err := json.Marshal(words)
	if err != nil {
		panic(err)
	}
	return list
}

// text is what the page says.
func (w *window) text() string {
	ctx, cancel := context.WithTimeout(w.ctx, step)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		w.t.Logf("the page cannot be read: %v", err)
	}
	return text
}

// where is the path that is shown.
func (w *window) where() string {
	url, _ := chromedp.Run(w.ctx, chromedp.Location())
	return strings.TrimPrefix(url, up.URL)
}

// says demands that the page says something.
func (w *window) says(parts ...string) {
	w.t.Helper()
	text := w.text()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.t.Fatalf("%s does not say %q: %s", w.where(), part, text)
		}
	}
}

// eval runs a script of the test's own in the page, and reads what it gives.
func eval[T any](w *window, script string) T {
	w.t.Helper()
	return read(w, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// newIncident opens an incident of a test's own, and gives its path.
func (w *window) newIncident(name string) string {
	w.t.Helper()
	w.visit("/incidents/new")
	w.fill("name", name)
	w.click("Start incident")
	return w.where()
}

// signInAs opens the sample's door and presses a person.
func (w *window) signInAs(name string) {
	w.t.Helper()
	w.visit("/signin?sample=" + up.Door)
	w.click(name)
}
