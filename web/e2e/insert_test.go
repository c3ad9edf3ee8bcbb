package e2e

import (
	"strings"
	"testing"
)

func TestAFieldGoesInWhereItsAuthorWrites(t *testing.T) {
	for name, c := range map[string]struct {
		view
		button, want string
	}{
		"with scripts":    {desk, "Insert where I write", "Dear {{recipient.name}}, hello."},
		"without scripts": {view{width: 1280}, "Insert at the end", "Dear , hello.{{recipient.name}}"},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, c.view)
			w.signInAs("Bo")
			w.newNotice(w.newIncident("A breach to insert in, "+name), "Addresses exposed")
			w.writes("Dear , hello.")
			eval[bool](w, `document.getElementsByName("variants[0].field")[0].value = "recipient.name"; document.getElementsByName("variants[0].body")[0].setSelectionRange(5, 5); true`)
			if c.scripts {
				eval[bool](w, `[...document.querySelectorAll("button")].find((b) => b.innerText === "Insert where I write").click(); true`)
			} else {
				w.presses(c.button)
			}
			if got := strings.TrimSpace(eval[string](w, `document.getElementsByName("variants[0].body")[0].value`)); got != c.want {
				t.Errorf("the text is %q", got)
			}
		})
	}
}
