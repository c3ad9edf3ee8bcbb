package web

import (
	"strings"

	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// palette is what an author can put into a text, to be read.
type palette struct {
	Title  string
	Hint   string // how to make what is not there yet
	Fields []string
	Blocks []quotedBlock
}

// quotedBlock is a shared paragraph with its first words.
type quotedBlock struct{ Quote, Locale, Words string }

func paletteOf(fields []string, d notice.Draft) palette {
	p := palette{Fields: fields}
	for _, b := range d.Blocks {
		if b.Name != "" {
			p.Blocks = append(p.Blocks, quotedBlock{b.Quote(), b.Locale, firstWords(b)})
		}
	}
	p.Title = phrase.Say("desk_palette", map[string]any{"count": len(fields), "blocks": len(p.Blocks)})
	if len(p.Blocks) == 0 {
		p.Hint = phrase.Say("palette_none", nil)
	}
	return p
}

// insertable are the fields, and the shared paragraphs that a text of a language can
// quote.
func insertable(fields []string, d notice.Draft, locale string) (all []views.Option) {
	for _, f := range fields {
		all = append(all, views.Option{Value: f, Text: f, Group: phrase.Say("palette_fields", nil)})
	}
	for _, b := range d.Quotable(locale) {
		all = append(all, views.Option{Value: b.Quote(), Group: phrase.Say("blocks_title", nil),
			Text: phrase.Say("palette_block", map[string]any{"block": b.Name, "words": firstWords(b)})})
	}
	return all
}

// mostWords is how many signs of a shared paragraph tell which one it is.
const mostWords = 40

// firstWords gives whole words of a shared paragraph, as long as there is room.
func firstWords(b notice.Block) string {
	words := strings.Fields(b.Body)
	if len(words) == 0 {
		return phrase.Say("palette_empty", nil)
	}
	text := words[0]
	for _, w := range words[1:] {
		if len([]rune(text))+1+len([]rune(w)) > mostWords {
			return text + " …"
		}
		text += " " + w
	}
	if signs := []rune(text); len(signs) > mostWords { // one word that has no end
		return string(signs[:mostWords]) + "…"
	}
	return text
}
