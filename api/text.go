package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// plainText says in words what keepable takes.
const plainText = "a text of UTF-8 without NUL"

// keepable tells whether a text can be kept: no table takes any other.
func keepable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// holdsNUL tells whether a text or a name in a JSON document holds NUL, which it
// must write as \u0000.
func holdsNUL(doc []byte) bool {
	if !bytes.Contains(doc, []byte(`\u0000`)) {
		return false
	}
	for d := json.NewDecoder(bytes.NewReader(doc)); ; {
		t, err := d.Token()
		if err != nil {
			return false
		}
		if s, is := t.(string); is && strings.IndexByte(s, 0) >= 0 {
			return true
		}
	}
}
