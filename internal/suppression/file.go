package suppression

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
	"forthwith/internal/reason"
)

// Bounds of a file.
const (
	mostLines   = 200_000
	longestLine = 64 << 10
	mostRefused = 100 // that are told one by one
)

// Difference is what a file changed. Its lines are Added + Known + Refused; the
// addresses stay unsaid.
type Difference struct {
	Lines, Added, Known, Refused int
	Wrong                        []RefusedLine // the first of those that were refused
}

// RefusedLine is a line without a usable address.
type RefusedLine struct {
	Line int
	Code string
}

// Import keeps one suppression for each line of a file: an address stands in its
// first column. A first line without an address is its header. Lines that hold
// none are refused one by one; the others count.
func (s Service) Import(ctx context.Context, by access.Actor, file io.Reader, source Source, why string) (Difference, error) {
	if err := access.SuppressPeople.Allow(by); err != nil {
		return Difference{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(append(sourceFault(source), reason.Check(why)...)); err != nil {
		return Difference{}, err
	}
	all, found, err := read(file)
	if err != nil {
		return found, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		made, err := insert(tx, by, source, why, all)
		found.Added, found.Known = len(made), found.Lines-found.Refused-len(made)
		return err
	})
	return found, err
}

// read takes the addresses of a file, each once.
func read(file io.Reader) ([]mailaddr.Address, Difference, error) {
	var found Difference
	var all []mailaddr.Address
	seen := map[string]bool{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longestLine)
	for no := 1; lines.Scan(); no++ {
		cell := firstCell(lines.Bytes(), no == 1)
		if cell == "" {
			continue
		}
		address, err := mailaddr.Parse(cell)
		var why mailaddr.Refusal
		if errors.As(err, &why) {
			if no > 1 || strings.Contains(cell, "@") {
				found.refuse(no, string(why))
			}
			continue
		}
		found.Lines++
		if !seen[address.GroupingKey()] {
			seen[address.GroupingKey()], all = true, append(all, address)
		}
		if found.Lines > mostLines {
			return nil, found, fault.Wrong("file", "suppression_file_long", fault.Values{"limit": mostLines})
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, found, fault.Wrong("file", "suppression_file_not_lines", fault.Values{})
		}
		return nil, found, err
	}
	if found.Lines == 0 {
		return nil, found, fault.Wrong("file", "suppression_file_empty", fault.Values{})
	}
	return all, found, nil
}

func (d *Difference) refuse(line int, code string) {
	d.Lines++
	d.Refused++
	if len(d.Wrong) < mostRefused {
		d.Wrong = append(d.Wrong, RefusedLine{line, code})
	}
}

// firstCell gives what stands before the first delimiter, without quotes and a
// byte order mark.
func firstCell(line []byte, first bool) string {
	if first {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if i := bytes.IndexAny(line, ",;\t"); i >= 0 {
		line = line[:i]
	}
	return strings.Trim(strings.TrimSpace(string(line)), `"`)
}
