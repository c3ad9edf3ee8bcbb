package spreadsheet

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"forthwith/internal/intake"
	"forthwith/internal/spreadsheet/booktest"
)

// madeOf is a workbook with one sheet of such rows, and what else it has.
func madeOf(rows string, more map[string]string) []byte {
	all := booktest.Parts(booktest.Sheet{Name: "A", XML: rows})
	for name, text := range more {
		all[name] = text
	}
	return booktest.Zip(all)
}

func TestCellsAreReadAsTheyWereStored(t *testing.T) {
	texts := map[string]string{
		"xl/sharedStrings.xml": `<x:sst xmlns:x="x"><x:si><x:t>Ana</x:t></x:si><si><r><rPr><b/></rPr><t xml:space="preserve">An</t></r><r><t> na</t></r><rPh sb="0" eb="1"><t>ANA</t></rPh></si><si/></x:sst>`,
		"xl/styles.xml":        booktest.Styles("General", "00000", "dd.mm.yyyy"),
	}
	for name, c := range map[string]struct{ rows, want string }{
		"shared":                    {`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`, "1: Ana"},
		"rich, without its sound":   {`<row r="1"><c r="A1" t="s"><v>1</v></c></row>`, "1: An na"},
		"inline":                    {`<row r="1"><c r="A1" t="inlineStr"><is><t> a </t></is></c></row>`, "1:  a "},
		"inline and rich":           {`<row r="1"><c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>`, "1: ab"},
		"markup in a text":          {`<row r="1"><c r="A1" t="inlineStr"><is><t>&lt;b&gt; &amp; <![CDATA[<i>]]></t></is></c></row>`, "1: <b> & <i>"},
		"escapes":                   {`<row r="1"><c r="A1" t="inlineStr"><is><t>a_x000D_b_x005F_x000D_ _xD83D__xDE00_ _xD83D_</t></is></c></row>`, "1: a\rb_x000D_ 😀 _xD83D_"},
		"a formula's text":          {`<row r="1"><c r="A1" t="str"><f>1+1</f><v>two</v></c></row>`, "1: two"},
		"a formula's number":        {`<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>`, "1: 2"},
		"a formula's empty text":    {`<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><v>1</v></c></row>`, "1: |1"},
		"a formula without a value": {`<row r="1"><c r="A1"><f>1+1</f></c></row>`, "1:  !0 row_cell_uncalculated"},
		"an error":                  {`<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c></row>`, "1: 1|#N/A !1 row_cell_error"},
		"truths":                    {`<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c></row>`, "1: TRUE|FALSE"},
		"leading zeros":             {`<row r="1"><c r="A1" s="1"><v>123</v></c></row>`, "1: 00123"},
		"a date":                    {`<row r="1"><c r="A1" s="2"><v>44927</v></c></row>`, "1: 2023-01-01"},
		"a date of the strict form": {`<row r="1"><c r="A1" t="d"><v>2023-01-01T00:00:00</v></c></row>`, "1: 2023-01-01"},
		"an unknown style":          {`<row r="1"><c r="A1" s="99"><v>7</v></c></row>`, "1: 7"},
		"gaps":                      {`<row r="3"><c r="B3"><v>1</v></c><c r="D3"><v>2</v></c></row>`, "3: |1||2"},
		"no places":                 {`<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>`, "1: 1|2\n2: 3"},
		"empty rows":                {`<row r="2"><c r="A2"><v>1</v></c></row><row r="5"/><row r="6"><c r="A6" s="1"/></row><row r="9"><c r="A9"><v>2</v></c></row>`, "2: 1\n9: 2"},
		"empty cells at the end":    {`<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1"/><c r="C1" t="s"><v>2</v></c></row>`, "1: 1"},
		"behind the last column":    {`<row r="1"><c r="A1"><v>1</v></c><c r="GS1"><v>2</v></c></row>`, "1: 1 !row_too_many_cells"},
		"the last column":           {`<row r="1"><c r="GR1"><v>2</v></c></row>`, "1: " + strings.Repeat("|", 199) + "2"},
		"a cell that is too long":   {`<row r="1"><c r="A1" t="inlineStr"><is><t>` + strings.Repeat("a", intake.MaxCell+1) + `</t></is></c></row>`, "1: " + strings.Repeat("a", intake.KeptBytes) + " !row_cell_too_long"},
		"a cell that is just not":   {`<row r="1"><c r="A1" t="inlineStr"><is><t>` + strings.Repeat("a", intake.MaxCell) + `</t></is></c></row>`, "1: " + strings.Repeat("a", intake.MaxCell)},
	} {
		t.Run(name, func(t *testing.T) {
			got := told(t, opened(t, New(), madeOf(c.rows, texts)), 0)
			if diff := cmp.Diff(strings.Split(c.want, "\n"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSheetsAreListedAndHiddenOnesNamed(t *testing.T) {
	all := booktest.Parts(booktest.Sheet{Name: "A"}, booktest.Sheet{Name: "B & <c>", State: "hidden", Rows: [][]string{{"x"}}}, booktest.Sheet{Name: "C", State: "veryHidden"}, booktest.Sheet{Name: "D", State: "visible"}, booktest.Sheet{Name: "Chart"})
	all["xl/_rels/workbook.xml.rels"] = strings.Replace(all["xl/_rels/workbook.xml.rels"], `worksheet" Target="worksheets/sheet5.xml"`, `chartsheet" Target="worksheets/sheet5.xml"`, 1)
	book := opened(t, New(), booktest.Zip(all))
	want := []intake.Sheet{{Name: "A"}, {Name: "B & <c>", Hidden: true}, {Name: "C", Hidden: true}, {Name: "D"}}
	if diff := cmp.Diff(want, book.Sheets(), cmp.AllowUnexported(intake.Sheet{})); diff != "" {
		t.Error(diff)
	}
	if got := told(t, book, 1); len(got) != 1 || got[0] != "1: x" {
		t.Errorf("the hidden one has %q", got)
	}
}

// The strict form (ISO/IEC 29500-1) has other names of its kinds; other programs
// write other names of its parts.
func TestOtherWritersAreUnderstood(t *testing.T) {
	rename := strings.NewReplacer("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships",
		"http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main", `r:id=`, `rel:id=`, "xmlns:r=", "xmlns:rel=")
	strict, odd := map[string]string{}, map[string]string{}
	for name, text := range booktest.Parts(booktest.Sheet{Name: "A", Rows: [][]string{{"x"}}}) {
		strict[name] = rename.Replace(text)
		odd[strings.ReplaceAll(strings.ToUpper(name), "/", `\`)] = text
	}
	for name, all := range map[string]map[string]string{"strict": strict, "names in capitals, with backslashes": odd} {
		if got := told(t, opened(t, New(), booktest.Zip(all)), 0); len(got) != 1 || got[0] != "1: x" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRowsAreAskedForAgainAndInParts(t *testing.T) {
	var rows [][]string
	for range 5000 {
		rows = append(rows, []string{strings.Repeat("a", 100)})
	}
	book := opened(t, New(), booktest.Make(booktest.Sheet{Name: "A", Rows: rows}, booktest.Sheet{Name: "B", Rows: [][]string{{"b"}}}))
	first := book.Rows(0, 0)
	if !first.Scan() {
		t.Fatal(first.Err())
	}
	if got := told(t, book, 1); len(got) != 1 || first.Scan() {
		t.Errorf("the second sheet has %q", got)
	}
	n := 0
	for some := book.Rows(0, 7); some.Scan(); n++ {
	}
	if n != 7 {
		t.Errorf("%d rows, not 7", n)
	}
	if got := told(t, book, 0); len(got) != 5000 {
		t.Errorf("%d rows, not 5000", len(got))
	}
	if err := book.Close(); err != nil || book.Close() != nil {
		t.Error(err)
	}
}
