package notice

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync/atomic"
	texttemplate "text/template"
	"text/template/parse"
)

// Piece is a stretch of a part that is the same for everybody, or the place of
// one field.
type Piece struct {
	Fixed string
	slot  bool
	field int
	html  func(string) string // how the field's value is escaped there; nil in plain parts
	link  bool                // it stands in the target of a link
}

// Slot tells whether the piece differs between people.
func (p Piece) Slot() bool { return p.slot }

// Of gives the piece for one person. It holds no line end unless it is fixed.
func (p Piece) Of(f Filled) string {
	switch {
	case !p.slot:
		return p.Fixed
	case p.html == nil:
		return f.plain[p.field]
	}
	return p.html(f.html[p.field])
}

// Filled are the values of one person for the fields of a text.
type Filled struct{ plain, html []string }

// Pieces are the parts of a text, each in order.
type Pieces struct{ Subject, Text, HTML []Piece }

// pieces takes a skeleton apart. Which escaping a field needs where it stands
// is html/template's finding: this only keeps it.
func (s Skeleton) pieces() (p Pieces, err error) {
	place := make(map[string]int, len(s.Fields))
	for i, f := range s.Fields {
		place[f.place()] = i
	}
	if p.Subject, err = plainPieces("subject", s.Subject, place); err != nil {
		return p, err
	}
	if p.Text, err = plainPieces("text", s.Text, place); err != nil {
		return p, err
	}
	p.HTML, err = htmlPieces(s.HTML, place)
	return p, err
}

func plainPieces(name, source string, place map[string]int) ([]Piece, error) {
	t, err := texttemplate.New(name).Parse(source)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return takeApart(name, t.Tree, place)
}

// htmlPieces has html/template escape the part: it writes the escapers that
// each action needs into the tree when it is executed for the first time.
func htmlPieces(source string, place map[string]int) ([]Piece, error) {
	t, err := template.New("html").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("load html: %w", err)
	}
	if err := t.Execute(io.Discard, nil); err != nil {
		return nil, fmt.Errorf("load html: %w", err)
	}
	return takeApart("html", t.Tree, place)
}

func takeApart(name string, tree *parse.Tree, place map[string]int) ([]Piece, error) {
	var all []Piece
	fixed := func(s string) {
		if n := len(all); n > 0 && !all[n-1].slot {
			all[n-1].Fixed += s
			return
		}
		all = append(all, Piece{Fixed: s})
	}
	for _, n := range tree.Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			fixed(string(n.Text))
		case *parse.ActionNode:
			p, err := action(n, place)
			if err != nil {
				return nil, fmt.Errorf("load %s: %w", name, err)
			}
			if p.slot {
				all = append(all, p)
			} else {
				fixed(p.Fixed)
			}
		default:
			return nil, fmt.Errorf("load %s: a skeleton holds text and fields only", name)
		}
	}
	return all, nil
}

// action reads a field, or a brace of the text, with its escapers.
func action(n *parse.ActionNode, place map[string]int) (Piece, error) {
	var escapers []string
	for _, c := range n.Pipe.Cmds[1:] {
		escapers = append(escapers, c.String())
	}
	escape, err := escaperOf(escapers)
	if err != nil {
		return Piece{}, err
	}
	switch arg := n.Pipe.Cmds[0].Args[0].(type) {
	case *parse.StringNode:
		if escape != nil {
			return Piece{Fixed: escape(arg.Text)}, nil
		}
		return Piece{Fixed: arg.Text}, nil
	case *parse.FieldNode:
		if i, known := place[strings.Join(arg.Ident, ".")]; known {
			return Piece{slot: true, field: i, html: escape, link: len(escapers) > 1}, nil
		}
	}
	return Piece{}, fmt.Errorf("the skeleton does not list the field of an action")
}

// escaperOf finds what a chain of html/template's escapers does to text. Links
// are left to html/template itself, at a place that has the same chain.
func escaperOf(chain []string) (func(string) string, error) {
	switch strings.Join(chain, " ") {
	case "":
		return nil, nil
	case "_html_template_htmlescaper", "_html_template_rcdataescaper", "_html_template_attrescaper":
		return escapeText, nil
	case "_html_template_urlfilter _html_template_urlnormalizer _html_template_attrescaper":
		return linkAt(""), nil
	case "_html_template_urlnormalizer _html_template_attrescaper":
		return linkAt("/"), nil
	case "_html_template_urlescaper _html_template_attrescaper":
		return linkAt("?"), nil
	}
	return nil, fmt.Errorf("a field stands where no value is safe (%s)", strings.Join(chain, ", "))
}

// escapeText is html/template's escaping of a string in text and in quoted
// attributes.
func escapeText(s string) string {
	if !strings.ContainsAny(s, "\x00\"&'+<>") {
		return s
	}
	return textEscapes.Replace(s)
}

var textEscapes = strings.NewReplacer("\x00", "\ufffd", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// linkAt escapes a value as html/template does after some of a link. What links
// lead to is mostly the same for everybody, so the last answer is kept.
func linkAt(before string) func(string) string {
	type answer struct{ value, escaped string }
	open, end := `<a href="`+before, `">`
	t := template.Must(template.New("link").Parse(open + "{{.}}" + end))
	var last atomic.Pointer[answer]
	return func(s string) string {
		if a := last.Load(); a != nil && a.value == s {
			return a.escaped
		}
		var out strings.Builder
		if err := t.Execute(&out, s); err != nil {
			return unsafeLink
		}
		a := &answer{s, out.String()[len(open) : out.Len()-len(end)]}
		last.Store(a)
		return a.escaped
	}
}

// unsafeLink is what html/template puts in place of a link that may run
// something.
const unsafeLink = "#ZgotmplZ"

// fixedBytes is the length of pieces without their values.
func fixedBytes(pieces []Piece) int {
	n := 0
	for _, p := range pieces {
		n += len(p.Fixed)
	}
	return n
}
