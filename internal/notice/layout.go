package notice

import (
	"html"
	"slices"

	"golang.org/x/text/language"
)

// style is inlined; a mail program that knows no style sheets shows the same.
// No colour carries meaning, nothing is loaded from anywhere.
const style = `
body { margin: 0; padding: 0; background-color: #ffffff; }
table.page { width: 100%; table-layout: fixed; border-collapse: collapse; }
td.edge { padding: 24px 16px; }
table.sheet { width: 100%; max-width: 640px; table-layout: fixed; border-collapse: collapse; margin: 0 auto; }
td.text { font-family: Arial, Helvetica, sans-serif; font-size: 16px; line-height: 1.5; color: #1a1a1a; word-wrap: break-word; overflow-wrap: anywhere; }
h1 { font-size: 24px; line-height: 1.3; margin: 0 0 16px 0; }
h2 { font-size: 19px; line-height: 1.3; margin: 24px 0 8px 0; }
h3 { font-size: 16px; line-height: 1.3; margin: 16px 0 8px 0; }
p { margin: 0 0 16px 0; }
li { margin: 0 0 4px 0; }
a { color: #0b4f9e; text-decoration: underline; }
blockquote { margin: 0 0 16px 0; padding: 0 16px; border-left: 4px solid #8a8a8a; }
code { font-family: Consolas, Menlo, monospace; }
pre { white-space: pre-wrap; }
th { text-align: start; padding: 4px 8px; border-bottom: 1px solid #8a8a8a; }
td.cell { padding: 4px 8px; border-bottom: 1px solid #d0d0d0; }
`

// page puts the rendered body into the mail's layout.
func page(tag language.Tag, subject, content string) string {
	return `<!DOCTYPE html><html lang="` + html.EscapeString(tag.String()) + `" dir="` + direction(tag) + `"><head>` +
		`<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>` +
		`<title>` + html.EscapeString(subject) + `</title><style>` + style + `</style></head><body>` +
		`<table role="presentation" class="page"><tbody><tr><td class="edge"><table role="presentation" class="sheet"><tbody><tr><td class="text">` +
		content + `</td></tr></tbody></table></td></tr></tbody></table></body></html>`
}

// rightToLeft are the scripts that run from the right.
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}

// direction tells how a language is written.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}
