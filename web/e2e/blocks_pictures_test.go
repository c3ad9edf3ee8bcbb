//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfSharedParagraphs takes an editor with one that has a mistake.
func TestPicturesOfSharedParagraphs(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Bo")
		w.newNotice(w.newIncident("A breach with shared words, "+name), "Addresses exposed")
		w.picture(filepath.Join(dir, "palette-none-"+name+".png"))
		w.writes("Dear customer,\n\n{{block reach_us}}")
		w.writesBlock("reach_us", "You can\n\n{{contact.emial}} us.")
		w.presses("Save")
		eval[bool](w, `document.querySelector(".fw-quotes").closest("details").open = true; true`)
		w.picture(filepath.Join(dir, "blocks-"+name+".png"))
	}
}
