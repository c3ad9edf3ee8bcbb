package notice

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"forthwith/internal/fault"
)

// leftovers are what authors leave to be filled in. None of them may reach a
// reader.
var leftovers = regexp.MustCompile(`\bTODO\b|\bTBD\b|\bTBC\b|\bFIXME\b|\bXXX+\b|(?i:\blorem\b|\bipsum\b)|%[A-Z][A-Z0-9_]+%|` +
	`\[(?i:insert|your|name|date|company|address|phone|number)\b[^\]\n]*\](?:[^(\[:]|$)|\$\{|<%|<<[A-Za-z_ ]+>>|\*\|[A-Z_]+\|\*`)

// checkSource refuses what no Markdown makes good: bytes that are no text,
// characters that would pass for our marks, and leftovers.
func (b *body) checkSource() bool {
	if !utf8.Valid(b.source) {
		b.at(0, "text_not_utf8", nil)
		return false
	}
	for i, r := range string(b.source) {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Co, r) || r == utf8.RuneError {
			b.at(i, "text_control", nil)
			return false
		}
	}
	for _, m := range leftovers.FindAllIndex(b.source, -1) {
		b.at(m[0], "text_leftover", fault.Values{"text": strings.TrimSpace(string(b.source[m[0]:m[1]]))})
	}
	return true
}

// checkNodes walks the tree and refuses what a notice may not have.
func (b *body) checkNodes(doc ast.Node) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the visitor returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML:
			b.at(b.offsetOf(n), "text_html", nil)
		case *ast.Image:
			b.at(b.offsetOf(n), "text_picture", nil)
			return ast.WalkSkipChildren, nil
		case *ast.Link:
			b.checkLink(n, string(n.Destination), plainLabel(n, b.source))
		case *ast.AutoLink:
			b.checkLink(n, autoTarget(n, b.source), "")
		case *ast.Text:
			b.checkBraces(n.Segment.Value(b.source), n.Segment.Start)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				s := n.Lines().At(i)
				b.checkBraces(s.Value(b.source), s.Start)
			}
		}
		return ast.WalkContinue, nil
	})
}

// checkBraces refuses double braces that became text: an unfinished field, or
// one inside code.
func (b *body) checkBraces(text []byte, offset int) {
	for _, braces := range []string{"{{", "}}"} {
		if i := bytes.Index(text, []byte(braces)); i >= 0 {
			b.at(offset+i, "field_unfinished", nil)
			return
		}
	}
}

// offsetOf finds where a node stands in the source: its own text, or that of
// its first child, or that of the block around it.
func (b *body) offsetOf(n ast.Node) int {
	if n == nil {
		return 0
	}
	switch n := n.(type) {
	case *ast.Text:
		return n.Segment.Start
	case *ast.RawHTML:
		return n.Segments.At(0).Start
	case *fieldNode:
		return n.offset
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if at := b.offsetOf(c); at > 0 {
			return at
		}
	}
	if before, ok := n.PreviousSibling().(*ast.Text); ok {
		return b.after(before)
	}
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start
		}
	}
	return 0
}

// after gives the place behind a text, on the next line when it ends its own.
func (b *body) after(t *ast.Text) int {
	if t.SoftLineBreak() || t.HardLineBreak() {
		if i := bytes.IndexByte(b.source[t.Segment.Stop:], '\n'); i >= 0 {
			return t.Segment.Stop + i + 1
		}
	}
	return t.Segment.Stop
}

// plainLabel gives the text of a link as a reader sees it.
func plainLabel(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := c.(*ast.Text); ok && entering {
			out.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}
