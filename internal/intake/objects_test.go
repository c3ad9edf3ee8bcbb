package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
)

func sniffed(text string, size int) Dialect {
	var s Sniffer
	for at := 0; at < len(text); at += size {
		_, _ = s.Write([]byte(text[at:min(at+size, len(text))])) // never fails
	}
	return s.Guess()
}

func TestObjectsBecomeRows(t *testing.T) {
	file := "\ufeff\n" +
		`{"email":"ada@example.com","name":"Ada \"A\"","n":1.50,"ok":true,"tags":[1, 2],"none":null}` + "\r\n" +
		`  {"email": "bo@example.com", "extra": {"a": "b\u00e9"}}  ` + "\n\n" +
		`{"email":"a@example.com","email":"b@example.com"}` + "\n" +
		`not json` + "\n" +
		`{"email":"c@example.com"} {"email":"d@example.com"}` + "\n" +
		`["email"]` + "\n" +
		`{"email":"e@example.com","name":"\ud800"}` + "\n" +
		`{"email":"f@example.com","name":"` + "\xff" + `"}` + "\n" +
		`{"email":"g@example.com","name":"a\u0000b"}` + "\n" +
		`{"email":"h@example.com","name":"` + strings.Repeat("x", MaxCell+1) + `"}` + "\n" +
		`{"email":"i@example.com","name":"` + strings.Repeat("x", maxLine) + `"}` + "\n" +
		`{}` + "\n" +
		`{"email":"\ufffd@example.com","name":"�"}` + "\n" +
		`{"email":"last@example.com"}`
	want := []string{
		`2  ada@example.com|Ada "A"|1.50|true|[1,2]||`, `3  bo@example.com||||||{"a":"b\u00e9"}`,
		"5 row_key_twice", "6 row_not_an_object", "7 row_not_an_object", "8 row_not_an_object", "9 row_not_in_encoding", "10 row_not_in_encoding",
		"11 row_nul", "12 row_cell_too_long", "13 row_cell_too_long", "14 row_empty", `15  ` + "\ufffd@example.com|\ufffd|||||", `16  last@example.com||||||`,
	}
	for _, size := range []int{1, 7, 1 << 20} {
		d := sniffed(file, size)
		if diff := cmp.Diff(Dialect{Encoding: UTF8, Format: NDJSON, Keys: []string{"email", "name", "n", "ok", "tags", "none", "extra"}}, d); diff != "" {
			t.Fatalf("in writes of %d: %s", size, diff)
		}
		r, err := Open(strings.NewReader(file), d, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for rec, ok := r.Next(); ok; rec, ok = r.Next() {
			line := fmt.Sprintf("%d %s", rec.Line, rec.Problem)
			if rec.Problem == "" {
				line += " " + string(bytes.Join(rec.Cells, []byte("|")))
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" || r.Err() != nil {
			t.Errorf("%v\n%s", r.Err(), diff)
		}
	}
}

// Whatever texts objects hold, each comes out as it went in.
func TestTextsOfObjectsComeOutAsTheyWentIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "ü", "", "a b"}), rapid.String(), 1, 4), 1, 20).Draw(t, "rows")
		var file bytes.Buffer
		e := json.NewEncoder(&file)
		e.SetEscapeHTML(rapid.Bool().Draw(t, "escaped"))
		for _, row := range rows {
			if err := e.Encode(row); err != nil {
				t.Fatal(err)
			}
		}
		d := sniffed(file.String(), rapid.IntRange(1, 99).Draw(t, "size"))
		o := NewObjects(&file, d.Keys)
		for i, row := range rows {
			if !o.Scan() {
				t.Fatalf("row %d is not there", i)
			}
			rec := o.Record()
			for k, key := range d.Keys {
				if text := row[key]; rec.Problem == "" && string(rec.Cells[k]) != text || rec.Problem != "" && !strings.Contains(strings.Join(values(row), ""), "\x00") {
					t.Fatalf("row %d: %s %q, want %q under %q", i, rec.Problem, rec.Cells, text, key)
				}
			}
		}
	})
}

func values(row map[string]string) (all []string) {
	for _, v := range row {
		all = append(all, v)
	}
	return all
}

func TestJSONThatIsNotOneObjectALineIsRefused(t *testing.T) {
	for text, code := range map[string]string{
		"[{\"email\":\"a@example.com\"}]":                  "file_is_other",
		"{\n  \"email\": \"a@example.com\"\n}\n":           "file_is_other",
		"{\"people\":[\n{\"email\":\"a@example.com\"}\n]}": "file_is_other",
		"{\"email\":\"a@example.com\"}\n":                  "",
		"\n {\"email\":\"a@example.com\"}":                 "",
		"{name},email\nx,a@example.com\n":                  "",
	} {
		if err := Recognise("people.json", []byte(text)); code == "" && err != nil || code != "" && !fault.Is(err, code) {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
	many := "{"
	for i := range MaxColumns + 1 {
		many += fmt.Sprintf("\"k%d\":1,", i)
	}
	for text, code := range map[string]string{"{}\n{}\n": "file_no_keys", many + "\"z\":1}\n": "too_many_keys"} {
		if _, err := Open(strings.NewReader(text), sniffed(text, 99), 0); !fault.Is(err, code) {
			t.Errorf("%v, want %s", err, code)
		}
	}
}

// A line of very many keys is refused without comparing each with each.
func TestALineOfVeryManyKeysIsReadOnce(t *testing.T) {
	var line strings.Builder
	line.WriteString("{")
	for i := range 90_000 {
		fmt.Fprintf(&line, "\"%x\":1,", i)
	}
	line.WriteString("\"z\":1}\n")
	fields, problem := objectOf([]byte(line.String()))
	if problem != TooManyCells || len(fields) != mostCells+1 {
		t.Errorf("%d fields, %s", len(fields), problem)
	}
	o := NewObjects(strings.NewReader(line.String()+"{\"a\":1}"), []string{"a"})
	if !o.Scan() || o.Record().Problem != TooManyCells || !o.Scan() || o.Record().Problem != "" || o.Scan() {
		t.Errorf("the rows are %+v, %v", o.Record(), o.Err())
	}
}

// Whatever stands in a file, how it was cut changes nothing, each of its lines is
// a row, and what was read is read again from its plainest form.
func FuzzObjects(f *testing.F) {
	f.Add([]byte("{\"email\":\"a@example.com\",\"n\":[1,{}]}\n\n{\"email\":null}\r\nx\n{\"a\":\"\\ud83d\\ude00\"}"))
	f.Add([]byte("{\"\":\"\\ud800\"}\n{\"a\":1,\"a\":2}\n{\"a\":1e999}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var k, bytewise keyFinder
		k.write(raw)
		k.end()
		for i := range raw {
			bytewise.write(raw[i : i+1])
		}
		bytewise.end()
		rows := objectsOf(t, bytes.NewReader(raw), k.keys)
		if again := objectsOf(t, iotest.OneByteReader(bytes.NewReader(raw)), bytewise.keys); !cmp.Equal(rows, again) {
			t.Fatalf("depends on how the bytes came: %s", cmp.Diff(rows, again))
		}
		at := 0
		for i, line := range bytes.Split(raw, []byte("\n")) {
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			if at == len(rows) || rows[at].Line != i+1 {
				t.Fatalf("line %d is no row", i+1)
			}
			if r := rows[at]; r.Problem == "" && !plainly(r, k.keys) || r.Problem == KeyUnknown && len(k.keys) <= MaxColumns {
				t.Fatalf("line %d is %s under %q", r.Line, told(r), k.keys)
			}
			at++
		}
		if at != len(rows) {
			t.Fatalf("%d rows of %d lines", len(rows), at)
		}
	})
}

func objectsOf(t *testing.T, src io.Reader, keys []string) (rows []Record) {
	o := NewObjects(src, keys)
	for o.Scan() {
		rows = append(rows, o.Record())
	}
	if o.Err() != nil {
		t.Fatal(o.Err())
	}
	return rows
}

// plainly tells whether a row is the same once it is written with a text under
// each key.
func plainly(r Record, keys []string) bool {
	o := NewObjects(bytes.NewReader(objectLine(keys, copied(r.Cells))), keys)
	return len(r.Cells) == len(keys) && o.Scan() && o.Record().Problem == "" && bytes.Equal(bytes.Join(o.Record().Cells, []byte("\x00")), bytes.Join(r.Cells, []byte("\x00")))
}
