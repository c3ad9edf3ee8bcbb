package pdf

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"golang.org/x/image/font/sfnt"
)

// glyphs reads which characters the font has.
var glyphs = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(dejavusans.TTF)
	if err != nil {
		panic(fmt.Sprintf("read font: %v", err)) // it is part of the program
	}
	return f
})

// scripts are those that stand as they are: a letter a place, left to right.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common}

// visible are the characters of them that have a shape of their own.
var visible = []*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S, unicode.Zs}

// speller writes texts in the characters that the font shows. It is used by one
// goroutine.
type speller struct {
	buffer sfnt.Buffer
	known  map[rune]bool
}

// shows tells whether a character is written as it is. The library knows the
// first plane only.
func (s *speller) shows(r rune) bool {
	shown, known := s.known[r]
	if !known {
		no, err := glyphs().GlyphIndex(&s.buffer, r)
		shown = err == nil && no != 0 && r <= 0xFFFF && unicode.In(r, scripts...) && unicode.In(r, visible...)
		s.known[r] = shown
	}
	return shown
}

// spell writes a line: what is not shown as code points, those beside each
// other in one pair of brackets.
func (s *speller) spell(line string) string {
	var out strings.Builder
	open := false
	for _, r := range line {
		shown := s.shows(r)
		switch {
		case shown && open:
			out.WriteByte(']')
		case !shown && open:
			out.WriteByte(' ')
		case !shown:
			out.WriteByte('[')
		}
		if open = !shown; shown {
			out.WriteRune(r)
			continue
		}
		fmt.Fprintf(&out, "U+%04X", r)
	}
	if open {
		out.WriteByte(']')
	}
	return out.String()
}

// text spells every line of a text.
func (s *speller) text(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = s.spell(lines[i])
	}
	return strings.Join(lines, "\n")
}
