package intake

import (
	"fmt"
	"io"
	"strings"

	"forthwith/internal/fault"
)

// Reader walks a file once, row by row.
type Reader struct {
	scan    Records
	columns []string
	mended  bool         // it is a file of refused rows, whose formulas were neutralised
	sheet   bool         // rows end where their last cell is
	width   int          // of a sheet without column names
	close   func() error // nil: there is nothing to end
	pending *Record      // the first row of a file without column names
}

// Records is what a format makes of a file.
type Records interface {
	Scan() bool
	Record() Record
	Err() error
}

// Open reads the column names of a file. Beyond limit bytes reading fails with
// file_too_large; a limit of 0 is MaxFile. Title rows above the header are
// passed over; they are no rows of the list.
func Open(src io.Reader, d Dialect, limit int64) (*Reader, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = MaxFile
	}
	if d.Format == NDJSON {
		r := &Reader{scan: NewObjects(d.Encoding.reader(d.Packing.content(src, limit)), d.Keys)}
		return r, r.named(d.Keys)
	}
	r := &Reader{scan: NewScanner(d.Encoding.reader(d.Packing.content(src, limit)), d.Delimiter[0])}
	return r, r.begin(d.HeaderRow)
}

// begin reads up to the column names.
func (r *Reader) begin(headerRow int) error {
	for r.scan.Scan() {
		rec := r.scan.Record()
		if !r.sheet && isSeparator(rec) || rec.Line < headerRow {
			continue
		}
		return r.header(rec, headerRow == 0)
	}
	if err := r.scan.Err(); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	return fault.Wrong("file", "file_no_header", fault.Values{"line": headerRow})
}

// Close ends what reads the file. A second call does nothing.
func (r *Reader) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

func isSeparator(rec Record) bool {
	if rec.Line != 1 || len(rec.Cells) == 0 {
		return false
	}
	return strings.HasPrefix(strings.ToLower(string(rec.Cells[0])), "sep=") && len(rec.Cells) <= 2
}

func (r *Reader) header(rec Record, nameless bool) error {
	if rec.Problem != "" && !nameless {
		return brokenHeader(rec.Line, rec.Problem)
	}
	if nameless {
		for i := range max(min(len(rec.Cells), MaxColumns), r.width) {
			r.columns = append(r.columns, numbered(i))
		}
		r.pending = &rec
		return nil
	}
	var err error
	if r.columns, err = ColumnNames(rec.Cells); mended(r.columns) {
		r.mended = true
		asTheyWere(rec.Cells)
		r.columns, err = ColumnNames(rec.Cells)
	}
	if err == nil && !r.mended && len(r.columns) > MaxColumns {
		return brokenHeader(rec.Line, TooManyCells)
	}
	return err
}

func brokenHeader(line int, why Reason) error {
	return fault.Wrong("file", "header_broken", fault.Values{"line": line, "reason": string(why)})
}

// named takes the keys of objects for column names.
func (r *Reader) named(keys []string) error {
	switch {
	case len(keys) == 0:
		return fault.Wrong("file", "file_no_keys", nil)
	case len(keys) > MaxColumns && (len(keys) > mostCells || !mended(keys)):
		return fault.Wrong("file", "too_many_keys", fault.Values{"limit": MaxColumns})
	}
	cells := make([][]byte, len(keys))
	for i, k := range keys {
		cells[i] = []byte(k)
	}
	var err error
	r.columns, err = ColumnNames(cells)
	return err
}

// Columns gives the names of the columns.
func (r *Reader) Columns() []string { return r.columns }

// Next gives the next record, or false at the end. A record whose cells do not
// fit the header is a problem: Ragged, or NoCells when all of them are empty.
func (r *Reader) Next() (Record, bool) {
	rec, ok := r.next()
	if !ok || rec.Problem != "" {
		return rec, ok
	}
	if len(rec.Cells) > max(MaxColumns, len(r.columns)) {
		rec.Problem, rec.Column, rec.Cells = TooManyCells, MaxColumns, rec.Cells[:MaxColumns]
		return rec, true
	}
	if r.mended {
		asTheyWere(rec.Cells)
	}
	for r.sheet && len(rec.Cells) < len(r.columns) {
		rec.Cells = append(rec.Cells, nil)
	}
	if len(rec.Cells) != len(r.columns) {
		rec.Problem, rec.Column, rec.Got = Ragged, -1, int64(len(rec.Cells))
	} else if allEmpty(rec.Cells) {
		rec.Problem, rec.Column = NoCells, -1
	}
	return rec, true
}

func (r *Reader) next() (Record, bool) {
	if rec := r.pending; rec != nil {
		r.pending = nil
		return *rec, true
	}
	if !r.scan.Scan() {
		return Record{}, false
	}
	return r.scan.Record(), true
}

func allEmpty(cells [][]byte) bool {
	for _, c := range cells {
		if len(c) > 0 {
			return false
		}
	}
	return true
}

// Err gives the error that ended the rows; the end of the file is none.
func (r *Reader) Err() error {
	if err := r.scan.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

// limited fails beyond its limit; a plain limit would end the file quietly.
type limited struct {
	src         io.Reader
	code        string // of the refusal
	limit, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.src.Read(p)
	if int64(n) > l.left {
		return 0, fault.New(fault.TooLarge, l.code, fault.Values{"limit": l.limit >> 20})
	}
	l.left -= int64(n)
	return n, err
}
