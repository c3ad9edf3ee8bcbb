package intake

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/phrase"
)

// Rejects gives the refused rows of a list as CSV (RFC 4180): line, column,
// reason, then the cells as they stood under their columns' names. The reading
// is recorded before the first row is written, for the cells name persons.
func (s Service) Rejects(ctx context.Context, by access.Actor, no id.List) (func(io.Writer) error, error) {
	l, err := s.Get(ctx, by, no)
	if err != nil {
		return nil, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		return tx.Record(ledger.New(by, ledger.RejectsRead, no).In(int64(l.Incident)).With(map[string]int64{"rejected": l.Counts.Rejected}))
	})
	return func(w io.Writer) error { return s.writeRejects(ctx, l, w) }, err
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
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(neutralised(append([]string{"line", "column", "reason"}, l.Columns...))); err != nil {
		return fmt.Errorf("write rejects of %s: %w", l.ID, err)
	}
	err := s.Store.Rejects(ctx, l, func(r Reject) error {
		return out.Write(neutralised(append([]string{strconv.Itoa(r.Line), r.Column, r.sentence()}, r.Cells...)))
	})
	if err != nil {
		return fmt.Errorf("read rejects of %s: %w", l.ID, err)
	}
	out.Flush()
	return out.Error()
}

func (r Reject) sentence() string {
	return phrase.Say(string(r.Reason), map[string]any{"got": r.Got, "column": r.Column})
}

// neutralised keeps a spreadsheet from running a cell as a formula: those that
// could be one get an apostrophe in front.
func neutralised(cells []string) []string {
	for i, c := range cells {
		if first, _ := utf8.DecodeRuneInString(c); strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) && c != "" {
			cells[i] = "'" + c
		}
	}
	return cells
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
