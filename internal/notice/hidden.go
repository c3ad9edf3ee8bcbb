package notice

import (
	"fmt"
	"strings"
	"unicode"

	"forthwith/internal/notice/lint"
	"forthwith/internal/phrase"
)

// hiddenSigns are characters that nobody sees and that change what is read:
// those that turn the direction of a text (Unicode Standard Annex 9), and those
// of no width.
var hiddenSigns = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00AD, Hi: 0x00AD, Stride: 1}, {Lo: 0x061C, Hi: 0x061C, Stride: 1}, {Lo: 0x180E, Hi: 0x180E, Stride: 1},
	{Lo: 0x200B, Hi: 0x200F, Stride: 1}, {Lo: 0x202A, Hi: 0x202E, Stride: 1}, {Lo: 0x2060, Hi: 0x2069, Stride: 1},
	{Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1},
}, LatinOffset: 1}

// Part is a stretch of a text: words as they are, or the name of a hidden sign.
type Part struct {
	Text   string
	Hidden bool
}

// Parts cuts a text at its hidden signs, which are named as U+202E is.
func Parts(text string) []Part {
	var all []Part
	start := 0
	for i, r := range text {
		if !unicode.Is(hiddenSigns, r) {
			continue
		}
		if i > start {
			all = append(all, Part{Text: text[start:i]})
		}
		all = append(all, Part{Text: signName(r), Hidden: true})
		start = i + len(string(r))
	}
	if start < len(text) {
		all = append(all, Part{Text: text[start:]})
	}
	return all
}

func signName(r rune) string { return fmt.Sprintf("U+%04X", r) }

// Warnings tell what a reviewer should know about texts that can be saved: the
// first hidden sign of each kind and text.
func (d Draft) Warnings() []Finding {
	all := []Finding{}
	for _, s := range d.Texts() {
		seen := map[rune]bool{}
		text := s.Subject + "\n" + s.Body
		for i, r := range text {
			if !unicode.Is(hiddenSigns, r) || seen[r] {
				continue
			}
			seen[r] = true
			message := phrase.Say("text_hidden_sign", map[string]any{"sign": signName(r), "locale": s.Locale, "line": strings.Count(text[:i], "\n")})
			if i <= len(s.Subject) {
				message = phrase.Say("subject_hidden_sign", map[string]any{"sign": signName(r), "locale": s.Locale})
			}
			all = append(all, Finding{Severity: lint.Warn, Result: lint.Present, Rule: "hidden_sign", Locale: s.Locale, Message: message})
		}
	}
	return all
}
