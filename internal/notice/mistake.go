package notice

import (
	"bytes"
	"fmt"

	"forthwith/internal/fault"
)

// mistakes collects what is wrong with one variant.
type mistakes struct {
	where  string // such as variants[0]
	source []byte
	fields []fault.Field

	origins []origin // of the lines of source; none: it is as it was written
}

// at adds a mistake in the body at a byte of the source.
func (m *mistakes) at(offset int, code string, v fault.Values) {
	if v == nil {
		v = fault.Values{}
	}
	if m.full() {
		return
	}
	line, where := 1+bytes.Count(m.source[:min(max(offset, 0), len(m.source))], []byte("\n")), m.where
	if line <= len(m.origins) {
		from := m.origins[line-1]
		if line = from.line; from.block != noBlock {
			where = blockAt(from.block)
		}
	}
	v["line"] = line
	m.add(where, "body", code, v)
}

// in adds a mistake of another field of the variant.
func (m *mistakes) in(field, code string, v fault.Values) { m.add(m.where, field, code, v) }

func (m *mistakes) add(where, field, code string, v fault.Values) {
	switch {
	case len(m.fields) == mostMistakes:
		m.fields = append(m.fields, fault.Field{Name: m.where, Code: "text_more_mistakes", Values: fault.Values{"limit": mostMistakes}})
	case !m.full():
		m.fields = append(m.fields, fault.Field{Name: where + "." + field, Code: code, Values: v})
	}
}

// full tells whether more was found than is named.
func (m *mistakes) full() bool { return len(m.fields) > mostMistakes }

func where(i int) string { return fmt.Sprintf("variants[%d]", i) }
