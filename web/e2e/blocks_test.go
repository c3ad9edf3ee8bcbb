package e2e

import (
	"fmt"
	"testing"
)

const (
	blockName  = "blocks[0].name"
	blockWords = "blocks[0].body"
)

// writesBlock adds a shared paragraph to the editor that is open.
func (w *window) writesBlock(name, words string) {
	w.t.Helper()
	w.presses("Add a shared paragraph")
	w.fill(blockName, name)
	w.fill(blockWords, words)
}

// TestASharedParagraphIsWrittenOnce writes one, quotes it, and mends a mistake in it.
func TestASharedParagraphIsWrittenOnce(t *testing.T) {
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
			w.signInAs("Bo")
			w.newNotice(w.newIncident("A breach with shared words, "+name), "Addresses exposed")
			w.writes("Dear customer,\n\n{{block reach_us}}")
			w.presses("Save")
			w.says("Fix this", "There is no shared paragraph ‘reach_us’, line 3")
			w.writesBlock("reach_us", "You can\n\n<b>write</b> to us.")
			w.whole(v.scripts)
			w.presses("Save")
			w.says("Fix this", "line 3", "reach_us, en")
			if got := eval[string](w, `decodeURIComponent(document.querySelector('.govuk-error-summary a').hash)`); got != "#f-"+blockWords {
				t.Errorf("the summary leads to %s", got)
			}
			w.whole(v.scripts)
			w.fill(blockWords, "You can write to us.")
			w.presses("Save")
			w.says("Draft v1")
			if got := eval[string](w, fmt.Sprintf(`document.getElementsByName(%q)[0].value`, body)); got != "Dear customer,\n\n{{block reach_us}}" {
				t.Errorf("the editor shows %q", got)
			}
			if got := eval[string](w, fmt.Sprintf(`document.getElementsByName(%q)[0].value`, blockWords)); got != "You can write to us." {
				t.Errorf("the shared paragraph reads %q", got)
			}
			w.click("v1")
			w.says("You can write to us.")
			w.whole(v.scripts)
		})
	}
}

func TestASharedParagraphIsTakenOut(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Bo")
	w.newNotice(w.newIncident("A breach without shared words"), "Addresses exposed")
	w.writes("Dear customer.")
	w.writesBlock("reach_us", "Write to us.")
	w.presses("Save")
	w.says("Draft v1")
	w.puts(blockName, "reach_us")
	eval[bool](w, `document.querySelector('details[id="f-blocks[0]"]').open = true; true`)
	w.click("Remove this paragraph (reach_us, en)")
	if n := eval[int](w, fmt.Sprintf(`document.getElementsByName(%q).length`, blockName)); n != 0 {
		t.Error("it is still there")
	}
	w.presses("Save")
	w.says("Draft v2")
}
