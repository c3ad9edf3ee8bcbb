package notice

import (
	"bytes"

	"github.com/yuin/goldmark/ast"

	"forthwith/internal/fault"
)

// Bounds of a text, far above what a notice needs. Within them every text is
// compiled in a time that its length bounds: what a reader of Markdown takes for
// deep nesting, many open signs or wide tables grows with their square.
const (
	maxSource    = 64 << 10
	mostLines    = 2000
	longestLine  = 5000 // bytes
	mostIndent   = 40   // spaces before a line
	mostNested   = 8    // quotes and lists that a line opens, one in the other
	mostSigns    = 2000 // that Markdown may read, in the whole text
	mostColumns  = 20
	mostDeep     = 32 // anything in anything
	mostFields   = 200
	mostMistakes = 100 // that are named
	longestShown = 80  // characters of what is wrong
)

// signs are those that open something.
const signs = "*_~[]`<"

// checkBounds refuses, in one pass and before anything is parsed, a text that
// would take long to compile.
func (b *body) checkBounds() bool {
	if len(b.source) > maxSource {
		b.at(maxSource, "text_too_long", fault.Values{"limit": maxSource >> 10})
		return false
	}
	offset, opened := 0, 0
	for no, line := range bytes.Split(b.source, []byte("\n")) {
		if opened += count(line, signs); opened > mostSigns {
			b.at(offset, "text_many_signs", fault.Values{"limit": mostSigns})
			return false
		}
		if code, limit := tooMuch(no, line); code != "" {
			b.at(offset, code, fault.Values{"limit": limit})
			return false
		}
		offset += len(line) + 1
	}
	return true
}

// tooMuch tells what is too much about one line.
func tooMuch(no int, line []byte) (code string, limit int) {
	indent, nested := opens(line)
	switch {
	case no == mostLines:
		return "text_many_lines", mostLines
	case len(line) > longestLine:
		return "text_long_line", longestLine
	case nested > mostNested:
		return "text_nested", mostNested
	case indent > mostIndent:
		return "text_indented", mostIndent
	case bytes.Count(line, []byte("|")) > mostColumns+1:
		return "text_many_columns", mostColumns
	}
	return "", 0
}

// opens counts the spaces before a line, those between its marks too, and the
// quotes and lists that it may open. A line of nothing but marks is a rule.
func opens(line []byte) (indent, nested int) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ':
			indent++
		case c == '\t':
			indent += 4
		case c == '>', bytes.IndexByte([]byte("-*+"), c) >= 0 && spaceAt(line, i+1):
			nested++
		case '0' <= c && c <= '9':
			end := i
			for end < len(line) && '0' <= line[end] && line[end] <= '9' {
				end++
			}
			if end == len(line) || line[end] != '.' && line[end] != ')' || !spaceAt(line, end+1) {
				return indent, nested
			}
			nested, i = nested+1, end
		default:
			return indent, nested
		}
	}
	if len(bytes.Trim(line, "-* \t")) == 0 {
		nested = 0
	}
	return indent, nested
}

func spaceAt(line []byte, i int) bool { return i >= len(line) || line[i] == ' ' || line[i] == '\t' }

func count(line []byte, of string) (n int) {
	for i := range len(of) {
		n += bytes.Count(line, []byte{of[i]})
	}
	return n
}

// checkDeep refuses what stands too deep in something else: whoever writes the
// parts goes down once for each.
func (b *body) checkDeep(n ast.Node, depth int) bool {
	if depth > mostDeep {
		b.at(b.offsetOf(n), "text_deep", fault.Values{"limit": mostDeep})
		return false
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if !b.checkDeep(c, depth+1) {
			return false
		}
	}
	return true
}

// shown is what a refusal quotes of a text.
func shown(s string) string {
	if runes := []rune(s); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return s
}
