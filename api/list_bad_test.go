package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"forthwith/internal/access"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
)

// wide writes a text in UTF-16, little-endian.
func wide(s string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// Whatever is wrong with a file, its answer is no error of ours, and each of its
// rows is imported or stands among the refused ones with its line.
func TestNoRowOfABadFileIsLost(t *testing.T) {
	const head, ana, ben = "email,name\n", "ana@example.com,Ana\n", "ben@example.org,Ben\n"
	r := newRig(t)
	in := r.incident()
	for name, c := range map[string]struct {
		file     string
		accepted float64
		refused  []string // line and reason
	}{
		"UTF-8 with a mark":            {"\ufeff" + head + ana, 1, nil},
		"UTF-16 with a mark":           {wide("\ufeff" + head + ana + ben), 2, nil},
		"UTF-16 without a mark":        {wide(head + ana), 1, nil},
		"half a character of UTF-16":   {wide("\ufeff"+head+"ana@example.com,A") + "\x00\xd8" + wide("\n"+ben), 1, []string{"2 row_not_in_encoding"}},
		"Windows-1252":                 {head + "ana@example.com,M\xfcller \x96\n" + ben, 2, nil},
		"invalid bytes":                {head + "ana@example.com,Zoë\nben@example.org,J\xf6rg\n", 1, []string{"3 row_not_in_encoding"}},
		"NUL":                          {head + "ana@example.com,A\x00\n" + ben, 1, []string{"2 row_nul"}},
		"a control in an address":      {head + "a\x07na@example.com,A\n" + ben, 1, []string{"2 address_control"}},
		"a bidi override in one":       {head + "ana@exam\u202eple.com,A\n" + ben, 1, []string{"2 address_hidden"}},
		"a zero-width space in one":    {head + "a\u200bna@example.com,A\n" + ben, 1, []string{"2 address_hidden"}},
		"CRLF":                         {"email,name\r\nana@example.com,Ana\r\nben@,B\r\n", 1, []string{"3 address_no_domain"}},
		"bare CR":                      {"email,name\rana@example.com,Ana\rben@,B\r", 1, []string{"3 address_no_domain"}},
		"mixed, no final newline":      {"email,name\r\nana@example.com,Ana\rben@example.org,B\ncy@,C", 2, []string{"4 address_no_domain"}},
		"quoted newlines":              {head + "ana@example.com,\"A\nB\r\nC\"\nben@,B\n", 1, []string{"5 address_no_domain"}},
		"a bare quote":                 {head + "ana@example.com,A\"na\n" + ben, 1, []string{"2 row_bare_quote"}},
		"an unclosed quote":            {head + "ana@example.com,\"Ana\n" + ben + "cy@example.com,\"Cy\"\n", 2, []string{"2 row_unclosed_quote"}},
		"a sep line":                   {"sep=|\nemail|name\nana@example.com|A,n;a\n", 1, nil},
		"a sep line and bare CR":       {"sep=;\remail;name\rana@example.com;A,n,a\r", 1, nil},
		"semicolons":                   {"email;name\nana@example.com;A,n\n", 1, nil},
		"tabs":                         {"email\tname\nana@example.com\tA,n\n", 1, nil},
		"ragged rows":                  {head + "ana@example.com\nben@example.org,Ben,x\n" + "cy@example.com,Cy\n", 1, []string{"2 row_ragged", "3 row_ragged"}},
		"a title above the header":     {"Customers of March\n\n" + head + ana + "ben@,B\n", 1, []string{"5 address_no_domain"}},
		"empty cells only":             {head + ",\n" + ben, 1, []string{"2 row_empty"}},
		"a cell of 64 KiB and one":     {head + "ana@example.com," + strings.Repeat("x", intake.MaxCell+1) + "\n" + ben, 1, []string{"2 row_cell_too_long"}},
		"a row of 201 cells":           {head + "ana@example.com" + strings.Repeat(",x", 200) + "\n" + ben, 1, []string{"2 row_too_many_cells"}},
		"two addresses in one cell":    {head + "\"ana@example.com,ben@example.org\",A\n" + ben, 1, []string{"2 address_several"}},
		"a template in a cell":         {head + "ana@example.com,{{.merge.x}}\n", 1, nil},
		"NDJSON":                       {`{"email":"ana@example.com","name":"A"}` + "\n[1]\n" + `{"email":"b@example.com","name":"\u0000"}` + "\n", 1, []string{"2 row_not_an_object", "3 row_nul"}},
		"NDJSON with NUL in a name":    {`{"email":"ana@example.com","na\u0000me":"A"}` + "\n" + `{"email":"ben@example.org","name":"B"}` + "\n", 1, []string{"1 row_nul"}},
		"NDJSON with half a character": {`{"email":"ana@example.com","name":"A"}` + "\n" + `{"email":"b@example.com","name":"\ud800"}` + "\n", 1, []string{"2 row_not_in_encoding"}},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			list := r.must(r.upload(access.Ops, in, "name", name, "mapping", `{"email":"email","name":"name"}`, "file", c.file), 202, "upload").text("id")
			r.importNow(list)
			a := r.must(r.as(access.Ops, "GET", "/lists/"+list, nil), 200, "list")
			if a.doc["accepted"] != c.accepted || a.doc["rejected"] != float64(len(c.refused)) || a.doc["rows"] != c.accepted+float64(len(c.refused)) {
				t.Errorf("accepted %v, refused %v of %v rows", a.doc["accepted"], a.doc["rejected"], a.doc["rows"])
			}
			if got := r.refused(list, a.doc["dialect"].(map[string]any)["delimiter"]); !slices.Equal(got, said(c.refused)) {
				t.Errorf("refused are %q", got)
			}
		})
	}
}

// refused gives line and reason of each refused row.
func (r *rig) refused(list string, delimiter any) (all []string) {
	r.t.Helper()
	out := csv.NewReader(bytes.NewReader(r.must(r.as(access.Ops, "GET", "/lists/"+list+"/rejects.csv", nil), 200, "rejects").raw))
	out.FieldsPerRecord = -1
	if d, _ := delimiter.(string); d != "" {
		out.Comma = rune(d[0])
	}
	rows, err := out.ReadAll()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows[1:] {
		all = append(all, row[0]+" "+row[2])
	}
	return all
}

// said puts the sentences of reasons in their place.
func said(refused []string) (all []string) {
	for _, no := range refused {
		line, reason, _ := strings.Cut(no, " ")
		all = append(all, line+" "+phrase.Say(reason, nil))
	}
	return all
}

// How a file is read is shown before it is imported, and what a person says of it
// counts.
func TestTheEncodingIsShownAndConfirmed(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	for i, c := range []struct{ confirmed, shown string }{{"", "€uro Müller"}, {"iso-8859-1", "\u0080uro Müller"}} {
		file := fmt.Sprintf("email;name\nana%d@example.com;\x80uro M\xfcller\n", i)
		path := "/lists/" + r.must(r.upload(access.Ops, in, "name", "A", "file", file), 202, "upload").text("id")
		query, body := "", map[string]any{"mapping": map[string]string{"email": "email", "name": "merge:name"}}
		if c.confirmed != "" {
			query, body["encoding"] = "?encoding="+c.confirmed, c.confirmed
		}
		a := r.must(r.as(access.Ops, "GET", path+"/preview"+query, nil), 200, "preview")
		want := c.confirmed
		if want == "" {
			want = "windows-1252"
		}
		if got := a.doc["dialect"].(map[string]any)["encoding"]; got != want {
			t.Errorf("the preview shows %v, not %s", got, want)
		}
		if got := a.doc["rows"].([]any)[0].([]any)[1]; got != c.shown {
			t.Errorf("as %s the name is %q, not %q", want, got, c.shown)
		}
		r.must(r.as(access.Ops, "POST", path+"/confirm", body), 202, "confirm")
		if a = r.as(access.Ops, "GET", path, nil); a.doc["dialect"].(map[string]any)["encoding"] != want {
			t.Errorf("it is imported as %v", a.doc["dialect"])
		}
	}
}
