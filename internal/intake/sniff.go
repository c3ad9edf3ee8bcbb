package intake

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
)

// Dialect is how a file is to be read. It is proposed by a Sniffer, shown to a
// person, confirmed, and kept with the list.
type Dialect struct {
	Encoding  Encoding `json:"encoding"`
	Delimiter string   `json:"delimiter"`  // one of , ; | or a tab
	HeaderRow int      `json:"header_row"` // physical line of the column names, from 1; 0: there are none

	// What the file is, which is no choice. Keys are those of all objects.
	Packing Packing  `json:"packing,omitempty"`
	Format  Format   `json:"format,omitempty"`
	Keys    []string `json:"keys,omitempty"`

	// Of a workbook: the sheet, and how many columns it has where they have no
	// names, for its rows end with their last cell.
	Sheet string `json:"sheet,omitempty"`
	Width int    `json:"width,omitempty"`
}

// Check names every part of a dialect that cannot be.
func (d Dialect) Check() error {
	var wrong []fault.Field
	if d.Format == NDJSON {
		return nil // nothing of it was chosen
	}
	if d.Sheet != "" && d.Format != XLSX {
		wrong = append(wrong, fault.Field{Name: "sheet", Code: "sheet_none"})
	}
	if !d.Encoding.known() {
		wrong = append(wrong, fault.Field{Name: "encoding", Code: "encoding_unknown"})
	}
	if d.Format != XLSX && (len(d.Delimiter) != 1 || !strings.Contains(delimiters, d.Delimiter)) {
		wrong = append(wrong, fault.Field{Name: "delimiter", Code: "delimiter_unknown"})
	}
	if d.HeaderRow < 0 {
		wrong = append(wrong, fault.Field{Name: "header_row", Code: "header_row_wrong"})
	}
	return fault.Wrongs(wrong)
}

// delimiters in the order in which a tie is settled.
const delimiters = ",;\t|"

// HeadBytes is how much of a file a Sniffer keeps to look at.
const HeadBytes = 256 << 10

// Sniffer is written every byte of a file and then proposes its dialect. It
// keeps the first HeadBytes and counts over all of them, so that a letter with
// an accent in the last row decides the encoding as well as one in the first.
type Sniffer struct {
	packing Packing // of the file that it is shown unpacked
	head    []byte
	total   int64
	zeros   [2]int64 // NUL bytes at even and odd places
	letters int64    // well-formed sequences of several bytes
	broken  int64    // bytes that are no UTF-8
	c1      int64    // bytes 80 to 9F among the broken ones
	no1252  int64    // bytes that Windows-1252 does not have, among the broken ones
	tail    []byte
	begun   bool // its first character was there
	objects bool // it begins with an object
	keys    keyFinder
	book    *Preview // it is a workbook, of which this is the sheet that is proposed
}

// Write never fails.
func (s *Sniffer) Write(p []byte) (int, error) {
	if s.objects {
		s.keys.write(p)
	}
	if room := HeadBytes - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(room, len(p))]...)
	}
	s.begin(len(s.head) < 3, p)
	for i, c := range p {
		if c == 0 {
			s.zeros[(s.total+int64(i))&1]++
		}
	}
	s.total += int64(len(p))
	if n := len(p); len(s.tail) == 0 {
		s.tail = s.count(p, false)
		return n, nil
	}
	s.tail = s.count(append(s.tail, p...), false)
	return len(p), nil
}

// begin finds out by its first character whether the file holds objects, once
// that character is there. more are the bytes that the head may have no room for.
func (s *Sniffer) begin(wait bool, more []byte) {
	if s.begun || len(s.head) == 0 || wait && s.head[0] == 0xef {
		return
	}
	text := trimmed(s.head)
	if s.objects, s.begun = opensObject(text); s.objects {
		s.keys.write(text)
		s.keys.write(more[min(len(more), int(max(0, HeadBytes-s.total))):])
	}
}

// count looks at sequences of several bytes and gives back an unfinished one.
func (s *Sniffer) count(b []byte, last bool) []byte {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !last && !utf8.FullRune(b) {
			return bytes.Clone(b)
		}
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError || n > 1 {
			s.letters++
		} else {
			s.oddByte(b[0])
		}
		b = b[n:]
	}
	return nil
}

func (s *Sniffer) oddByte(c byte) {
	s.broken++
	if c < 0xa0 {
		s.c1++
		if high[c-0x80] == 0 {
			s.no1252++
		}
	}
}

// Size is how many bytes were written.
func (s *Sniffer) Size() int64 { return s.total }

// Head gives the first bytes of the file.
func (s *Sniffer) Head() []byte { return s.head }

// Guess proposes the dialect. The same bytes give the same proposal however
// they were cut into writes.
func (s *Sniffer) Guess() Dialect {
	s.tail = s.count(s.tail, true)
	if s.objects {
		s.keys.end()
		return Dialect{Encoding: UTF8, Format: NDJSON, Keys: s.keys.keys, Packing: s.packing}
	}
	d := Dialect{Encoding: s.encoding(), Delimiter: ",", Packing: s.packing}
	lines := headLines(s.head, d.Encoding)
	if sep, ok := separatorLine(lines); ok {
		d.Delimiter = sep
	} else {
		d.Delimiter = guessDelimiter(lines)
	}
	d.HeaderRow = guessHeader(lines, d.Delimiter)
	return d
}

// encoding prefers UTF-8 as long as its letters outnumber what is broken: a
// few rows in another encoding are those rows' mistake.
func (s *Sniffer) encoding() Encoding {
	switch {
	case bytes.HasPrefix(s.head, []byte("\xef\xbb\xbf")):
		return UTF8
	case bytes.HasPrefix(s.head, []byte("\xff\xfe")):
		return UTF16LE
	case bytes.HasPrefix(s.head, []byte("\xfe\xff")):
		return UTF16BE
	case s.zeros[1] > s.total/5 && s.zeros[0] < s.zeros[1]/4:
		return UTF16LE
	case s.zeros[0] > s.total/5 && s.zeros[1] < s.zeros[0]/4:
		return UTF16BE
	case s.broken == 0 || s.letters >= s.broken:
		return UTF8
	case s.no1252 > 0 && s.no1252*4 >= s.c1:
		return Latin1
	}
	return Windows1252
}

// headLines decodes the head and drops its last, probably cut, line.
func headLines(head []byte, e Encoding) []byte {
	text := readAll(e.reader(bytes.NewReader(head)))
	if len(head) < HeadBytes {
		return text
	}
	if i := bytes.LastIndexAny(text, "\r\n"); i > 0 {
		return text[:i+1]
	}
	return text
}

func readAll(r interface{ Read([]byte) (int, error) }) []byte {
	var b bytes.Buffer
	_, _ = b.ReadFrom(r) // a reader over memory does not fail
	return b.Bytes()
}

// separatorLine reads a first line such as "sep=;".
func separatorLine(text []byte) (string, bool) {
	first := text
	if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
		first = text[:i]
	}
	line := strings.ToLower(strings.Trim(string(first), `"`))
	sep, ok := strings.CutPrefix(line, "sep=")
	return sep, ok && len(sep) == 1 && strings.Contains(delimiters, sep)
}

// sampled is how many rows a guess looks at.
const sampled = 40

func guessDelimiter(text []byte) string {
	best, bestScore := ",", 0
	for _, d := range delimiters {
		cells, rows := commonWidth(sampleRows(text, byte(d), sampled))
		if score := rows*1000 + cells; cells > 1 && score > bestScore {
			best, bestScore = string(d), score
		}
	}
	return best
}

func sampleRows(text []byte, delim byte, limit int) []Record {
	s := NewScanner(bytes.NewReader(text), delim)
	var all []Record
	for len(all) < limit && s.Scan() {
		r := s.Record()
		kept := Record{Line: r.Line, Problem: r.Problem}
		for _, c := range r.Cells {
			kept.Cells = append(kept.Cells, bytes.Clone(c))
		}
		all = append(all, kept)
	}
	return all
}

// commonWidth gives the most frequent number of cells, and how many rows have
// it; of two, the greater.
func commonWidth(rows []Record) (cells, count int) {
	seen := map[int]int{}
	for _, r := range rows {
		if r.Problem == "" {
			seen[len(r.Cells)]++
		}
	}
	for width, n := range seen {
		if n > count || n == count && width > cells {
			cells, count = width, n
		}
	}
	return cells, count
}

// guessHeader finds the first row that is as wide as most rows and mostly
// filled. A row with an address in it is already a person: then there are no
// column names.
func guessHeader(text []byte, delim string) int {
	rows := sampleRows(text, delim[0], sampled)
	if _, ok := separatorLine(text); ok && len(rows) > 0 {
		rows = rows[1:]
	}
	width, _ := commonWidth(rows)
	for _, r := range rows {
		filled := 0
		for _, c := range r.Cells {
			if _, err := mailaddr.Parse(string(c)); err == nil {
				return 0
			}
			if len(bytes.TrimSpace(c)) > 0 {
				filled++
			}
		}
		if len(r.Cells) == width && 2*filled > width {
			return r.Line
		}
	}
	if len(rows) > 0 {
		return rows[0].Line
	}
	return 1
}
