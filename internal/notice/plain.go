package notice

import (
	"bytes"
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// plain writes the text part: the same words in the same order as the HTML,
// each link followed by its target.
type plain struct {
	b   *body
	out strings.Builder
}

func (b *body) plain(doc ast.Node) string {
	p := plain{b: b}
	p.blocks(doc, "")
	return strings.TrimRight(p.out.String(), "\n") + "\n"
}

// blocks writes the blocks inside n, each line with a prefix.
func (p *plain) blocks(n ast.Node, prefix string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p.block(c, prefix)
		if c.NextSibling() != nil && !tight(n) {
			p.line(strings.TrimRight(prefix, " "), "")
		}
	}
}

func tight(n ast.Node) bool {
	l, ok := n.(*ast.List)
	if item, is := n.(*ast.ListItem); is {
		l, ok = item.Parent().(*ast.List)
	}
	return ok && l.IsTight
}

func (p *plain) block(n ast.Node, prefix string) {
	switch n := n.(type) {
	case *ast.List:
		p.list(n, prefix)
	case *ast.Blockquote:
		p.blocks(n, prefix+"> ")
	case *ast.ThematicBreak:
		p.line(prefix, strings.Repeat("-", 40))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		for i := range n.Lines().Len() {
			s := n.Lines().At(i)
			p.line(prefix, "    "+strings.TrimRight(string(s.Value(p.b.source)), "\n"))
		}
	case *east.Table:
		for row := n.FirstChild(); row != nil; row = row.NextSibling() {
			p.row(row, prefix)
		}
	case *ast.Heading:
		text := p.inline(n)
		p.text(prefix, text)
		if n.Level <= 2 {
			p.line(prefix, strings.Repeat(map[int]string{1: "=", 2: "-"}[n.Level], min(max(len([]rune(text)), 3), 60)))
		}
	default:
		p.text(prefix, p.inline(n))
	}
}

func (p *plain) list(l *ast.List, prefix string) {
	no := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := "- "
		if l.IsOrdered() {
			bullet = strconv.Itoa(no) + ". "
			no++
		}
		inner := plain{b: p.b}
		inner.blocks(item, "")
		for i, line := range strings.Split(strings.TrimRight(inner.out.String(), "\n"), "\n") {
			if i > 0 {
				bullet = strings.Repeat(" ", len(bullet))
			}
			p.line(prefix, bullet+line)
		}
		if item.NextSibling() != nil && !l.IsTight {
			p.line(strings.TrimRight(prefix, " "), "")
		}
	}
}

func (p *plain) row(row ast.Node, prefix string) {
	var cells []string
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		cells = append(cells, p.inline(c))
	}
	p.line(prefix, strings.Join(cells, " | "))
}

// text writes lines that hard breaks may have parted.
func (p *plain) text(prefix, s string) {
	for _, line := range strings.Split(s, "\n") {
		p.line(prefix, line)
	}
}

func (p *plain) line(prefix, s string) {
	p.out.WriteString(strings.TrimRight(prefix+s, " "))
	p.out.WriteByte('\n')
}

// inline writes what stands inside a paragraph.
func (p *plain) inline(n ast.Node) string {
	var out strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out.WriteString(unescaped(c.Segment.Value(p.b.source)))
			if c.HardLineBreak() {
				out.WriteByte('\n')
			} else if c.SoftLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.CodeSpan:
			out.WriteString(plainLabel(c, p.b.source))
		case *ast.String:
			out.Write(c.Value)
		case *fieldNode:
			out.WriteString(mark(c.no))
		case *ast.AutoLink:
			out.Write(c.Label(p.b.source))
		case *ast.Link:
			out.WriteString(p.link(c))
		default:
			out.WriteString(p.inline(c))
		}
	}
	return out.String()
}

// unescaped undoes Markdown's backslashes and entities.
func unescaped(s []byte) string {
	return html.UnescapeString(string(util.UnescapePunctuations(bytes.Clone(s))))
}

func (p *plain) link(l *ast.Link) string {
	label, target := p.inline(l), p.b.target(string(l.Destination))
	shown := strings.TrimPrefix(strings.TrimPrefix(target, "mailto:"), "tel:")
	if label == "" || label == shown {
		return shown
	}
	return label + " <" + shown + ">"
}
