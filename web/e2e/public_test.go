package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"forthwith/internal/phrase"
)

// visitPublic goes to the page of people whom nobody knows.
func (w *window) visitPublic(path string) {
	w.t.Helper()
	if status := read(w, chromedp.NavigateResponse(up.Public+path)).Status; status != 200 {
		w.t.Fatalf("%s: %d", path, status)
	}
}

var printedCode = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}`)

// codeOfALetter takes the code out of the first letter of the capture inbox.
func codeOfALetter(t *testing.T) string {
	t.Helper()
	bo := newScene(t).people["Bo"]
	code := printedCode.FindString(bo.get("/inbox/1/frame").body)
	if code == "" {
		t.Fatal("the first letter has no code")
	}
	return code
}

// types puts a code into the field that people see: the buttons of the languages
// carry another of that name.
func (w *window) types(code string) {
	w.t.Helper()
	eval[string](w, "document.getElementById('code').value = "+string(literal(code))+"[0]")
}

// careful demands of a public page what every page promises, but for the name of
// the program: the reader knows the organisation and not it.
func (w *window) careful() {
	w.t.Helper()
	for _, wrong := range eval[[]string](w, acceptance) {
		if wrong != "title "+eval[string](w, "document.title") {
			w.t.Errorf("%s at %d px: %s", w.where(), eval[int](w, "innerWidth"), wrong)
		}
	}
}

// TestSomebodyChecksTheirNotice types the code of a letter, as somebody would,
// with scripts and without.
func TestSomebodyChecksTheirNotice(t *testing.T) {
	code := codeOfALetter(t)
	sloppy := strings.ToLower(strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(code))
	for _, v := range []view{desk, {width: 390}} {
		w := open(t, v)
		w.visitPublic("/?lang=en")
		w.careful()
		w.click("Check")
		w.says("Type the code that stands in the notice.")
		w.careful()
		w.types(sloppy)
		w.click("Check")
		w.says("This code is genuine", code, "Larkfield", "notice@larkfield.test", "a stranger reset your password", "(UTC)", "a password, a PIN or a one-time code")
		w.careful()
		if strings.Contains(w.where(), code[:4]) {
			t.Errorf("the code stands in the address: %s", w.where())
		}
		w.settle(chromedp.Click(`//nav//button[normalize-space(.) = "Deutsch"]`))
		w.says("Dieser Code ist echt", code)
		w.careful()
		w.click("Einen anderen Code prüfen")
		w.types("0000 0000 0000 0000")
		w.click("Prüfen")
		w.says("Wir kennen diesen Code nicht")
		if kept := eval[string](w, `document.getElementById("code").value`); kept != "0000-0000-0000-0000" {
			t.Errorf("the field holds %q", kept)
		}
		w.careful()
		w.types(code)
		w.click("Prüfen")
		w.says("Dieser Code ist echt")
	}
}

func TestEveryPublicPageHoldsWhatPagesPromise(t *testing.T) {
	code := codeOfALetter(t)
	for _, l := range phrase.Languages {
		w := open(t, desk)
		for name, typed := range map[string]string{"form": "", "genuine": code, "unknown": strings.Repeat("W", 60), "nothing": " "} {
			w.visitPublic("/?lang=" + string(l))
			if typed != "" {
				w.types(typed)
				w.click(l.Say("public_check", nil))
			}
			if got := eval[string](w, "document.documentElement.lang"); got != string(l) {
				t.Errorf("%s in %s is in %s", name, l, got)
			}
			for _, look := range looks {
				w.do(w.look(look.view))
				if name != "nothing" || l == "en" {
					w.careful()
				}
				if look.axe != "" {
					w.passesRules(look.axe)
				}
			}
			w.do(w.look(desk))
		}
	}
}
