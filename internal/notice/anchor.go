package notice

import (
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// anchor finds the paragraph that begins at a spot.
func (d Document) anchor(at Spot) (*Anchor, error) {
	texts := d.Texts()
	if at.Variant < 0 || at.Variant >= len(texts) {
		return nil, fault.Wrong("variant", "comment_no_text", fault.Values{"name": "variant"})
	}
	for _, p := range texts[at.Variant].Paragraphs() {
		if p.Line == at.Line {
			return &Anchor{Spot: at, SHA256: p.SHA256}, nil
		}
	}
	return nil, fault.Wrong("line", "comment_no_paragraph", fault.Values{"name": "line"})
}

// texts are those of a version, each taken apart when it is first asked about.
type texts struct {
	sources []Source
	parts   map[int][]Paragraph
}

func (t *texts) of(variant int) []Paragraph {
	if t.parts == nil {
		t.parts = map[int][]Paragraph{}
	}
	parts, known := t.parts[variant]
	if !known {
		parts = t.sources[variant].Paragraphs()
		t.parts[variant] = parts
	}
	return parts
}

// find gives where the paragraph of a comment stands in a version: unchanged, in the
// text of the same place first, and there next to where it stood.
func (t *texts) find(c Comment, in id.Version) *Spot {
	switch {
	case c.Anchor == nil:
		return nil
	case c.Version == in:
		return &c.Anchor.Spot
	}
	order := make([]int, len(t.sources))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return far(a, c.Anchor.Variant) - far(b, c.Anchor.Variant) })
	for _, variant := range order {
		if line := c.Anchor.nearest(t.of(variant)); line > 0 {
			return &Spot{Variant: variant, Line: line}
		}
	}
	return nil
}

// nearest gives the line of the same paragraph that is nearest, or 0.
func (a Anchor) nearest(parts []Paragraph) (line int) {
	for _, p := range parts {
		if p.SHA256 == a.SHA256 && (line == 0 || far(p.Line, a.Line) < far(line, a.Line)) {
			line = p.Line
		}
	}
	return line
}

func far(a, b int) int { return max(a-b, b-a) }
