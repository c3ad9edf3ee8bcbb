package spreadsheet

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"

	"forthwith/internal/intake"
)

// reader walks one sheet.
type reader struct {
	*workbook
	src   *unpacking
	m     *markup
	line  int // of the last row
	row   row
	slots [intake.MaxColumns]cell
	used  int    // slots that hold something or came before one that does
	last  int    // column of the last cell, from 0
	bytes []byte // the cells' texts
}

// openSheet begins with the rows of a sheet.
func (w *workbook) openSheet(no int) (*reader, error) {
	src, err := w.parts.open(w.sheets[no].part, maxUnpacked)
	if err != nil {
		return nil, err
	}
	return &reader{workbook: w, src: src, m: newMarkup(src)}, nil
}

// next gives the next row that holds anything; io.EOF behind the last. It is
// valid until the next call.
func (r *reader) next() (*row, error) {
	for {
		t, err := r.m.next()
		if err != nil {
			return nil, err
		}
		if end, ok := t.(xml.EndElement); ok && end.Name.Local == "sheetData" {
			if err := r.src.finish(); err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		if start, ok := t.(xml.StartElement); ok && start.Name.Local == "row" {
			if err := r.readRow(start); err != nil {
				return nil, err
			}
			if r.used > 0 || r.row.problem != 0 {
				r.row.cells = r.slots[:r.used]
				return &r.row, nil
			}
		}
	}
}

func (r *reader) readRow(e xml.StartElement) error {
	if err := r.number(attribute(e, "r")); err != nil {
		return err
	}
	clear(r.slots[:r.used])
	r.row, r.used, r.last, r.bytes = row{line: r.line}, 0, -1, r.bytes[:0]
	for outside := r.m.depth - 1; r.m.depth > outside; {
		t, err := r.m.next()
		if err != nil {
			return early(err)
		}
		if start, ok := t.(xml.StartElement); ok && start.Name.Local == "c" {
			if err := r.readCell(start); err != nil {
				return err
			}
		}
	}
	return nil
}

// number finds the row's number. Rows go up; a row without a number follows the
// one before.
func (r *reader) number(text string) error {
	no := r.line + 1
	if text != "" {
		var err error
		if no, err = strconv.Atoi(text); err != nil || no <= r.line {
			return broken
		}
	}
	if r.line = no; no > maxLine {
		return broken
	}
	return nil
}

// column reads the letters of a cell's place, such as AB7.
func column(ref string) (int, bool) {
	n := 0
	for i := 0; i < len(ref); i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<14 {
			return 0, false
		}
	}
	return n - 1, n > 0
}

func (r *reader) readCell(e xml.StartElement) error {
	at := r.last + 1
	if ref := attribute(e, "r"); ref != "" {
		var ok bool
		if at, ok = column(ref); !ok || at <= r.last {
			return broken
		}
	}
	r.last = at
	c, err := r.value(e)
	if err != nil || c.mark == fine && len(c.text) == 0 {
		return err
	}
	if at >= intake.MaxColumns {
		if r.row.problem == 0 {
			r.row.problem = tooMany
		}
		return nil
	}
	r.keep(at, c)
	return nil
}

// keep puts a cell at its place. Of one that is too long it keeps the beginning.
func (r *reader) keep(at int, c cell) {
	if len(c.text) > intake.MaxCell {
		if r.row.problem == 0 {
			r.row.problem, r.row.column, r.row.got = tooLong, at, int64(len(c.text))
		}
		c.text = c.text[:intake.KeptBytes]
	}
	from := len(r.bytes)
	r.bytes = append(r.bytes, c.text...)
	r.slots[at] = cell{c.mark, r.bytes[from:len(r.bytes):len(r.bytes)]}
	r.used = at + 1
}

// value reads a cell's stored value.
func (r *reader) value(e xml.StartElement) (cell, error) {
	var text []byte
	stored, formula := false, false
	for outside := r.m.depth - 1; r.m.depth > outside; {
		t, err := r.m.next()
		if err != nil {
			return cell{}, early(err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "v":
			stored = true
			text, err = r.m.plainText()
		case "is":
			stored = true
			text, err = r.m.richText()
		case "f":
			formula = true
			if !stored {
				_, err = r.m.plainText()
			}
		}
		if err != nil {
			return cell{}, err
		}
	}
	if !stored && formula {
		return cell{mark: uncalculated}, nil
	}
	return r.shown(attribute(e, "t"), attribute(e, "s"), text)
}

// shown gives a stored value of some type as it is shown.
func (w *workbook) shown(kind, style string, text []byte) (cell, error) {
	switch kind {
	case "s":
		no, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if len(text) == 0 {
			return cell{}, nil
		}
		if err != nil || no < 0 || no >= w.texts.n {
			return cell{}, broken
		}
		w.scratch = w.texts.append(w.scratch[:0], no)
		return cell{text: w.scratch}, nil
	case "str":
		return cell{text: unescape(text)}, nil
	case "inlineStr":
		return cell{text: text}, nil
	case "b":
		return cell{text: truthShown(text)}, nil
	case "e":
		return cell{mark: isError, text: text}, nil
	case "d":
		return cell{text: []byte(isoMoment(string(text)))}, nil
	}
	if len(text) > intake.MaxCell {
		return cell{}, broken // no number is as long
	}
	return cell{text: []byte(w.format(style).shown(string(bytes.TrimSpace(text)), w.from04))}, nil
}

func truthShown(text []byte) []byte {
	switch string(bytes.TrimSpace(text)) {
	case "1", "true":
		return []byte("TRUE")
	case "0", "false":
		return []byte("FALSE")
	}
	return text
}

func (w *workbook) format(style string) *format {
	if no, err := strconv.Atoi(style); err == nil && no >= 0 && no < len(w.formats) {
		return w.formats[no]
	}
	return plain
}
