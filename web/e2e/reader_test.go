package e2e

import "testing"

// TestAnybodyCanBeReadFor goes from a delivery to the text as that person gets it,
// and on to somebody else by the number that a report gives them.
func TestAnybodyCanBeReadFor(t *testing.T) {
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
			w.signInAs("Dee")
			w.visit("/deliveries/dlv_1-1")
			w.click("How the notice reads for this person")
			w.says("Preview", "To")
			w.whole(v.scripts)
			w.fill("person", "rcp_1-99999999")
			w.presses("Show for this person")
			w.says("Fix this", "There is no such person in this incident")
			w.whole(v.scripts)
			w.fill("person", "rcp_1-200")
			w.presses("Show for this person")
			if got := eval[string](w, `location.search + " " + document.querySelector('[name=recipient]').value`); got != "?format=html&recipient=rcp_1-200 rcp_1-200" {
				t.Errorf("the preview is %s", got)
			}
			w.visit("/recipients/rcp_1-200")
			w.says("How the notice reads for this person", "As these campaigns tell it")
			w.whole(v.scripts)
		})
	}
}
