//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"

	"forthwith/internal/phrase"
)

// TestPicturesOfThePublicPage takes the form and the answers in every language.
func TestPicturesOfThePublicPage(t *testing.T) {
	dir := folder(t)
	code := codeOfALetter(t)
	for name, v := range map[string]view{"1280": desk, "390": phone, "1280-dark": {width: 1280, scripts: true, dark: true}} {
		for _, l := range phrase.Languages {
			for what, typed := range map[string]string{"form": "", "genuine": code, "unknown": "1234 5678 90ab cdef", "nothing": " "} {
				w := open(t, v)
				w.visitPublic("/?lang=" + string(l))
				if typed != "" {
					w.types(typed)
					w.click(l.Say("public_check", nil))
				}
				w.picture(filepath.Join(dir, "public-"+what+"-"+string(l)+"-"+name+".png"))
			}
		}
	}
}
