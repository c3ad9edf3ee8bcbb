package spreadsheet

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"

	"forthwith/internal/spreadsheet/booktest"
)

func TestWhatIsNoWorkbookIsRefused(t *testing.T) {
	good := madeOf(`<row r="1"><c r="A1"><v>1</v></c></row>`, nil)
	flipped := bytes.Clone(good)
	at := bytes.Index(flipped, []byte("xl/worksheets/sheet1.xml")) + 60
	flipped[at] ^= 0x55
	with := func(more map[string]string) []byte { return madeOf(`<row r="1"><c r="A1"><v>1</v></c></row>`, more) }
	without := func(name string) []byte {
		all := booktest.Parts(booktest.Sheet{Name: "A"})
		delete(all, name)
		return booktest.Zip(all)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"it is good":                {good, ""},
		"no formats and no texts":   {with(map[string]string{"xl/_rels/workbook.xml.rels": booktest.Parts(booktest.Sheet{Name: "A"})["xl/_rels/workbook.xml.rels"]}), ""},
		"nothing":                   {nil, "workbook_broken"},
		"half of it":                {good[:len(good)/2], "workbook_broken"},
		"changed bytes":             {flipped, "workbook_broken"},
		"a changed digit":           {changedDigit(t), "workbook_broken"},
		"an archive":                {booktest.Zip(map[string]string{"a.txt": "x"}), string(anArchive)},
		"a binary workbook":         {booktest.Zip(map[string]string{"_rels/.rels": `<a><Relationship Type="x/officeDocument" Target="xl/workbook.bin"/></a>`}), string(aBinary)},
		"a text document":           {booktest.Zip(map[string]string{"_rels/.rels": `<a><Relationship Type="x/officeDocument" Target="word/document.xml"/></a>`}), string(aDocument)},
		"an OpenDocument":           {booktest.Zip(map[string]string{"mimetype": "x", "content.xml": "<a/>"}), string(anOpenSheet)},
		"no sheets":                 {with(map[string]string{"xl/workbook.xml": "<workbook/>"}), "workbook_no_sheets"},
		"a sheet that is not there": {without("xl/worksheets/sheet1.xml"), "workbook_broken"},
		"entities":                  {with(map[string]string{"xl/workbook.xml": `<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>`}), "workbook_broken"},
		"an unknown entity":         {madeOf(`<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>`, nil), "workbook_broken"},
		"a file to fetch":           {with(map[string]string{"xl/worksheets/sheet1.xml": `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><worksheet><sheetData/></worksheet>`}), "workbook_broken"},
		"elements too deep":         {with(map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)}), "workbook_broken"},
		"an element without an end": {madeOf(`<row r="1">`, nil), "workbook_broken"},
		"ends alone":                {with(map[string]string{"xl/worksheets/sheet1.xml": "</a></b>"}), "workbook_broken"},
		"another encoding":          {with(map[string]string{"xl/worksheets/sheet1.xml": `<?xml version="1.0" encoding="utf-16"?><a/>`}), "workbook_broken"},
		"a text that is not there":  {madeOf(`<row r="1"><c r="A1" t="s"><v>7</v></c></row>`, nil), "workbook_broken"},
		"a negative text":           {madeOf(`<row r="1"><c r="A1" t="s"><v>-1</v></c></row>`, nil), "workbook_broken"},
		"rows that go back":         {madeOf(`<row r="2"><c r="A2"><v>1</v></c></row><row r="2"/>`, nil), "workbook_broken"},
		"a row far away":            {madeOf(`<row r="1048577"/>`, nil), "workbook_broken"},
		"a cell twice":              {madeOf(`<row r="1"><c r="B1"><v>1</v></c><c r="B1"><v>2</v></c></row>`, nil), "workbook_broken"},
		"a cell nowhere":            {madeOf(`<row r="1"><c r="17"><v>1</v></c></row>`, nil), "workbook_broken"},
		"a cell far away":           {madeOf(`<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`, nil), "workbook_broken"},
		"a part twice":              {twice(t), "workbook_broken"},
		"a locked part":             {lockedPart(t), "workbook_locked"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(New(), c.raw); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// written packs a workbook with one part by hand.
func written(t *testing.T, name string, head func(*zip.FileHeader), body func(io.Writer) error) []byte {
	t.Helper()
	all := booktest.Parts(booktest.Sheet{Name: "A"})
	delete(all, name)
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add := func(h *zip.FileHeader, body func(io.Writer) error) {
		w, err := z.CreateHeader(h)
		if err == nil {
			err = body(w)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n, text := range maps.All(all) {
		add(&zip.FileHeader{Name: n}, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	head(h)
	add(h, body)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func twice(t *testing.T) []byte {
	return written(t, "xl/none.xml", func(h *zip.FileHeader) { h.Name = "XL/Workbook.xml" }, func(w io.Writer) error { return nil })
}

// changedDigit is well-formed, but for the checksum of its sheet.
func changedDigit(t *testing.T) []byte {
	raw := written(t, "xl/worksheets/sheet1.xml", func(h *zip.FileHeader) { h.Method = zip.Store }, repeated("<worksheet><sheetData>", "<row><c><v>12345</v></c></row>", "</sheetData></worksheet>", 3))
	return bytes.Replace(raw, []byte("12345"), []byte("12346"), 1)
}

func lockedPart(t *testing.T) []byte {
	return written(t, "xl/worksheets/sheet1.xml", func(h *zip.FileHeader) { h.Flags |= 1 }, func(w io.Writer) error { return nil })
}

// repeated writes one text many times between two others.
func repeated(head, text, tail string, times int) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, head)
		for i := 0; i < times && err == nil; i++ {
			_, err = io.WriteString(w, text)
		}
		if err == nil {
			_, err = io.WriteString(w, tail)
		}
		return err
	}
}

// scattered is text that does not pack well.
func scattered(size int) string {
	out := make([]byte, size)
	n := uint64(88172645463325252)
	for i := range out {
		n ^= n << 13
		n ^= n >> 7
		n ^= n << 17
		out[i] = 'a' + byte(n%26)
	}
	return string(out)
}
