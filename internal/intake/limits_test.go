package intake

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// Each limit is where it is said to be, and its refusal tells it.
func TestEachLimitIsToldInItsRefusal(t *testing.T) {
	if MaxFile != 512<<20 || MaxCell != 64<<10 || MaxColumns != 200 {
		t.Errorf("%d bytes a file, %d a cell, %d columns", MaxFile, MaxCell, MaxColumns)
	}
	for name, c := range map[string]struct {
		src    io.Reader
		within bool
	}{"a byte more": {io.LimitReader(endless{}, MaxFile+1), false}, "all of it": {io.LimitReader(endless{}, MaxFile), true}} {
		_, err := io.Copy(io.Discard, Packing("").content(c.src, MaxFile))
		if c.within {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		f, ok := fault.As(err)
		if !ok || f.Code != "file_too_large" || !strings.Contains(phrase.Say(f.Code, f.Values), "over 512 MiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for reason, want := range map[Reason]string{CellTooLong: "64 KiB", TooManyCells: "200 cells"} {
		if got := phrase.Say(string(reason), nil); !strings.Contains(got, want) {
			t.Errorf("%s: %q", reason, got)
		}
	}
}

// What a spreadsheet would run gets an apostrophe, in whatever form it opens, and
// is as it was when the file comes again. Nothing else is changed.
func TestNoRefusedCellIsAFormula(t *testing.T) {
	for _, opening := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		for _, before := range []string{"", " ", "  ", "\u00a0", " \u00a0 "} {
			cell := before + opening + "cmd|' /C calc'!A0"
			got := neutralised([]string{cell})[0]
			if got != "'"+cell {
				t.Errorf("%q became %q", cell, got)
			}
			back := [][]byte{[]byte(got)}
			if asTheyWere(back); string(back[0]) != cell {
				t.Errorf("%q came back as %q", cell, back[0])
			}
		}
	}
	for _, cell := range []string{"", " ", "a=1", "1-2", "ana@example.com", "'quoted'", "–1", "{{x}}"} {
		if got := neutralised([]string{cell})[0]; got != cell {
			t.Errorf("%q became %q", cell, got)
		}
	}
}

// Names keep what nobody sees: joiners belong to them, and what steers text is
// held apart where it is shown.
func TestNamesKeepWhatNobodySees(t *testing.T) {
	for _, name := range []string{"می\u200cخواهم", "क्\u200dष", "\u202eevil\u202c", "a\u200bb", "\u2066x", "Zoë", "e\u0301", "\u0007bell", "a\ufeffb", "﷽", "{{org.name}}"} {
		rows, rejects := read(t, "email,name\na@example.com,"+name+"\n", map[string]string{"email": "email", "name": "name"})
		if len(rejects) != 0 || len(rows) != 1 || rows[0].Name != name || rows[0].Cells[1] != name {
			t.Errorf("%+q became %+v, %v", name, rows, rejects)
		}
	}
}

// An address holds nothing that nobody sees, in whatever column of addresses.
func TestAddressesAreRefusedWithWhatNobodySees(t *testing.T) {
	for r, want := range map[rune]Reason{'\u0007': "address_control", '\u0085': "address_control", '\u200b': "address_hidden", '\u200d': "address_hidden", '\u200c': "address_hidden",
		'\u2060': "address_hidden", '\ufeff': "address_hidden", '\u202a': "address_hidden", '\u202e': "address_hidden", '\u2066': "address_hidden", '\u2069': "address_hidden", '\u200f': "address_hidden", '\u061c': "address_hidden"} {
		for _, form := range []string{"a%cna@example.com", "%cana@example.com", "ana@exam%cple.com", "ana@example.com%c"} {
			cell := fmt.Sprintf(form, r)
			_, rejects := read(t, "email\n"+cell+"\n", map[string]string{"email": "email"})
			if len(rejects) != 1 || rejects[0].Reason != want || rejects[0].Line != 2 || rejects[0].Column != "email" {
				t.Errorf("%+q: %+v", cell, rejects)
			}
		}
	}
}

// The first line may say how cells are parted, whatever ends it.
func TestASepLineIsNoRow(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, first := range []string{"sep=|", "SEP=|", `"sep=|"`} {
			text := strings.Join([]string{first, "email|name,a,b", "ana@example.com|x,y,z", ""}, end)
			d := sniffed(text, 7)
			r, err := Open(strings.NewReader(text), d, 0)
			if err != nil {
				t.Fatal(err)
			}
			rec, ok := r.Next()
			if d.Delimiter != "|" || d.HeaderRow != 2 || !ok || len(rec.Cells) != 2 || rec.Problem != "" {
				t.Errorf("%q: %+v, %s", text, d, told(rec))
			}
		}
	}
}

// A refused row keeps its bytes in a form that can be read.
func TestRefusedBytesAreEscaped(t *testing.T) {
	no := Reject{Cells: []string{"a\xffb", "a\x00b", `a\b`, "a\\\x07", "a\nb", "Zoë\u202e"}}
	var out strings.Builder
	w := csv.NewWriter(&out)
	if err := w.Write(no.Escaped()); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	if want := `a\xffb,a\x00b,a\b,a\\\x07,"a` + "\nb\",Zoë\u202e\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
