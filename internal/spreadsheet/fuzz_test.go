package spreadsheet

import (
	"errors"
	"io"
	"testing"

	"forthwith/internal/intake"
	"forthwith/internal/spreadsheet/booktest"
)

// FuzzWorkbooks reads parts as a child does, without one: whatever they hold,
// each is read or refused, and nothing panics.
func FuzzWorkbooks(f *testing.F) {
	good := booktest.Parts(booktest.Sheet{Name: "A", Rows: [][]string{{"email"}, {"ana@example.com"}}, XML: `<row r="7"><c r="B7" s="1"><f>1</f><v>12</v></c><c t="s"><v>0</v></c></row>`})
	f.Add(good["xl/worksheets/sheet1.xml"], `<sst><si><r><t>a_x0041_</t></r><rPh><t>b</t></rPh></si></sst>`, booktest.Styles("General", "00000"), good["xl/workbook.xml"], good["xl/_rels/workbook.xml.rels"])
	f.Fuzz(func(t *testing.T, sheet, texts, styles, book, points string) {
		raw := &content{}
		raw.add(booktest.Zip(map[string]string{"_rels/.rels": good["_rels/.rels"], "xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": points,
			"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": texts, "xl/styles.xml": styles}))
		w, err := openWorkbook(raw, func() {})
		if err == nil {
			err = w.prepare()
		}
		for i := 0; err == nil && i < len(w.sheets); i++ {
			err = walked(t, w, i)
		}
		if told := refusal(""); err != nil && !errors.As(err, &told) {
			t.Errorf("no sentence for %v", err)
		}
	})
}

// walked reads all rows of a sheet and holds them against the format.
func walked(t *testing.T, w *workbook, sheet int) error {
	r, err := w.openSheet(sheet)
	if err != nil {
		return err
	}
	defer r.src.close()
	for last := 0; ; last = r.line {
		row, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var rec intake.Record
		if row.line <= last || !decodeRow(row.encode(nil), &rec) {
			t.Errorf("row %d behind %d is sent as it cannot be", row.line, last)
		}
	}
}
