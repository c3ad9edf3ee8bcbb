package spreadsheet

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
)

// maxDepth is how deep elements may stand in each other; workbooks need ten.
const maxDepth = 64

// markup reads the elements of a part. Prefixes of names are passed over, for
// the strict and the usual form differ in nothing else. Declarations of types
// and entities (DTD) are refused, so that nothing can be expanded or fetched.
type markup struct {
	xml   *xml.Decoder
	depth int
	text  []byte
}

func newMarkup(src io.Reader) *markup {
	return &markup{xml: xml.NewDecoder(bufio.NewReaderSize(src, 64<<10))}
}

// next gives the next beginning or end of an element, or text; io.EOF once the
// outermost element has ended.
func (m *markup) next() (xml.Token, error) {
	for {
		t, err := m.xml.RawToken()
		if err != nil {
			return nil, m.ended(err)
		}
		switch t.(type) {
		case xml.StartElement:
			if m.depth++; m.depth > maxDepth {
				return nil, broken
			}
			return t, nil
		case xml.EndElement:
			if m.depth--; m.depth < 0 {
				return nil, broken
			}
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, broken
		}
	}
}

func (m *markup) ended(err error) error {
	var told refusal
	switch {
	case errors.As(err, &told):
		return told
	case err == io.EOF && m.depth == 0:
		return io.EOF
	}
	return broken
}

// each visits the beginnings of all elements.
func (m *markup) each(visit func(xml.StartElement) error) error {
	for {
		t, err := m.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := t.(xml.StartElement); ok {
			if err := visit(start); err != nil {
				return err
			}
		}
	}
}

// attribute gives the value of one, by its name without prefix.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
