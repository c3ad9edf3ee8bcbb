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
		"an archive":                {booktest.Zip(map[string]string{"a.txt": "x"}), string(anArchive)},
		"a binary workbook":         {booktest.Zip(map[string]string{"_rels/.rels": `<a><Relationship Type="x/officeDocument" Target="xl/workbook.bin"/></a>`}), string(aBinary)},
		"a text document":           {booktest.Zip(map[string]string{"_rels/.rels": `<a><Relationship Type="x/officeDocument" Target="word/document.xml"/></a>`}), string(aDocument)},
		"an OpenDocument":           {booktest.Zip(map[string]string{"mimetype": "x", "content.xml": "<a/>"}), string(anOpenSheet)},
		"no sheets":                 {with(map[string]string{"xl/workbook.xml": "<workbook/>"}), "workbook_no_sheets"},
		"a sheet that is not there": {without("xl/worksheets/sheet1.xml"), "workbook_broken"},
		"entities":                  {with(map[string]string{"xl/workbook.xml": `<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>`}), "workbook_broken"},
		"an unknown entity":         {madeOf(`<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>`, nil), "workbook_broken"},
		"a file to fetch":           {with(map[string]string{"xl/worksheets/sheet1.xml": `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><worksheet><sheetData/></worksheet>`}), "workbook_broken"},
		"elements too deep":         {with(map[string]string{"xl/worksheets/sheet1.xml": strings.Repeat("<a>", 100_000)}), "workbook_broken"},
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

// Each of these is small and stands for far more than may be read.
func TestBombsAreRefusedAtOnce(t *testing.T) {
	if raced {
		t.Skip("with the race detector it takes a minute")
	}
	const sheet, texts = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
	nothing := func(*zip.FileHeader) {}
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a sheet of spaces":       {written(t, sheet, nothing, repeated("<worksheet>", strings.Repeat(" ", 1<<20), "</worksheet>", 64)), "workbook_unpacks_too_large"},
		"a sheet of empty rows":   {written(t, sheet, nothing, repeated("<worksheet><sheetData>", strings.Repeat("<row/>", 10_000), "</sheetData></worksheet>", 1000)), "workbook_broken"},
		"one text without an end": {written(t, texts, nothing, repeated("<sst><si><t>", strings.Repeat("a", 1<<20), "</t></si></sst>", 64)), "workbook_unpacks_too_large"},
		"many texts":              {written(t, texts, nothing, repeated("<sst>", "<si><t>"+scattered(1000)+strings.Repeat("a", 49_000)+"</t></si>", "</sst>", 2000)), "workbook_memory"},
		"a large part of formats": {written(t, "xl/styles.xml", nothing, repeated("<styleSheet>", "<x y='"+strings.Repeat("z", 1000)+"'/>", "</styleSheet>", 20_000)), "workbook_unpacks_too_large"},
		"an attribute":            {written(t, "xl/workbook.xml", nothing, repeated(`<workbook a="`, strings.Repeat("a", 1<<20), `"/>`, 32)), "workbook_unpacks_too_large"},
		"a text of 4 MiB":         {madeOf(`<row><c t="inlineStr"><is><t>`+scattered(4<<20)+`</t></is></c></row>`, nil), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if len(c.raw) > 40<<20 {
				t.Fatalf("%d MiB", len(c.raw)>>20)
			}
			if got := refused(New(), c.raw); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
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
