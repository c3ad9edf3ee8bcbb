package api

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/spreadsheet/booktest"
)

// book has a note in front, the people on its second sheet under a title, and
// more of them where nobody sees them.
func book() []booktest.Sheet {
	return []booktest.Sheet{
		{Name: "Read me", Rows: [][]string{{"Exported in March"}}},
		{Name: "People & co", Rows: [][]string{{"Customers"}, {"email", "name", "state"}, {"ana@example.com", "Ana", "CA"}, {"ben@example.org", "Ben"}, {"broken@", "X", "CA"}}},
		{Name: "Old", State: "veryHidden", Rows: [][]string{{"email", "name"}, {"cy@example.com", "Cy"}}},
	}
}

// A workbook is known by its content: upload calls every file people.csv.
func TestAWorkbookNamedCSVIsImported(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(booktest.Make(book()...))
	_ = w.Close()
	for name, raw := range map[string]string{"as it is": string(booktest.Make(append(book(), booktest.Sheet{Name: "Other"})...)), "packed": packed.String()} {
		a := r.must(r.upload(access.Ops, in, "file", raw, "name", name), 202, name)
		dialect := a.doc["dialect"].(map[string]any)
		if dialect["format"] != "xlsx" || dialect["sheet"] != "People & co" || dialect["header_row"] != 2.0 {
			t.Errorf("%s: proposed %v", name, dialect)
		}
		no := a.text("id")
		r.must(r.as(access.Ops, "POST", "/lists/"+no+"/confirm", `{"mapping":{"email":"email","name":"name","state":"jurisdiction:US"}}`), 202, "confirm")
		r.importNow(no)
		a = r.must(r.as(access.Auditor, "GET", "/lists/"+no, nil), 200, "list")
		if a.doc["state"] != "imported" || a.doc["rows"] != 3.0 || a.doc["rejected"] != 1.0 {
			t.Errorf("%s: %s", name, a.raw)
		}
		if a = r.as(access.Ops, "GET", "/lists/"+no+"/rejects.csv", nil); !strings.Contains(string(a.raw), "5,email,") {
			t.Errorf("%s: rejects are %q", name, a.raw)
		}
	}
}

func TestASheetIsChosen(t *testing.T) {
	r := newRig(t)
	a := r.must(r.upload(access.Ops, r.incident(), "file", string(booktest.Make(book()...)), "name", "Book"), 202, "upload")
	no := a.text("id")
	path := "/lists/" + no
	a = r.must(r.as(access.Ops, "GET", path+"/preview", nil), 200, "preview")
	if sheets := a.doc["sheets"].([]any); len(sheets) != 3 || sheets[2].(map[string]any)["hidden"] != true || a.doc["seen"] != 3.0 {
		t.Errorf("preview: %s", a.raw)
	}
	a = r.must(r.as(access.Ops, "GET", path+"/preview?sheet=Old", nil), 200, "another sheet")
	if d := a.doc["dialect"].(map[string]any); d["header_row"] != 1.0 || a.doc["seen"] != 1.0 {
		t.Errorf("the other sheet: %s", a.raw)
	}
	a = r.must(r.as(access.Ops, "GET", path+"/preview?header_row=3&encoding=latin&delimiter=x", nil), 200, "another header row")
	if got := a.doc["columns"].([]any)[0]; got != "ana@example.com" {
		t.Errorf("columns: %s", a.raw)
	}
	for query, code := range map[string]string{"sheet=None": "sheet_unknown", "header_row=99": "file_no_header", "header_row=-1": "header_row_wrong"} {
		if a = r.as(access.Ops, "GET", path+"/preview?"+query, nil); a.status != 422 || a.code() != code {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
	if a = r.as(access.Ops, "POST", path+"/confirm", `{"sheet":"None","mapping":{"email":"email"}}`); a.status != 422 || a.code() != "sheet_unknown" {
		t.Errorf("confirmed: %d %s", a.status, a.raw)
	}
	r.must(r.as(access.Ops, "POST", path+"/confirm", `{"sheet":"Old","header_row":1,"mapping":{"email":"email"}}`), 202, "confirm")
	r.importNow(no)
	if a = r.as(access.Ops, "GET", path, nil); a.doc["state"] != "imported" || a.doc["new_recipients"] != 1.0 {
		t.Errorf("imported: %s", a.raw)
	}
}

func TestAWorkbookThatIsNoListIsRefused(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	for name, c := range map[string]struct {
		raw    []byte
		status int
		code   string
	}{
		"an archive":          {booktest.Zip(map[string]string{"a.csv": people}), 415, "file_is_other"},
		"half of one":         {booktest.Make(book()...)[:700], 422, "workbook_broken"},
		"no rows":             {booktest.Make(booktest.Sheet{Name: "A"}), 422, "file_empty"},
		"a header only":       {booktest.Make(booktest.Sheet{Name: "A", Rows: [][]string{{"email"}}}), 422, "file_empty"},
		"no addresses":        {booktest.Make(booktest.Sheet{Name: "A", Rows: [][]string{{"a"}, {"b"}}}), 422, "no_address_column"},
		"locked":              {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"...), 415, "file_locked"},
		"an old one":          {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), 415, "file_is_other"},
		"two columns of name": {booktest.Make(booktest.Sheet{Name: "A", Rows: [][]string{{"email", "email"}, {"a@example.com", "b@example.com"}}}), 422, "header_twice"},
	} {
		if a := r.upload(access.Ops, in, "name", name, "file", string(c.raw)); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	csv := r.must(r.upload(access.Ops, in, "file", people), 202, "CSV")
	if a := r.as(access.Ops, "GET", "/lists/"+csv.text("id")+"/preview?sheet=A", nil); a.status != 422 || a.code() != "sheet_none" {
		t.Errorf("a sheet of a CSV: %d %s", a.status, a.raw)
	}
}
