package notice

import (
	"bytes"
	"strconv"
	"strings"

	"forthwith/internal/fault"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Fields travel through Markdown and CSS inlining as marks: a number between
// two private-use characters, which no source may contain.
const (
	markOpen  = '\uE000'
	markClose = '\uE001'
)

func mark(i int) string { return string(markOpen) + strconv.Itoa(i) + string(markClose) }

// fieldNode is a merge field in the text.
type fieldNode struct {
	ast.BaseInline
	no     int // index into the body's fields
	offset int
}

var kindField = ast.NewNodeKind("MergeField")

// Kind gives the kind of node.
func (*fieldNode) Kind() ast.NodeKind { return kindField }

// Dump prints the node for the library's debugging.
func (n *fieldNode) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// fieldParser makes nodes of {{…}}. It runs before emphasis and links are
// looked for, so that an underscore in a name never becomes emphasis.
type fieldParser struct{ b *body }

// Trigger gives the byte at which a field may begin.
func (fieldParser) Trigger() []byte { return []byte{'{'} }

// Parse reads one field. What looks like one and is none is a mistake, and is
// passed over as text.
func (p fieldParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, at := block.PeekLine()
	if p.b.full() || !bytes.HasPrefix(line, []byte("{{")) {
		return nil
	}
	end := bytes.Index(line, []byte("}}"))
	if end < 0 {
		p.b.at(at.Start, "field_unfinished", nil)
		return nil
	}
	block.Advance(end + 2)
	return &fieldNode{no: p.b.field(string(line[2:end]), at.Start), offset: at.Start}
}

// body is one variant's text on its way through the compiler.
type body struct {
	*mistakes
	fields  []Field
	links   []Link
	targets int // bytes of all targets so far
}

// field gives the number of a field, adding it when it is new.
func (b *body) field(inner string, offset int) int {
	f, code, like := parseField(inner)
	if code != "" {
		b.badField(inner, offset, code, like)
	}
	for i, known := range b.fields {
		if known == f {
			return i
		}
	}
	if len(b.fields) == mostFields {
		b.at(offset, "text_many_fields", fault.Values{"limit": mostFields})
		return 0
	}
	b.fields = append(b.fields, f)
	return len(b.fields) - 1
}

func (b *body) badField(inner string, offset int, code, like string) {
	v := map[string]any{"field": shown(strings.TrimSpace(inner)), "like": like}
	if code == "field_unknown" && like == "" {
		code = "field_unknown_alone"
	}
	b.at(offset, code, v)
}

// markdown reads CommonMark with tables, strikethrough and bare links.
func markdown(b *body) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify),
		goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(fieldParser{b}, 50))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(htmlNodes{b}, 50))),
	)
}

// htmlNodes renders what is ours; the library renders the rest.
type htmlNodes struct{ b *body }

// RegisterFuncs tells the library which nodes these are.
func (h htmlNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindField, h.field)
	r.Register(ast.KindLink, h.link)
	r.Register(ast.KindAutoLink, h.autoLink)
}

// field isolates a person's value, whose direction is not the text's.
func (h htmlNodes) field(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	no := n.(*fieldNode).no
	if h.b.fields[no].Personal() {
		_, _ = w.WriteString("<bdi>" + mark(no) + "</bdi>")
	} else {
		_, _ = w.WriteString(mark(no))
	}
	return ast.WalkContinue, nil
}

func (h htmlNodes) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		openLink(w, h.b.target(string(n.(*ast.Link).Destination)))
	} else {
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkContinue, nil
}

func (h htmlNodes) autoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		a := n.(*ast.AutoLink)
		openLink(w, autoTarget(a, source))
		_, _ = w.Write(util.EscapeHTML(a.Label(source)))
		_, _ = w.WriteString("</a>")
	}
	return ast.WalkSkipChildren, nil
}

func openLink(w util.BufWriter, target string) {
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML([]byte(target)))
	_, _ = w.WriteString(`">`)
}

func autoTarget(a *ast.AutoLink, source []byte) string {
	target := string(a.URL(source))
	if a.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(target), "mailto:") {
		return "mailto:" + target
	}
	return target
}
