package spreadsheet

import (
	"encoding/binary"
	"encoding/xml"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"forthwith/internal/intake"
)

// maxTexts bounds the memory for the texts that cells share: three million of
// seventeen characters, or fewer long ones.
const maxTexts = 80 << 20

// texts are what cells of text point to, each with its length before it.
type texts struct {
	held content
	at   [][]uint32 // where each begins, in pieces that never move
	n    int
}

const placesAtOnce = 1 << 16

func (t *texts) add(s []byte) error {
	if t.held.size+int64(len(s))+4*int64(t.n) > maxTexts {
		return tooMuch
	}
	if t.n%placesAtOnce == 0 {
		t.at = append(t.at, make([]uint32, 0, placesAtOnce))
	}
	last := len(t.at) - 1
	t.at[last] = append(t.at[last], uint32(t.held.size))
	t.n++
	t.held.add(binary.AppendUvarint(nil, uint64(len(s))))
	t.held.add(s)
	return nil
}

// append adds a text to dst.
func (t *texts) append(dst []byte, no int) []byte {
	var head [binary.MaxVarintLen32]byte
	at := int64(t.at[no/placesAtOnce][no%placesAtOnce])
	n, _ := t.held.ReadAt(head[:], at) // what was put there is there
	size, width := binary.Uvarint(head[:n])
	from := len(dst)
	dst = append(dst, make([]byte, size)...)
	_, _ = t.held.ReadAt(dst[from:], at+int64(width))
	return dst
}

// readTexts reads the table of shared texts.
func (p *parts) readTexts(name string) (*texts, error) {
	all := &texts{}
	if name == "" || !p.has(name) {
		return all, nil
	}
	src, err := p.open(name, maxUnpacked)
	if err != nil {
		return nil, err
	}
	defer src.close()
	m := newMarkup(src)
	for {
		t, err := m.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if start, ok := t.(xml.StartElement); !ok || start.Name.Local != "si" {
			continue
		}
		text, err := m.richText()
		if err == nil {
			err = all.add(text)
		}
		if err != nil {
			return nil, err
		}
	}
}

// richText gives the text of the element that has just begun, up to its end:
// that of its runs without the marks for their pronunciation. Of one that is too
// long it gives a little more than a cell may hold.
func (m *markup) richText() ([]byte, error) {
	m.text = m.text[:0]
	outside, in, spoken := m.depth-1, false, 0
	for m.depth > outside {
		t, err := m.next()
		if err != nil {
			return nil, early(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Local == "rPh" {
				spoken++
			}
			in = t.Name.Local == "t" && spoken == 0
		case xml.EndElement:
			if in = false; t.Name.Local == "rPh" {
				spoken--
			}
		case xml.CharData:
			if in {
				m.keep(t)
			}
		}
	}
	return unescape(m.text), nil
}

// plainText gives the text of the element that has just begun.
func (m *markup) plainText() ([]byte, error) {
	m.text = m.text[:0]
	for outside := m.depth - 1; m.depth > outside; {
		t, err := m.next()
		if err != nil {
			return nil, early(err)
		}
		if text, ok := t.(xml.CharData); ok {
			m.keep(text)
		}
	}
	return m.text, nil
}

func (m *markup) keep(text []byte) {
	// Escapes make a text shorter, at most to a seventh.
	if room := 7*intake.MaxCell + 1 - len(m.text); room > 0 {
		m.text = append(m.text, text[:min(room, len(text))]...)
	}
}

func early(err error) error {
	if err == io.EOF {
		return broken
	}
	return err
}

// unescape reads _xHHHH_, as which characters are written that XML cannot have
// (ISO/IEC 29500-1, 22.9.2.19). Half a character stays as it is written.
func unescape(s []byte) []byte {
	out := s[:0]
	for i := 0; i < len(s); {
		unit, ok := escaped(s[i:])
		if !ok {
			out = append(out, s[i])
			i++
			continue
		}
		r, width := rune(unit), 7
		if utf16.IsSurrogate(r) {
			second, ok := escaped(s[i+7:])
			if r = utf16.DecodeRune(r, rune(second)); !ok || r == utf8.RuneError {
				out = append(out, s[i])
				i++
				continue
			}
			width = 14
		}
		out = utf8.AppendRune(out, r)
		i += width
	}
	return out
}

func escaped(s []byte) (uint16, bool) {
	if len(s) < 7 || s[0] != '_' || s[1] != 'x' || s[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return uint16(n), err == nil
}
