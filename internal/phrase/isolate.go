package phrase

import (
	"strings"
	"unicode"
)

// Printable tells whether a text is printable ASCII, which most values of most
// people are: nothing in it breaks a line or steers a direction.
func Printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Isolated puts a value that steers the direction of text between isolates
// (Unicode UAX 9), and closes what it left open.
func Isolated(s string) string {
	if Printable(s) {
		return s
	}
	open := 0
	steers := false
	for _, r := range s {
		switch {
		case r >= '\u2066' && r <= '\u2068':
			open++
		case r == '\u2069' && open > 0:
			open--
		case r == '\u2069':
			s = strings.Replace(s, "\u2069", "", 1) // it would close our own
		}
		steers = steers || unicode.Is(unicode.Bidi_Control, r)
	}
	if !steers {
		return s
	}
	return "\u2068" + s + strings.Repeat("\u2069", open+1)
}
