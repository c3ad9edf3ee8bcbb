package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Format is how rows stand in a file.
type Format string

// NDJSON is one JSON object a line (ndjson.org, jsonlines.org). The zero value
// is delimited text.
const NDJSON Format = "ndjson"

// maxLine bounds a line of NDJSON.
const maxLine = 1 << 20

// Objects reads NDJSON into records: a cell for each of its keys, in their
// order. A text is the cell as it is; a number, true and false as they are
// written; null, or no such key, is the empty cell; an object or a list inside
// is its JSON. Lines of white space only are no rows.
type Objects struct {
	src    *bufio.Reader
	at     map[string]int
	line   int
	record Record
	err    error
}

// NewObjects reads text in UTF-8.
func NewObjects(src io.Reader, keys []string) *Objects {
	o := &Objects{src: bufio.NewReaderSize(src, 64<<10), at: make(map[string]int, len(keys))}
	for i, k := range keys {
		o.at[k] = i
	}
	return o
}

// Err gives the error that ended the scan; the end of the file is none.
func (o *Objects) Err() error { return o.err }

// Record gives the row that Scan found.
func (o *Objects) Record() Record { return o.record }

// Scan finds the next row. It returns false at the end or on a read error.
func (o *Objects) Scan() bool {
	for {
		line, long, err := readLine(o.src)
		if err != nil && err != io.EOF {
			o.err = err
			return false
		}
		o.line++
		if text := bytes.TrimSpace(line); len(text) > 0 {
			o.record = o.row(text, long)
			return true
		}
		if err == io.EOF {
			return false
		}
	}
}

func (o *Objects) row(text []byte, long bool) Record {
	r := Record{Line: o.line, Column: -1, Cells: [][]byte{text}}
	if long {
		r.Problem, r.Got = CellTooLong, maxLine
		return r
	}
	fields, problem := objectOf(text)
	if problem != "" {
		r.Problem = problem
		return r
	}
	r.Cells = make([][]byte, len(o.at))
	for _, f := range fields {
		i, known := o.at[f.key]
		if !known {
			r.Problem = KeyUnknown // the file is not the one that was looked at
			return r
		}
		r.Cells[i] = f.cell
	}
	r.judge()
	return r
}

// readLine gives a line without its end. Of one that is too long it gives the
// beginning, and passes over the rest.
func readLine(src *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := src.ReadSlice('\n')
		if room := maxLine - len(line); len(part) > room {
			part, long = part[:room], true
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(line, []byte("\n")), long, err
		}
	}
}

// field is one member of an object, as a cell.
type field struct {
	key  string
	cell []byte
}

// objectOf takes a line apart. A key that stands twice makes it a problem: which
// of the two is meant nobody knows. Of too many it gives the first.
func objectOf(line []byte) ([]field, Reason) {
	if !utf8.Valid(line) {
		return nil, NotInEncoding
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, NotAnObject
	}
	var all []field
	for d.More() {
		if len(all) > mostCells {
			return all, TooManyCells
		}
		f, err := member(d)
		switch {
		case errors.Is(err, errHalf):
			return nil, NotInEncoding
		case err != nil:
			return nil, NotAnObject
		case strings.IndexByte(f.key, 0) >= 0:
			return nil, HasNUL
		}
		for _, before := range all {
			if before.key == f.key {
				return nil, KeyTwice
			}
		}
		all = append(all, f)
	}
	if _, err := d.Token(); err != nil {
		return nil, NotAnObject
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, NotAnObject
	}
	return all, ""
}

// errHalf means that a text holds half a character, as \ud800: a decoder makes
// another character of it.
var errHalf = errors.New("half a character")

func member(d *json.Decoder) (field, error) {
	var raw json.RawMessage
	t, err := d.Token()
	key, _ := t.(string)
	if err == nil {
		err = d.Decode(&raw)
	}
	if err == nil && strings.ContainsRune(key, utf8.RuneError) {
		err = errHalf
	}
	if err != nil {
		return field{}, err
	}
	cell, err := cellOf(raw)
	return field{key, cell}, err
}

// cellOf writes a value as a cell.
func cellOf(raw json.RawMessage) ([]byte, error) {
	switch raw[0] {
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
		if strings.ContainsRune(text, utf8.RuneError) && half(raw) {
			return nil, errHalf
		}
		return []byte(text), nil
	case 'n':
		return nil, nil
	case '{', '[':
		var out bytes.Buffer
		err := json.Compact(&out, raw)
		return out.Bytes(), err
	}
	return raw, nil
}

// half tells whether a text's replacement characters were not all written as
// such.
func half(raw []byte) bool {
	var text string
	low := bytes.ReplaceAll(bytes.ToLower(raw), []byte(`\\`), nil)
	_ = json.Unmarshal(raw, &text) // it was read before
	return strings.Count(text, "\ufffd") > bytes.Count(low, []byte(`\ufffd`))+bytes.Count(raw, []byte("\ufffd"))
}

// keyFinder collects the keys of all objects of a file, in the order of their
// first appearance, however the file is cut into writes.
type keyFinder struct {
	rest []byte // of a line that is not whole
	skip bool   // the line is too long to be read
	keys []string
	seen map[string]bool
}

func (k *keyFinder) write(p []byte) {
	for len(p) > 0 {
		line, rest, ends := bytes.Cut(p, []byte("\n"))
		if p = rest; len(k.rest)+len(line) > maxLine {
			k.rest, k.skip = nil, true
		}
		if !k.skip {
			k.rest = append(k.rest, line...)
		}
		if ends {
			k.end()
		}
	}
}

// end reads the line at hand.
func (k *keyFinder) end() {
	if !k.skip {
		k.look(bytes.TrimSpace(k.rest))
	}
	k.rest, k.skip = k.rest[:0], false
}

func (k *keyFinder) look(line []byte) {
	if len(line) == 0 {
		return
	}
	fields, _ := objectOf(line)
	for _, f := range fields {
		if !k.seen[f.key] && len(k.keys) <= mostCells {
			if k.seen == nil {
				k.seen = map[string]bool{}
			}
			k.seen[f.key], k.keys = true, append(k.keys, f.key)
		}
	}
}

// opensObject tells whether a text begins as an object does, and not as a name
// in braces. It is not known while the text ends before that shows.
func opensObject(text []byte) (is, known bool) {
	inside, ok := bytes.CutPrefix(text, []byte("{"))
	if !ok {
		return false, len(text) > 0
	}
	inside = bytes.TrimLeft(inside, " \t\r\n")
	return len(inside) > 0 && (inside[0] == '"' || inside[0] == '}'), len(inside) > 0
}

// startsWithObject tells whether a text begins with a line that is an object.
func startsWithObject(text []byte) bool {
	line, _, ends := bytes.Cut(text, []byte("\n"))
	if !ends && len(text) >= HeadBytes {
		return false
	}
	_, problem := objectOf(bytes.TrimSpace(line))
	return problem == "" || problem == KeyTwice || problem == TooManyCells || problem == HasNUL
}
