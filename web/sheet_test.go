package web

import (
	"net/url"
	"testing"
)

// The header row that is shown belongs to the sheet that is shown.
func TestAnotherSheetHasAnotherHeaderRow(t *testing.T) {
	for asked, want := range map[string]string{
		"header_row=2&sheet=B&sheet_was=A": "sheet=B", "header_row=2&sheet=A&sheet_was=A": "header_row=2&sheet=A", "header_row=2": "header_row=2", "header_row=2&sheet=B": "header_row=2&sheet=B",
	} {
		form, err := url.ParseQuery(asked)
		if err != nil {
			t.Fatal(err)
		}
		if turned(form); form.Encode() != want {
			t.Errorf("%s becomes %s", asked, form.Encode())
		}
	}
}
