package lint

import (
	"slices"
	"strings"

	"forthwith/internal/phrase"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// reading is what one text says, taken apart once.
type reading struct {
	index    int
	source   Text
	lang     string
	fields   map[string]int // the line where each field stands first
	heads    []heading
	links    []link
	blocks   []block // paragraphs and points of lists, without headings
	told     string  // the words of body, facts filled in, lower case
	filled   string  // the body with facts filled in, without the other fields
	facts    map[string]string
	heavy    int               // warnings about its words and sentences
	names    map[string]int    // host names in the words and targets, by line
	phones   map[string]int    // telephone numbers, digits only, by line
	literals map[string]bool   // fields whose value stands there literally
	hits     map[string]hit    // by item
	sights   map[string]*sight // by item; nil: looked for and not found
	words    string            // of the running text as its author wrote it, lower case
	said     []claim           // what the text says, sentence by sentence
	size     float64           // of the smallest type, in points; 0: not looked at yet
}

// heading is a heading of the text with what stands below it.
type heading struct {
	level int
	text  string
	line  int
	empty bool // nothing stands below it before the next one of its level
}

// link is a target with the words that are shown for it.
type link struct {
	label, target string
	line          int
}

// block is a stretch of running text.
type block struct {
	text string
	line int
}

// reader parses as the compiler does; what it reads has been compiled.
var reader = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify)).Parser()

// lineIndex finds lines of a text by their bytes.
type lineIndex []int // where each line begins

func indexLines(text string) lineIndex {
	index := lineIndex{0}
	for i := range len(text) {
		if text[i] == '\n' {
			index = append(index, i+1)
		}
	}
	return index
}

func (x lineIndex) of(offset int) int {
	at, found := slices.BinarySearch(x, offset)
	if found {
		at++
	}
	return max(at, 1)
}

func read(i int, t Text, facts map[string]string) *reading {
	t.Body = strings.ReplaceAll(strings.ReplaceAll(t.Body, "\r\n", "\n"), "\r", "\n")
	r := &reading{index: i, source: t, lang: phrase.Primary(t.Locale), fields: map[string]int{}, hits: map[string]hit{}, sights: map[string]*sight{}, facts: facts}
	index := indexLines(t.Body)
	for _, f := range fieldsIn(t.Body) {
		if _, seen := r.fields[f.key]; !seen {
			r.fields[f.key] = index.of(f.start)
		}
	}
	r.walk([]byte(t.Body))
	r.filled = bare(fill(t.Body, facts))
	r.names, r.phones = hostsIn(r.filled), phonesIn(r.filled)
	var words, told strings.Builder
	for _, b := range r.blocks {
		words.WriteString(lower(bare(b.text)) + "\n")
		told.WriteString(lower(bare(fill(b.text, facts))) + "\n")
	}
	r.words, r.told = words.String(), told.String()
	r.claims()
	r.literals = map[string]bool{}
	for field, value := range facts {
		value = strings.ToLower(strings.Join(strings.Fields(value), " "))
		r.literals[field] = len(value) >= shortestLiteral && strings.Contains(r.told, value)
	}
	return r
}

// shortestLiteral is the least length of a value whose occurrence in a text is
// no accident.
const shortestLiteral = 4

func (r *reading) walk(source []byte) {
	index := indexLines(string(source))
	doc := reader.Parse(text.NewReader(source), parser.WithContext(parser.NewContext()))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the visitor returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			r.heads = append(r.heads, heading{level: n.Level, text: wordsOf(n, source), line: index.of(offsetOf(n)), empty: emptyBelow(n)})
		case *ast.Paragraph, *ast.TextBlock, *tables.TableCell:
			r.blocks = append(r.blocks, block{wordsOf(n, source), index.of(offsetOf(n))})
		case *ast.Link:
			r.links = append(r.links, link{wordsOf(n, source), string(n.Destination), index.of(offsetOf(n))})
		case *ast.AutoLink:
			target := string(n.URL(source))
			if n.AutoLinkType == ast.AutoLinkEmail {
				target = "mailto:" + strings.TrimPrefix(target, "mailto:")
			}
			r.links = append(r.links, link{string(n.Label(source)), target, index.of(offsetOf(n))})
		}
		return ast.WalkContinue, nil
	})
}

// emptyBelow tells whether a section ends before it says anything.
func emptyBelow(h *ast.Heading) bool {
	for n := h.NextSibling(); n != nil; n = n.NextSibling() {
		next, isHeading := n.(*ast.Heading)
		switch {
		case !isHeading && n.Kind() != ast.KindThematicBreak:
			return false
		case isHeading && next.Level <= h.Level:
			return true
		}
	}
	return true
}

// wordsOf gives the text of a node as a reader sees it, in one line.
func wordsOf(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		switch c := c.(type) {
		case *ast.Text:
			if entering {
				out.Write(c.Segment.Value(source))
				if c.SoftLineBreak() || c.HardLineBreak() {
					out.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				out.Write(c.Label(source))
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String())
}

// offsetOf gives where a node begins.
func offsetOf(n ast.Node) int {
	at := -1
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := c.(*ast.Text); ok && entering && at < 0 {
			at = t.Segment.Start
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	for p := n; at < 0 && p != nil; p = p.Parent() {
		if p.Type() == ast.TypeBlock && p.Lines() != nil && p.Lines().Len() > 0 {
			at = p.Lines().At(0).Start
		}
	}
	return max(at, 0)
}

// has gives the first of some fields that the text carries.
func (r *reading) has(fields ...string) (line int, ok bool) {
	for _, f := range fields {
		if line, ok = r.fields[f]; ok {
			return line, true
		}
		if r.literals[f] {
			return 0, true
		}
	}
	return 0, false
}

// section gives the first heading with one of some texts that is not empty.
func (r *reading) section(texts ...string) (heading, bool) {
	for _, h := range r.heads {
		if !h.empty && slices.ContainsFunc(texts, func(t string) bool { return strings.EqualFold(t, h.text) }) {
			return h, true
		}
	}
	return heading{}, false
}

// under gives the heading of the section that a line is in.
func (r *reading) under(line int) string {
	at := ""
	for _, h := range r.heads {
		if h.line > line {
			break
		}
		at = h.text
	}
	return at
}

// lineWith gives the line of the body on which some words stand, or 0.
func (r *reading) lineWith(words string) int {
	i := strings.Index(strings.ToLower(r.source.Body), strings.ToLower(words))
	if i < 0 || i > len(r.source.Body) {
		return 0
	}
	return 1 + strings.Count(r.source.Body[:i], "\n")
}
