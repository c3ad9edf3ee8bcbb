package intake

import (
	"bytes"
	"context"
	"io"
	"math"

	"forthwith/internal/fault"
)

// unsaid stands for a header row that nobody asked for: that of another sheet is
// guessed anew.
const unsaid = math.MinInt

// asked is the dialect that somebody wants.
func (l List) asked(change func(Dialect) Dialect) Dialect {
	d := l.Dialect
	if d.Format == XLSX {
		d.HeaderRow = unsaid
	}
	d = change(d)
	if d.Format == XLSX && d.Sheet == "" {
		d.Sheet = l.Dialect.Sheet
	}
	if d.HeaderRow == unsaid && d.Sheet == l.Dialect.Sheet {
		d.HeaderRow = l.Dialect.HeaderRow
	}
	return d
}

// leaf is the beginning of a sheet.
type leaf struct {
	rows  []Record
	whole bool
}

// readLeaf reads as much of a sheet as a preview shows.
func readLeaf(book Workbook, sheet int) (leaf, error) {
	var l leaf
	rows := judged{book.Rows(sheet, previewLooked+1)}
	for size := 0; rows.Scan(); {
		rec := rows.Record()
		for _, c := range rec.Cells {
			size += len(c)
		}
		if len(l.rows) > previewLooked || size > HeadBytes && len(l.rows) > 0 {
			return l, nil
		}
		l.rows = append(l.rows, kept(rec))
	}
	l.whole = len(l.rows) <= previewLooked
	return l, rows.Err()
}

// judged holds rows of a workbook against what every row must keep to.
type judged struct{ Records }

// Record gives the row that Scan found.
func (j judged) Record() Record {
	rec := j.Records.Record()
	rec.judge()
	return rec
}

// held are records in memory.
type held struct {
	rows []Record
	at   int
}

func (h *held) Scan() bool     { h.at++; return h.at <= len(h.rows) }
func (h *held) Record() Record { return h.rows[h.at-1] }
func (h *held) Err() error     { return nil }

func (l leaf) addresses() bool {
	for _, rec := range l.rows {
		for _, c := range rec.Cells {
			if isAddress(string(c)) {
				return true
			}
		}
	}
	return false
}

// width is that of the widest row that is well formed.
func (l leaf) width() int {
	most := 0
	for _, rec := range l.rows {
		if rec.Problem == "" {
			most = max(most, len(rec.Cells))
		}
	}
	return most
}

// header guesses the row of the column names: among the first rows, up to the
// first that holds an address, the one with most cells filled. Rows of a sheet
// end with their last cell, so that their widths say nothing. Of rows with one
// cell it is the one above the address, for titles stand higher. When the first
// row holds an address there are no names.
func (l leaf) header() int {
	line, most, above := 0, 0, 0
	for _, rec := range l.rows[:min(len(l.rows), sampled)] {
		filled, address := 0, false
		for _, c := range rec.Cells {
			if len(bytes.TrimSpace(c)) > 0 {
				filled++
			}
			address = address || isAddress(string(c))
		}
		switch {
		case address && most == 1:
			return above
		case address:
			return line
		case filled > most:
			line, most = rec.Line, filled
		}
		above = rec.Line
	}
	return line
}

// propose previews the first sheet that can be seen and holds an address; where
// none does, the first that can be seen and holds anything. Hidden sheets are
// looked into only to know whether it is worth asking.
func propose(book Workbook, packing Packing) (Preview, error) {
	sheets := append([]Sheet(nil), book.Sheets()...)
	chosen, shown := -1, leaf{whole: true}
	for _, hidden := range []bool{false, true} {
		for i := range sheets {
			if sheets[i].Hidden != hidden || chosen >= 0 && sheets[chosen].addresses {
				continue
			}
			l, err := readLeaf(book, i)
			if err != nil {
				return Preview{}, err
			}
			sheets[i].addresses = l.addresses()
			if !hidden && len(l.rows) > 0 && (chosen < 0 || sheets[i].addresses) {
				chosen, shown = i, l
			}
		}
	}
	p := Preview{Dialect: Dialect{Encoding: UTF8, Format: XLSX, Packing: packing}, Sheets: sheets, Whole: true}
	if chosen < 0 {
		return p, nil // nothing in it can be seen
	}
	p.Dialect.Sheet, p.Dialect.HeaderRow = sheets[chosen].Name, shown.header()
	err := p.turn(shown)
	return p, err
}

// turn shows a sheet in the preview's dialect.
func (p *Preview) turn(l leaf) error {
	p.Problems = map[Reason]int{}
	if err := p.Dialect.Check(); err != nil {
		return err
	}
	if p.Dialect.Width = 0; p.Dialect.HeaderRow == 0 {
		p.Dialect.Width = l.width()
	}
	r, err := readSheet(&held{rows: l.rows}, p.Dialect)
	if err != nil {
		return err
	}
	rows := r.first(previewLooked)
	p.Columns, p.Seen, p.Whole = r.Columns(), len(rows), l.whole
	p.read(rows)
	return nil
}

// readSheet reads the column names of a sheet.
func readSheet(rows Records, d Dialect) (*Reader, error) {
	r := &Reader{scan: rows, sheet: true, width: d.Width}
	return r, r.begin(d.HeaderRow)
}

func anyAddress(sheets []Sheet) bool {
	for _, s := range sheets {
		if s.addresses {
			return true
		}
	}
	return false
}

// lookInBook previews a sheet of a stored workbook.
func (s Service) lookInBook(ctx context.Context, l List, d Dialect) (Preview, error) {
	d.Encoding, d.Delimiter = l.Dialect.Encoding, l.Dialect.Delimiter // they mean nothing here
	p := Preview{Dialect: d}
	if d.HeaderRow == unsaid {
		p.Dialect.HeaderRow = l.Dialect.HeaderRow // until it is found
	}
	file, err := s.Files.File(ctx, l)
	if err != nil {
		return p, err
	}
	book, err := s.openBook(ctx, file, d)
	if err != nil {
		return p, err
	}
	defer book.Close()
	p.Sheets = book.Sheets()
	no, err := sheetNo(p.Sheets, d.Sheet)
	if err != nil {
		return p, err
	}
	shown, err := readLeaf(book, no)
	if err != nil {
		return p, err
	}
	if d.HeaderRow == unsaid {
		p.Dialect.HeaderRow = shown.header()
	}
	err = p.turn(shown)
	return p, err
}

func (s Service) openBook(ctx context.Context, file io.Reader, d Dialect) (Workbook, error) {
	open := s.opener(ctx)
	if open == nil {
		return nil, fault.New(fault.Unavailable, "workbook_unconfined", nil)
	}
	return open(d.Packing.content(file, LargestMax))
}

func sheetNo(all []Sheet, name string) (int, error) {
	for i, s := range all {
		if s.Name == name {
			return i, nil
		}
	}
	return 0, fault.Wrong("sheet", "sheet_unknown", nil)
}

// reader gives what opens a list's file for its import. It was within the limit
// when it was taken in, and is imported where that was lowered meanwhile.
func (s Service) reader(l List) Opener {
	return func(ctx context.Context, file io.Reader) (*Reader, error) {
		if l.Dialect.Format == XLSX {
			return s.importSheet(ctx, file, l.Dialect)
		}
		return Open(file, l.Dialect, LargestMax)
	}
}

func (s Service) importSheet(ctx context.Context, file io.Reader, d Dialect) (*Reader, error) {
	book, err := s.openBook(ctx, file, d)
	if err != nil {
		return nil, err
	}
	no, err := sheetNo(book.Sheets(), d.Sheet)
	var r *Reader
	if err == nil {
		r, err = readSheet(judged{book.Rows(no, 0)}, d)
	}
	if err != nil {
		_ = book.Close()
		return nil, err
	}
	r.close = book.Close
	return r, nil
}
