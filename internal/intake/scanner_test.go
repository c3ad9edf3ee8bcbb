package intake

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
)

// told is a record in a form that a table can hold.
func told(r Record) string {
	cells := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		cells[i] = string(c)
	}
	out := fmt.Sprintf("%d:%s", r.Line, strings.Join(cells, "|"))
	if r.Problem != "" {
		out += fmt.Sprintf(" !%s@%d", r.Problem, r.Column)
	}
	return out
}

func scanAll(src io.Reader, delim byte) ([]string, error) {
	s := NewScanner(src, delim)
	var all []string
	for s.Scan() {
		all = append(all, told(s.Record()))
	}
	return all, s.Err()
}

func TestScannerFindsRowsAndTheirLines(t *testing.T) {
	cases := map[string]struct {
		text string
		want []string
	}{
		"nothing":                       {"", nil},
		"LF":                            {"a,b\nc,d\n", []string{"1:a|b", "2:c|d"}},
		"CRLF":                          {"a,b\r\nc,d\r\n", []string{"1:a|b", "2:c|d"}},
		"bare CR":                       {"a,b\rc,d\r", []string{"1:a|b", "2:c|d"}},
		"mixed line ends":               {"a\nb\rc\r\nd\n", []string{"1:a", "2:b", "3:c", "4:d"}},
		"no final newline":              {"a,b\nc,d", []string{"1:a|b", "2:c|d"}},
		"blank lines are no rows":       {"a\n\n\r\nb\n", []string{"1:a", "4:b"}},
		"empty cells":                   {",\n,,\n", []string{"1:|", "2:||"}},
		"a delimiter at the very end":   {"a,", []string{"1:a|"}},
		"quoted delimiter":              {"\"a,b\",c\n", []string{"1:a,b|c"}},
		"doubled quotes":                {"\"a \"\"b\"\"\",\"\"\"\"\n", []string{"1:a \"b\"|\""}},
		"empty quotes":                  {"\"\",\"\"\n", []string{"1:|"}},
		"quoted newlines count lines":   {"\"a\nb\r\nc\rd\",x\nnext,y\n", []string{"1:a\nb\r\nc\rd|x", "5:next|y"}},
		"a quote inside a bare cell":    {"a,5\" disk,c\nd,e,f\n", []string{"1:a|5 !row_bare_quote@1", "2:d|e|f"}},
		"text after a closing quote":    {"\"a\"b,c\nd,e\n", []string{"1:a\" !row_bare_quote@0", "2:d|e"}},
		"unclosed quote, last row":      {"a,b\n\"c,d\n", []string{"1:a|b", "2:c,d\n !row_unclosed_quote@0"}},
		"unclosed quote, rows after it": {"a,\"b\nc,d\ne,f\n", []string{"1:a|b\n !row_unclosed_quote@1", "2:c|d", "3:e|f"}},
		"unclosed quote that a later row's quote would close": {
			"a,\"b\nc,\"d\"\ne,f\n", []string{"1:a|b\n !row_unclosed_quote@1", "2:c|d", "3:e|f"}},
		"unclosed quote without a line end": {"a,\"b", []string{"1:a|b !row_unclosed_quote@1"}},
		"NUL":                               {"a\x00,b\nc,d\n", []string{"1:a\x00|b !row_nul@0", "2:c|d"}},
		"invalid UTF-8":                     {"a,\xe4\nc,d\n", []string{"1:a|\xe4 !row_not_in_encoding@1", "2:c|d"}},
		"spaces are kept":                   {" a , b \n", []string{"1: a | b "}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for kind, src := range map[string]io.Reader{
				"whole":         strings.NewReader(c.text),
				"byte by byte":  iotest.OneByteReader(strings.NewReader(c.text)),
				"error at once": iotest.DataErrReader(strings.NewReader(c.text)),
			} {
				got, err := scanAll(src, ',')
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v %s", kind, err, diff)
				}
			}
		})
	}
}

func TestScannerRefusesLongCellsWithoutHoldingThem(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for name, text := range map[string]string{
		"bare":                "a,b\n1," + long + "\n3,4\n",
		"quoted":              "a,b\n1,\"" + long + "\"\n3,4\n",
		"with cells after it": "a,b\n1," + long + ",z\n3,4\n",
		"first cell":          "a,b\n" + long + ",z\n3,4\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := NewScanner(strings.NewReader(text), ',')
			var problems, rows int
			for s.Scan() {
				r := s.Record()
				if r.Problem == "" {
					rows++
					continue
				}
				problems++
				if r.Problem != CellTooLong || r.Line != 2 || r.Got != 10<<20 {
					t.Errorf("line %d: %s of %d bytes", r.Line, r.Problem, r.Got)
				}
			}
			if rows != 2 || problems != 1 || s.line != 4 {
				t.Errorf("%d rows, %d problems, ended on line %d", rows, problems, s.line)
			}
			if cap(s.buf) > 1<<20 {
				t.Errorf("the buffer grew to %d bytes", cap(s.buf))
			}
		})
	}
}

func TestScannerHoldsACellOfExactlyTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		n    int
		want Reason
	}{"at the limit": {MaxCell, ""}, "one over": {MaxCell + 1, CellTooLong}} {
		for _, form := range []string{"%s,b\n", "\"%s\",b\n", "a,%s", "a,\"%s\""} {
			s := NewScanner(strings.NewReader(fmt.Sprintf(form, strings.Repeat("x", c.n))), ',')
			if !s.Scan() || s.Record().Problem != c.want {
				t.Errorf("%s, %s: %q", name, form, s.Record().Problem)
			}
		}
	}
}

func TestScannerEndsAForgottenQuoteEvenIfNoQuoteFollows(t *testing.T) {
	text := "a,b\n1,\"oops\n" + strings.Repeat("2,two\n", 50_000)
	rows, err := scanAll(strings.NewReader(text), ',')
	if err != nil || len(rows) != 50_002 || rows[1] != "2:1|oops\n !row_unclosed_quote@1" || rows[50_001] != "50002:2|two" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestCellsKeepTheirBytesWhileTheBufferMoves(t *testing.T) {
	var text strings.Builder
	var want [][]string
	for i := range 400 {
		row := []string{fmt.Sprintf("first %d", i), strings.Repeat(string(rune('a'+i%26)), 300+37*(i%50)), fmt.Sprintf("quoted \"%d\"", i), "last"}
		want = append(want, row)
		text.WriteString(row[0] + "," + row[1] + ",\"" + strings.ReplaceAll(row[2], `"`, `""`) + "\",last\n")
	}
	s := NewScanner(strings.NewReader(text.String()), ',')
	var got [][]string
	for s.Scan() {
		got = append(got, copied(s.Record().Cells))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff[:min(len(diff), 500)])
	}
}

// Three more are for the columns of a file of refused rows.
func TestScannerRefusesRowsOfMoreThan200Cells(t *testing.T) {
	rows, _ := scanAll(strings.NewReader(strings.Repeat(",", 202)+"\n"+strings.Repeat(",", 203)+"\nx\n"), ',')
	if len(rows) != 3 || strings.Contains(rows[0], "!") || !strings.Contains(rows[1], string(TooManyCells)) || rows[2] != "3:x" {
		t.Errorf("got %v", rows)
	}
}

func TestAFileHas200ColumnsAtMost(t *testing.T) {
	header := func(n int) string {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprint("c", i)
		}
		return strings.Join(names, ",") + "\n"
	}
	d := Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}
	if _, err := Open(strings.NewReader(header(201)), d, 0); !fault.Is(err, "header_broken") {
		t.Errorf("with 201 names: %v", err)
	}
	for row := range 2 {
		d.HeaderRow = 1 - row // without names the first row counts
		r, err := Open(strings.NewReader(header(200+row)+strings.Repeat("x,", 200)+"x\n"), d, 0)
		if err != nil {
			t.Fatal(err)
		}
		rec, _ := r.Next()
		if rec.Problem != TooManyCells || len(rec.Cells) != MaxColumns || len(r.Columns()) != MaxColumns {
			t.Errorf("%s, %d cells of %d columns", rec.Problem, len(rec.Cells), len(r.Columns()))
		}
	}
}

func TestScannerReportsAReadErrorAndNoHalfRow(t *testing.T) {
	rows, err := scanAll(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(io.ErrClosedPipe)), ',')
	if err != io.ErrClosedPipe || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestWrittenRowsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.StringMatching(`[a-z",; é\n\r]{0,12}`), rapid.String())
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 5), 1, 8).Draw(t, "rows")
		var text bytes.Buffer
		var want [][]string
		for _, r := range rows {
			for i, c := range r {
				r[i] = strings.ReplaceAll(c, "\x00", "")
				if i > 0 {
					text.WriteByte(';')
				}
				text.WriteString(`"` + strings.ReplaceAll(r[i], `"`, `""`) + `"`)
			}
			text.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end"))
			want = append(want, r)
		}
		s := NewScanner(iotest.HalfReader(&text), ';')
		var got [][]string
		for s.Scan() {
			if s.Record().Problem != "" {
				t.Fatalf("refused: %s", told(s.Record()))
			}
			got = append(got, copied(s.Record().Cells))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestScannerAgreesWithTheStandardReaderOnWellFormedText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-z]{0,3}|"[a-z,\n]{0,3}")(,([a-z]{0,3}|"[a-z,"\n]{0,3}"))*(\n([a-z]{0,3}|"[a-z,]{0,2}")(,[a-z]{0,3})*){0,4}`).Draw(t, "text")
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			t.Skip("not well formed")
		}
		s := NewScanner(strings.NewReader(text), ',')
		var got [][]string
		for s.Scan() {
			got = append(got, copied(s.Record().Cells))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}

// physical splits a text at LF, CRLF and bare CR.
func physical(text []byte) (lines [][]byte) {
	return bytes.Split(bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")), []byte("\n"))
}

// Whatever stands in a file, how it was cut changes nothing, each of its lines is
// in one row, and what was read is read again from its plainest form.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{"a,b\n\"c\n", "\"\"\"\n\"", "a\"b\r\rc,\"d\"e", "\x00,\xff", "\"a\nb\"c\n\"d\"", ",,\n\"\n\n\n", "\"a\r\nb\",c\"\nd"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, _ := scanAll(bytes.NewReader(text), ',')
		bytewise, _ := scanAll(iotest.OneByteReader(bytes.NewReader(text)), ',')
		if diff := cmp.Diff(whole, bytewise); diff != "" {
			t.Fatalf("depends on how the bytes came: %s", diff)
		}
		lines, next := physical(text), 0
		var plain bytes.Buffer
		var rows [][]string
		for s := NewScanner(bytes.NewReader(text), ','); s.Scan(); {
			r := s.Record()
			for next < len(lines) && len(lines[next]) == 0 {
				next++
			}
			if r.Line != next+1 {
				t.Fatalf("after line %d comes %s", next, told(r))
			}
			if r.Problem == CellTooLong {
				return // not all of it is kept
			}
			next = r.Line
			for _, c := range r.Cells {
				next += len(physical(c)) - 1
			}
			if r.Problem == UnclosedQuote && len(physical(r.Cells[len(r.Cells)-1])) > 1 {
				next-- // the line behind the quote's is read anew
			}
			if r.Problem != "" {
				continue
			}
			if !bytes.Contains(text, []byte(`"`)) && !cmp.Equal(r.Cells, bytes.Split(lines[r.Line-1], []byte(","))) {
				t.Fatalf("line %d is %s", r.Line, told(r))
			}
			rows = append(rows, copied(r.Cells))
			quoted(&plain, rows[len(rows)-1])
		}
		for ; next < len(lines); next++ {
			if len(lines[next]) > 0 {
				t.Fatalf("line %d is in no row", next+1)
			}
		}
		var again [][]string
		for s := NewScanner(&plain, ','); s.Scan(); {
			again = append(again, copied(s.Record().Cells))
		}
		if diff := cmp.Diff(rows, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// quoted writes a row with quotes around each cell.
func quoted(out *bytes.Buffer, cells []string) {
	for i, c := range cells {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
	}
	out.WriteByte('\n')
}

func BenchmarkScanner(b *testing.B) {
	line := "ada.lovelace42@mail.example.com,Ada Lovelace,+44 20 7946 0000,US-CA,en-US,pro,2021-04-05,192.0.2.7\n"
	text := []byte(strings.Repeat(line, 100_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(bytes.NewReader(text), ',')
		n := 0
		for s.Scan() {
			n++
		}
		if n != 100_000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
