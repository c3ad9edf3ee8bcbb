// Package booktest makes small workbooks for tests.
package booktest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Sheet is a sheet to make. Its cells are texts; XML holds rows as they are to
// stand in the file, behind them.
type Sheet struct {
	Name  string
	State string // "": it can be seen
	Rows  [][]string
	XML   string
}

// Make writes a workbook as a spreadsheet program does.
func Make(sheets ...Sheet) []byte { return Zip(Parts(sheets...)) }

// Parts gives the files inside a workbook, by their names.
func Parts(sheets ...Sheet) map[string]string {
	parts := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         relations(`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>`),
	}
	var list, points strings.Builder
	for i, s := range sheets {
		state := ""
		if s.State != "" {
			state = ` state="` + s.State + `"`
		}
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, escaped(s.Name), i+1, state, i+1)
		fmt.Fprintf(&points, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, i+1)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1)] = `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
			rows(s.Rows) + s.XML + `</sheetData></worksheet>`
	}
	points.WriteString(`<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>` +
		`<Relationship Id="rIdF" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="/xl/styles.xml"/>`)
	parts["xl/workbook.xml"] = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr/><sheets>` + list.String() + `</sheets></workbook>`
	parts["xl/_rels/workbook.xml.rels"] = relations(points.String())
	return parts
}

// Styles gives a part that has number formats: cells of style 0 have the first,
// and so on.
func Styles(codes ...string) string {
	var formats, looks strings.Builder
	for i, c := range codes {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, 200+i, escaped(c))
		fmt.Fprintf(&looks, `<xf numFmtId="%d" applyNumberFormat="1"/>`, 200+i)
	}
	return `<styleSheet><numFmts>` + formats.String() + `</numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs>` + looks.String() + `</cellXfs></styleSheet>`
}

// Zip packs files, the parts of a workbook or others.
func Zip(parts map[string]string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func relations(s string) string {
	return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + s + `</Relationships>`
}

func rows(all [][]string) string {
	var out strings.Builder
	for i, cells := range all {
		fmt.Fprintf(&out, `<row r="%d">`, i+1)
		for j, c := range cells {
			fmt.Fprintf(&out, `<c r="%c%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, 'A'+j, i+1, escaped(c))
		}
		out.WriteString(`</row>`)
	}
	return out.String()
}

func escaped(s string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(s)) // a buffer takes everything
	return out.String()
}
