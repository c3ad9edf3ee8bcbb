package notice

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"forthwith/internal/canon"
)

// Paragraph is a block of a text that stands in no other: a paragraph, a heading,
// a list, a table.
type Paragraph struct {
	Line   int    // where it begins in its text, from 1
	Source string // as its author wrote it, without the empty lines after it
	SHA256 canon.Hash
}

// Paragraphs takes a text that was compiled apart. What makes no block of its own,
// such as a rule, belongs to the block before it.
func (s Source) Paragraphs() []Paragraph {
	source := s.lines()
	doc := markdown(&body{mistakes: &mistakes{source: source}}).Parser().Parse(text.NewReader(source))
	var starts []int
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if at, found := startOf(n); found {
			starts = append(starts, bytes.LastIndexByte(source[:at], '\n')+1)
		}
	}
	slices.Sort(starts) // a table may come before the paragraph that it was cut from
	starts = slices.Compact(starts)
	var all []Paragraph
	for i, at := range starts {
		end := len(source)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		words := bytes.TrimRight(source[at:end], " \t\n")
		all = append(all, Paragraph{Line: 1 + bytes.Count(source[:at], []byte("\n")), Source: string(words), SHA256: sha256.Sum256(words)})
	}
	return all
}

// startOf finds the first line of a block, which may stand in a block inside it. A
// fence is no line of its block.
func startOf(n ast.Node) (int, bool) {
	if n.Type() != ast.TypeBlock {
		return 0, false
	}
	if lines := n.Lines(); lines != nil && lines.Len() > 0 {
		if n.Kind() == ast.KindFencedCodeBlock {
			return lines.At(0).Start - 1, true
		}
		return lines.At(0).Start, true
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if at, found := startOf(c); found {
			return at, true
		}
	}
	return 0, false
}
