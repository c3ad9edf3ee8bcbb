package letter

import (
	"bytes"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"time"

	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

// form is a variant's letter as go-mail built and encoded it once, with the
// places where it differs between people left open. A place is a whole logical
// line: what follows a value on its line flows on after it.
type form struct {
	strokes []stroke
	size    int // of the fixed parts
}

// stroke writes one stretch of a letter.
type stroke struct {
	fixed []byte
	write func(out *bytes.Buffer, p Person, f notice.Filled) // nil: fixed alone
}

// Stand-ins for what is left open. A field's value cannot come here, and the
// two body marks stand alone in their parts.
const (
	textMark = "forthwith-text-part"
	htmlMark = "forthwith-html-part"
)

// newForm has go-mail build the letter once, around marks, and cuts it at them.
func (c *Composer) newForm(pieces notice.Pieces) (*form, error) {
	to, err := mailaddr.Parse(previewTo)
	if err != nil {
		return nil, err
	}
	raw, err := c.build(Person{Address: to, MessageID: "mark@mark", Date: time.Unix(0, 0)}, notice.Message{Subject: "mark", Text: textMark, HTML: htmlMark})
	if err != nil {
		return nil, err
	}
	head, rest, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	before, rest, okText := bytes.Cut(rest, []byte(textMark))
	between, after, okHTML := bytes.Cut(rest, []byte(htmlMark))
	if !ok || !okText || !okHTML {
		return nil, fmt.Errorf("make form: %w", ErrNotBuilt)
	}
	f := &form{}
	f.head(string(head), pieces.Subject)
	f.fix("\r\n" + string(before))
	f.body(pieces.Text)
	f.fix(string(between))
	f.body(pieces.HTML)
	f.fix(string(after))
	return f, nil
}

func (f *form) fix(s string) {
	f.size += len(s)
	if n := len(f.strokes); n > 0 && f.strokes[n-1].write == nil {
		f.strokes[n-1].fixed = append(f.strokes[n-1].fixed, s...)
		return
	}
	f.strokes = append(f.strokes, stroke{fixed: []byte(s)})
}

func (f *form) leave(write func(*bytes.Buffer, Person, notice.Filled)) {
	f.strokes = append(f.strokes, stroke{write: write})
}

// head keeps the headers that are the same for everybody, and leaves the others
// open.
func (f *form) head(head string, subject []notice.Piece) {
	for _, line := range headerLines(head) {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "Date":
			f.leave(func(out *bytes.Buffer, p Person, _ notice.Filled) {
				fold(out, name, p.Date.UTC().Format(time.RFC1123Z))
			})
		case "Message-ID":
			f.leave(func(out *bytes.Buffer, p Person, _ notice.Filled) { fold(out, name, "<"+p.MessageID+">") })
		case "To":
			f.leave(func(out *bytes.Buffer, p Person, _ notice.Filled) { fold(out, name, "<"+p.Address.String()+">") })
		case "Subject":
			f.subject(subject)
		default:
			f.fix(line)
		}
	}
}

func (f *form) subject(pieces []notice.Piece) {
	if text, same := fixedText(pieces); same {
		var out bytes.Buffer
		subjectLine(&out, text)
		f.fix(out.String())
		return
	}
	f.leave(func(out *bytes.Buffer, _ Person, v notice.Filled) { subjectLine(out, notice.Join(pieces, v)) })
}

// fixedText gives the text of pieces that have no field.
func fixedText(pieces []notice.Piece) (text string, same bool) {
	for _, p := range pieces {
		if p.Slot() {
			return "", false
		}
		text += p.Fixed
	}
	return text, true
}

// body encodes the lines without a field, and leaves those with one open.
func (f *form) body(pieces []notice.Piece) {
	for _, line := range logicalLines(pieces) {
		if text, same := fixedText(line); same {
			f.fix(encoded(text))
			continue
		}
		start, rest := opening(line)
		f.fix(start)
		f.leave(func(out *bytes.Buffer, _ Person, v notice.Filled) {
			w := quotedprintable.NewWriter(out)
			for _, p := range rest {
				_, _ = w.Write([]byte(p.Of(v))) // a buffer takes everything
			}
			_ = w.Close()
		})
	}
}

// logicalLines cuts pieces behind each line end. Values hold none.
func logicalLines(pieces []notice.Piece) [][]notice.Piece {
	lines := [][]notice.Piece{nil}
	for _, p := range pieces {
		if p.Slot() {
			lines[len(lines)-1] = append(lines[len(lines)-1], p)
			continue
		}
		for text := range strings.SplitAfterSeq(p.Fixed, "\n") {
			if text == "" {
				continue
			}
			lines[len(lines)-1] = append(lines[len(lines)-1], notice.Piece{Fixed: text})
			if strings.HasSuffix(text, "\n") {
				lines = append(lines, nil)
			}
		}
	}
	return lines
}

func encoded(text string) string {
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.String()
}

// opening encodes what stands before the first field of a line, as far as a
// soft line break has settled it; the rest is encoded with the value.
func opening(line []notice.Piece) (start string, rest []notice.Piece) {
	if line[0].Slot() {
		return "", line
	}
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	settled, text := 0, line[0].Fixed
	for i := range len(text) {
		before := out.Len()
		_, _ = w.Write([]byte{text[i]})
		if out.Len() > before {
			settled = i // this byte is the first behind the break
		}
	}
	return out.String(), append([]notice.Piece{{Fixed: text[settled:]}}, line[1:]...)
}

// fill writes one person's letter.
func (f *form) fill(p Person, v notice.Filled) []byte {
	var out bytes.Buffer
	out.Grow(f.size + f.size/4 + 512)
	for _, s := range f.strokes {
		if s.write != nil {
			s.write(&out, p, v)
		} else {
			out.Write(s.fixed)
		}
	}
	return out.Bytes()
}
