package intake

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// Limits of what is read. They are told in the refusal.
const (
	MaxCell    = 64 << 10
	MaxColumns = 200
	MaxFile    = 512 << 20 // bytes of a file, unpacked, unless it is set otherwise
	LargestMax = 4 << 30   // that it may be set to
)

// Record is one row as it stands in the file. Its cells are valid until the
// next call of Scan.
type Record struct {
	Line    int
	Cells   [][]byte
	Problem Reason   // empty: the row is well formed
	Column  int      // index of the cell with the problem
	Got     int64    // bytes of a cell that is too long
	Spoilt  []Spoilt // cells of a workbook that have no value
}

// Scanner splits delimited text (RFC 4180) into records, strictly. Lines may
// end in LF, CRLF, a bare CR or a mixture; quoted cells may span lines. A quote
// inside an unquoted cell, text after a closing quote, and a quote that is
// never closed make the row a problem, and scanning goes on with the next
// physical line, so that one stray quote never swallows the rows after it.
// Lines without any character are no rows.
type Scanner struct {
	src   io.Reader
	delim byte

	buf        []byte
	start, end int // the bytes of the file at hand, from the record's first
	pos        int // next byte, from start
	ended      bool
	err        error

	line    int // physical line of the byte at pos
	record  Record
	resume  mark // where to go on when a quoted cell turns out to be broken
	scratch []byte
	cell    int // where in scratch the cell with doubled quotes begins
	opened  int // where the quoted cell begins
}

// mark is a place at the beginning of a physical line.
type mark struct {
	set       bool
	pos, line int
}

// NewScanner reads UTF-8 or any other text in which ASCII bytes mean
// themselves.
func NewScanner(src io.Reader, delim byte) *Scanner {
	return &Scanner{src: src, delim: delim, line: 1, buf: make([]byte, 64<<10)}
}

// Err gives the error that ended the scan; the end of the file is none.
func (s *Scanner) Err() error { return s.err }

// Record gives the row that Scan found.
func (s *Scanner) Record() Record { return s.record }

// Scan finds the next row. It returns false at the end or on a read error.
func (s *Scanner) Scan() bool {
	for {
		s.begin()
		c, ok := s.peek(0)
		if !ok {
			return false
		}
		if c != '\n' && c != '\r' {
			break
		}
		s.lineEnd()
	}
	s.cells()
	if s.err != nil {
		return false
	}
	s.record.judge()
	return true
}

func (s *Scanner) begin() {
	s.start, s.pos = s.start+s.pos, 0
	s.record = Record{Line: s.line, Cells: s.record.Cells[:0]}
	s.resume, s.scratch = mark{}, s.scratch[:0]
}

// cells reads cell after cell up to the end of the line.
func (s *Scanner) cells() {
	for more := true; more; {
		if len(s.record.Cells) == mostCells {
			s.fail(TooManyCells, 0)
			s.skipLine()
			return
		}
		s.resume = mark{}
		if c, ok := s.peek(0); ok && c == '"' {
			more = s.quoted()
		} else {
			more = s.bare()
		}
	}
}

// bare reads an unquoted cell and what ends it. It tells whether the record
// goes on.
func (s *Scanner) bare() bool {
	from := s.pos
	for {
		view := s.buf[s.start+s.pos : s.end]
		for i, c := range view {
			if c == s.delim || c == '\n' || c == '\r' {
				s.pos += i
				return s.endCell(from, s.pos)
			}
			if c == '"' {
				s.pos += i
				s.fail(BareQuote, 0)
				s.keep(s.bytes(from, s.pos))
				s.skipLine()
				return false
			}
		}
		s.pos += len(view)
		if s.pos-from > MaxCell {
			return s.tooLong(from, false)
		}
		if !s.fill() {
			return s.endCell(from, s.pos)
		}
	}
}

// endCell adds the cell and steps over the delimiter or the line end.
func (s *Scanner) endCell(from, to int) bool {
	if to-from > MaxCell {
		s.fail(CellTooLong, int64(to-from))
		to = from + KeptBytes
	}
	s.keep(s.bytes(from, to))
	c, ok := s.peek(0)
	switch {
	case !ok:
		return false
	case c == s.delim:
		s.pos++
		return true
	}
	s.lineEnd()
	return false
}

// quoted reads a quoted cell. The place where the next physical line begins is
// remembered, to go on from there when the quote is never properly closed.
func (s *Scanner) quoted() bool {
	s.pos++
	from, doubled := s.pos, false
	s.cell, s.opened = len(s.scratch), s.pos
	for {
		c, ok := s.peek(0)
		if !ok {
			return s.broken(UnclosedQuote)
		}
		if s.pos-s.opened > MaxCell+len(s.scratch)-s.cell {
			return s.tooLong(s.opened, true)
		}
		switch c {
		case '"':
			if next, more := s.peek(1); more && next == '"' {
				s.scratch = append(s.scratch, s.bytes(from, s.pos+1)...)
				s.pos += 2
				from, doubled = s.pos, true
				continue
			}
			return s.closed(from, doubled)
		case '\n', '\r':
			s.lineEnd()
			if !s.resume.set {
				s.resume = mark{true, s.pos, s.line}
			}
		default:
			s.pos += s.plainRun()
		}
	}
}

// plainRun counts the bytes at hand that neither close a quote nor end a line.
func (s *Scanner) plainRun() int {
	view := s.buf[s.start+s.pos : s.end]
	for i, c := range view {
		if c == '"' || c == '\n' || c == '\r' {
			return i
		}
	}
	return len(view)
}

// closed ends a quoted cell at its closing quote.
func (s *Scanner) closed(from int, doubled bool) bool {
	to := s.pos
	s.pos++
	c, ok := s.peek(0)
	if ok && c != s.delim && c != '\n' && c != '\r' {
		return s.broken(BareQuote)
	}
	cell := s.bytes(from, to)
	if doubled {
		s.scratch = append(s.scratch, cell...)
		cell = s.scratch[s.cell:]
	}
	if len(cell) > MaxCell {
		s.fail(CellTooLong, int64(len(cell)))
		cell = cell[:KeptBytes]
	}
	s.keep(cell)
	switch {
	case !ok:
		return false
	case c == s.delim:
		s.pos++
		return true
	}
	s.lineEnd()
	return false
}

// broken gives the row up. The rest of its first line belongs to it; what
// follows that line is read anew.
func (s *Scanner) broken(why Reason) bool {
	to := s.pos
	if s.resume.set {
		why, to = UnclosedQuote, s.resume.pos
	}
	s.fail(why, 0)
	s.keep(s.bytes(s.opened, min(to, s.opened+KeptBytes)))
	if s.resume.set {
		s.pos, s.line = s.resume.pos, s.resume.line
		return false
	}
	s.skipLine()
	return false
}

// tooLong gives up a row with an endless cell, without holding the cell. A
// long quoted cell with a line end in it is taken for a quote that somebody
// forgot to close.
func (s *Scanner) tooLong(from int, inQuotes bool) bool {
	if s.resume.set {
		return s.broken(UnclosedQuote)
	}
	s.fail(CellTooLong, 0)
	s.keep(bytes.Clone(s.bytes(from, from+KeptBytes)))
	passed := int64(s.pos - from)
	for {
		c, ok := s.peek(0)
		if !ok || c == '\n' || c == '\r' || c == '"' && inQuotes || c == s.delim && !inQuotes {
			break
		}
		n := s.run(inQuotes)
		passed += int64(n)
		s.drop(n)
	}
	s.record.Got = passed
	s.skipLine()
	return false
}

// run counts the bytes at hand that belong to the endless cell.
func (s *Scanner) run(inQuotes bool) int {
	if inQuotes {
		return s.plainRun()
	}
	view := s.buf[s.start+s.pos : s.end]
	for i, c := range view {
		if c == s.delim || c == '\n' || c == '\r' {
			return i
		}
	}
	return len(view)
}

// drop forgets everything up to n bytes after pos. Cells that were kept are
// cloned first, for the buffer may move under them.
func (s *Scanner) drop(n int) {
	for i, c := range s.record.Cells {
		s.record.Cells[i] = bytes.Clone(c)
	}
	s.start, s.pos = s.start+s.pos+n, 0
}

// skipLine passes over the rest of a refused line.
func (s *Scanner) skipLine() {
	for i, c := range s.record.Cells {
		s.record.Cells[i] = bytes.Clone(c)
	}
	for {
		view := s.buf[s.start+s.pos : s.end]
		if i := bytes.IndexAny(view, "\r\n"); i >= 0 {
			s.pos += i
			s.lineEnd()
			return
		}
		s.start, s.pos = s.end, 0
		if !s.fill() {
			return
		}
	}
}

// lineEnd steps over LF, CRLF or CR.
func (s *Scanner) lineEnd() {
	c, _ := s.peek(0)
	s.pos++
	s.line++
	if c == '\r' {
		if next, ok := s.peek(0); ok && next == '\n' {
			s.pos++
		}
	}
}

func (s *Scanner) fail(why Reason, got int64) {
	if s.record.Problem == "" {
		s.record.Problem, s.record.Column, s.record.Got = why, len(s.record.Cells), got
	}
}

// judge refuses what no text has.
func (r *Record) judge() {
	if r.Problem != "" {
		return
	}
	for i, c := range r.Cells {
		switch {
		case len(c) > MaxCell:
			r.Problem, r.Column, r.Got = CellTooLong, i, int64(len(c))
			return
		case bytes.IndexByte(c, 0) >= 0:
			r.Problem, r.Column = HasNUL, i
			return
		case !utf8.Valid(c):
			r.Problem, r.Column = NotInEncoding, i
			return
		}
	}
}
