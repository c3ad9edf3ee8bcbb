package views

import (
	"html/template"
	"strings"

	"forthwith/internal/notice"
	"forthwith/internal/phrase"
)

// Reveal shows a text with its hidden signs named, so that what is reviewed is
// what is there.
func Reveal(text string) template.HTML {
	var out strings.Builder
	for _, p := range notice.Parts(text) {
		if p.Hidden {
			out.WriteString("<mark>" + template.HTMLEscapeString(phrase.Say("sign_name", map[string]any{"sign": p.Text})) + "</mark>")
			continue
		}
		out.WriteString(template.HTMLEscapeString(p.Text))
	}
	return template.HTML(out.String()) //nolint:gosec // every piece is escaped
}
