package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestAFieldAndAParagraphGoInWhereTheirAuthorWrites(t *testing.T) {
	for name, c := range map[string]struct {
		view
		button, want string
	}{
		"with scripts":    {desk, "Insert where I write", "Dear {{recipient.name}}\n\n{{block reach_us}}\n\n, hello."},
		"without scripts": {view{width: 1280}, "Insert at the end", "Dear , hello.{{recipient.name}}\n\n{{block reach_us}}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, c.view)
			w.signInAs("Bo")
			w.newNotice(w.newIncident("A breach to insert in, "+name), "Addresses exposed")
			w.writes("Dear , hello.")
			w.writesBlock("reach_us", "You can write to us.")
			w.presses("Show preview")
			eval[bool](w, `document.getElementsByName("variants[0].field")[0].value = "recipient.name"; document.getElementsByName("variants[0].body")[0].setSelectionRange(5, 5); true`)
			if c.scripts {
				eval[bool](w, `[...document.querySelectorAll("button")].find((b) => b.innerText === "Insert where I write").click(); true`)
				w.tabTo("[variants[0].field]")
				w.typed("reach_us")
				w.tabTo(c.button)
				w.do(chromedp.KeyEvent(kb.Enter))
			} else {
				w.presses(c.button)
				eval[bool](w, `document.getElementsByName("variants[0].field")[0].value = "block reach_us"; true`)
				w.presses(c.button)
			}
			if got := eval[string](w, `document.getElementsByName("variants[0].body")[0].value`); got != c.want {
				t.Errorf("the text is %q", got)
			}
			eval[bool](w, `document.querySelector(".fw-quotes").closest("details").open = true; true`)
			w.says("{{block reach_us}} en You can write to us.")
			w.whole(c.scripts)
		})
	}
}
