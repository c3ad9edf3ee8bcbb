package intake

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/phrase"
)

// Rejects gives the refused rows of a list in the shape of the file that they
// came in: as objects (NDJSON), or as delimited text (RFC 4180) with the file's
// delimiter; a workbook's, and any that are wanted so, as CSV. Line, column and reason come first, then the
// cells as they stood under their columns' names. The reading is recorded
// before the first row is written, for the cells name persons.
func (s Service) Rejects(ctx context.Context, by access.Actor, no id.List, asCSV bool) (RejectsFile, error) {
	l, err := s.Get(ctx, by, no)
	if err != nil {
		return RejectsFile{}, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		return tx.Record(ledger.New(by, ledger.RejectsRead, no).In(int64(l.Incident)).With(map[string]int64{"rejected": l.Counts.Rejected}))
	})
	if l.Dialect.Format == NDJSON && !asCSV {
		return RejectsFile{"application/x-ndjson", "ndjson", func(w io.Writer) error { return s.writeObjects(ctx, l, w) }}, err
	}
	return RejectsFile{"text/csv; charset=utf-8", "csv", func(w io.Writer) error { return s.writeRejects(ctx, l, w) }}, err
}

// RejectsFile is a file of refused rows.
type RejectsFile struct {
	Type, Extension string
	Write           func(io.Writer) error
}

// Refused counts rows that were refused for one reason. Line, Column and Got are
// of the first of them.
type Refused struct {
	Reason Reason
	Rows   int64
	Line   int64
	Column string
	Got    int64
}

// Refused tells why rows of a list were refused. It names no person.
func (s Service) Refused(ctx context.Context, by access.Actor, no id.List) ([]Refused, error) {
	l, err := s.Get(ctx, by, no)
	if err != nil {
		return nil, err
	}
	return s.Store.Refused(ctx, l)
}

func (s Service) writeRejects(ctx context.Context, l List, w io.Writer) error {
	buffer := bufio.NewWriter(w)
	out, columns := newDelimited(buffer, l.Dialect.Delimiter), newlyRefused(l.Columns, l.Columns)
	if err := out.write(neutralised(append(whyNames(columns), columns...))); err != nil {
		return fmt.Errorf("write rejects of %s: %w", l.ID, err)
	}
	err := s.Store.Rejects(ctx, l, func(r Reject) error {
		return out.write(neutralised(append(r.why(), newlyRefused(l.Columns, r.Cells)...)))
	})
	if err != nil {
		return fmt.Errorf("read rejects of %s: %w", l.ID, err)
	}
	return buffer.Flush()
}

// writeObjects writes an object a line. A line that was none stands as one text
// under the name of refusedText.
func (s Service) writeObjects(ctx context.Context, l List, w io.Writer) error {
	columns := newlyRefused(l.Columns, l.Columns)
	why := whyNames(columns)
	names, whole := append(slices.Clone(why), columns...), append(slices.Clone(why), refusedText)
	out := bufio.NewWriter(w)
	err := s.Store.Rejects(ctx, l, func(r Reject) error {
		as, cells := names, newlyRefused(l.Columns, r.Cells)
		if r.Column == "" && len(r.Cells) == 1 {
			as, cells = whole, r.Cells
		}
		_, err := out.Write(objectLine(as, append(r.why(), cells...)))
		return err
	})
	if err != nil {
		return fmt.Errorf("write rejects of %s: %w", l.ID, err)
	}
	return out.Flush()
}

func objectLine(names, cells []string) []byte {
	line := []byte{'{'}
	for i, c := range cells[:min(len(cells), len(names))] {
		if i > 0 {
			line = append(line, ',')
		}
		line = AppendJSON(append(AppendJSON(line, names[i]), ':'), c)
	}
	return append(line, '}', '\n')
}

// refusedText names a line that could not be read as an object.
const refusedText = "refused text"

// why gives the cells that say where a row stood and why it was refused.
func (r Reject) why() []string { return []string{strconv.Itoa(r.Line), r.Column, r.sentence()} }

func (r Reject) sentence() string {
	return phrase.Say(string(r.Reason), map[string]any{"got": r.Got, "column": r.Column})
}

// Escaped gives the kept cells as text. Bytes that no text has, and controls,
// are written \xNN; a backslash is doubled in such a cell only.
func (r Reject) Escaped() []string {
	out := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		if out[i] = c; odd(c) {
			out[i] = escape(c)
		}
	}
	return out
}

func odd(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, hidden)
}

func hidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

func escape(s string) string {
	var out bytes.Buffer
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1 || hidden(r):
			for _, b := range []byte(s[:n]) {
				fmt.Fprintf(&out, `\x%02x`, b)
			}
		case r == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteRune(r)
		}
		s = s[n:]
	}
	return out.String()
}
