package intake

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/fault"
)

// shelf opens books that are in memory already.
type shelf struct{ pages []page }

type page struct {
	Sheet
	rows []Record
}

func (s shelf) Open(_ context.Context, content io.Reader) (Workbook, error) {
	_, err := io.Copy(io.Discard, content)
	return s, err
}

func (s shelf) Sheets() []Sheet {
	var all []Sheet
	for _, p := range s.pages {
		all = append(all, p.Sheet)
	}
	return all
}

func (s shelf) Rows(sheet, _ int) Records { return &held{rows: s.pages[sheet].rows} }
func (s shelf) Close() error              { return nil }

// rowsOf makes records of texts with a comma between the cells.
func rowsOf(texts ...string) []Record {
	var all []Record
	for i, t := range texts {
		rec := Record{Line: i + 1, Column: -1}
		for _, c := range strings.Split(t, ",") {
			rec.Cells = append(rec.Cells, []byte(c))
		}
		all = append(all, rec)
	}
	return all
}

func TestTheFirstSheetWithAddressesIsProposed(t *testing.T) {
	notes, people, more := rowsOf("Exported in March"), rowsOf("Title", "email,name", "ana@example.com,Ana"), rowsOf("email", "ben@example.com")
	for name, c := range map[string]struct {
		pages  []page
		sheet  string
		header int
		any    bool
	}{
		"behind notes":         {[]page{{Sheet{Name: "A"}, notes}, {Sheet{Name: "B"}, people}, {Sheet{Name: "C"}, more}}, "B", 2, true},
		"not the hidden one":   {[]page{{Sheet{Name: "A", Hidden: true}, people}, {Sheet{Name: "B"}, more}}, "B", 1, true},
		"only in a hidden one": {[]page{{Sheet{Name: "A"}, nil}, {Sheet{Name: "B"}, notes}, {Sheet{Name: "C", Hidden: true}, people}}, "B", 1, true},
		"nowhere":              {[]page{{Sheet{Name: "A"}, nil}, {Sheet{Name: "B"}, notes}}, "B", 1, false},
		"nothing to be seen":   {[]page{{Sheet{Name: "A"}, nil}, {Sheet{Name: "B", Hidden: true}, notes}}, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := propose(shelf{c.pages}, "")
			if err != nil || p.Dialect.Sheet != c.sheet || p.Dialect.HeaderRow != c.header || anyAddress(p.Sheets) != c.any || len(p.Sheets) != len(c.pages) {
				t.Errorf("got %+v of %+v, %v", p.Dialect, p.Sheets, err)
			}
		})
	}
}

// A cell without a value refuses its row where its column is used, and nowhere
// else.
func TestACellWithoutAValueRefusesItsRowWhereItIsUsed(t *testing.T) {
	rec := rowsOf("a@example.com,#N/A")[0]
	rec.Spoilt = []Spoilt{{1, CellError}}
	for use, want := range map[Kind]Reason{Ignore: "", Name: CellError, Merge: CellError} {
		_, no, ok := NewMapper([]string{"email", "x"}, Mapping{{Kind: Email}, {Kind: use}}).Map(rec)
		if ok != (want == "") || no.Reason != want || want != "" && no.Column != "x" {
			t.Errorf("%s: %+v", use, no)
		}
	}
}

func TestShortRowsOfASheetAreFilledAndLongOnesRefused(t *testing.T) {
	r, err := readSheet(judged{&held{rows: rowsOf("sep=,", "email,name,plan", "a@example.com", "b@example.com,B,pro,more", "x\x00")}}, Dialect{HeaderRow: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		got = append(got, string(bytes.Join(rec.Cells, []byte("|")))+" "+string(rec.Problem))
	}
	if diff := cmp.Diff([]string{"a@example.com|| ", "b@example.com|B|pro|more row_ragged", "x\x00 row_nul"}, got); diff != "" {
		t.Error(diff)
	}
	if r, err = readSheet(&held{rows: rowsOf("sep=;", "x")}, Dialect{HeaderRow: 1}); err != nil || r.Columns()[0] != "sep=;" {
		t.Errorf("a sheet has a sep line: %v", err)
	}
}

func TestAPreviewHoldsLittleOfALargeSheet(t *testing.T) {
	long := strings.Repeat("a", 1000)
	var many []string
	for range 5000 {
		many = append(many, "a@example.com,"+long)
	}
	l, err := readLeaf(shelf{[]page{{Sheet{Name: "A"}, rowsOf(many...)}}}, 0)
	if err != nil || l.whole || len(l.rows) > HeadBytes/1000 {
		t.Errorf("%d rows are held, whole: %v, %v", len(l.rows), l.whole, err)
	}
	p, err := propose(shelf{[]page{{Sheet{Name: "A"}, rowsOf(make([]string, previewLooked+5)...)}}}, "")
	if err != nil || p.Whole || p.Seen > previewLooked {
		t.Errorf("%d rows are shown, whole: %v, %v", p.Seen, p.Whole, err)
	}
}

func TestAWorkbookHasItsOwnLimit(t *testing.T) {
	open := Service{Books: shelf{}}.opener(t.Context())
	if _, err := open(io.LimitReader(endless{}, MaxWorkbook)); err != nil {
		t.Error(err)
	}
	if _, err := open(io.LimitReader(endless{}, MaxWorkbook+1)); !fault.Is(err, "workbook_too_large") {
		t.Errorf("one byte more: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
