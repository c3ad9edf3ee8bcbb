package e2e

import (
	"testing"

	"forthwith/internal/spreadsheet/booktest"
)

// Two sheets hold addresses, and one nobody sees. The second is chosen, by people
// with a screen and with the keyboard of a phone.
func TestASheetOfAWorkbookIsImported(t *testing.T) {
	book := string(booktest.Make(
		booktest.Sheet{Name: "Notes", Rows: [][]string{{"Exported in March"}}},
		booktest.Sheet{Name: "Customers", Rows: [][]string{{"email", "name"}, {"ana@example.com", "Ana"}}},
		booktest.Sheet{Name: "Suppliers", Rows: [][]string{{"Suppliers of 2022"}, {"E-Mail", "Name", "Plan"}, {"tom@example.net", "Tom", "open"}, {"jo@example.org", "Jo"}}},
		booktest.Sheet{Name: "Old", State: "hidden", Rows: [][]string{{"email"}, {"lea@example.org"}}},
	))
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
			w.signInAs("Cem")
			incident := w.newIncident("Workbooks " + name)
			w.upload(incident, "people.csv", book)
			w.says("This is a workbook", "Old (hidden)", "All 1 row", "a•••@e•••.com")
			list := w.where()
			w.whole(v.scripts)
			w.fill("sheet", "Suppliers")
			w.click("Show again")
			w.says("All 2 rows", "3 columns", "t•••@e•••.net")
			if got := eval[string](w, `document.querySelector("#header_row, [name=header_row]").value`); got != "2" {
				t.Errorf("the header row is proposed as %q", got)
			}
			w.whole(v.scripts)
			w.fill("header_row", "99")
			w.click("Show again")
			w.says("There is no row of column names at line 99")
			w.whole(v.scripts)
			w.fill("header_row", "2")
			w.click("Show again")
			w.click("Import 2 rows")
			w.until(list, "new people")
			w.sums("2 rows = 2 new people")
			w.says("Excel workbook (XLSX)", "Suppliers")
			w.whole(v.scripts)
		})
	}
	w := open(t, desk)
	w.signInAs("Cem")
	incident := w.newIncident("Broken workbooks")
	for content, says := range map[string]string{
		book[:1000]: "The workbook is broken, or not whole",
		string(booktest.Zip(map[string]string{"a.txt": "x"})): "‘people.xlsx’ is an archive without a workbook – nothing was kept",
	} {
		w.upload(incident, "people.xlsx", content)
		w.says(says)
		w.holds()
	}
}
