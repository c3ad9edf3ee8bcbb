//go:build conformance

package intake

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func corpora() string {
	dir := os.Getenv("FORTHWITH_CORPORA")
	if dir == "" {
		dir = "../shared/corpora"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir) // it is said from the top of the checkout
	}
	return dir
}

func corpus(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpora(), name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestConformanceCSVSpectrum(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(), "csv/csv-spectrum/csvs/*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".csv")
		t.Run(name, func(t *testing.T) {
			var want []map[string]string
			if err := json.Unmarshal(corpus(t, "csv/csv-spectrum/json/"+name+".json"), &want); err != nil {
				t.Fatal(err)
			}
			raw := corpus(t, "csv/csv-spectrum/csvs/"+name+".csv")
			var s Sniffer
			_, _ = s.Write(raw)
			if diff := cmp.Diff(want, objects(t, raw, s.Guess())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func objects(t *testing.T, raw []byte, d Dialect) []map[string]string {
	t.Helper()
	r, err := Open(bytes.NewReader(raw), d, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		if rec.Problem != "" && rec.Problem != NoCells {
			t.Errorf("refused: %s", told(rec))
		}
		o := map[string]string{}
		for i, c := range rec.Cells {
			o[r.Columns()[i]] = string(c)
		}
		all = append(all, o)
	}
	return all
}

// roundTrip writes strings as quoted cells and reads them back.
func roundTrip(t *testing.T, texts []string) {
	t.Helper()
	var file bytes.Buffer
	file.WriteString("email,name,note\n")
	for _, s := range texts {
		file.WriteString("a@example.com,\"" + strings.ReplaceAll(s, `"`, `""`) + "\",x\n")
	}
	r, err := Open(&file, Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	mapper := NewMapper(r.Columns(), Mapping{{Kind: Email}, {Kind: Name}, {Kind: Merge, Name: "note"}})
	for i, s := range texts {
		rec, ok := r.Next()
		if !ok {
			t.Fatalf("ended at %d of %d: %v", i, len(texts), r.Err())
		}
		row, no, ok := mapper.Map(rec)
		if strings.Contains(s, "\x00") {
			if ok || no.Reason != HasNUL {
				t.Errorf("string %d: NUL was let in", i)
			}
			continue
		}
		if !ok || row.Name != s {
			t.Errorf("string %d: %+q became %+q (%s)", i, s, row.Name, no.Reason)
		}
	}
}

func TestConformanceStringsStayAsTheyAre(t *testing.T) {
	var texts []string
	if err := json.Unmarshal(corpus(t, "strings/blns.json"), &texts); err != nil {
		t.Fatal(err)
	}
	roundTrip(t, texts)
	t.Logf("strings: %d kept byte for byte", len(texts))
}

func TestConformanceNamesStayAsTheyAre(t *testing.T) {
	var texts []string
	for _, f := range []string{"common-forenames-by-country.csv", "common-surnames-by-country.csv"} {
		raw := corpus(t, "names/"+f)
		var s Sniffer
		_, _ = s.Write(raw)
		for _, o := range objects(t, raw, s.Guess()) {
			if n := o["Localized Name"]; n != "" {
				texts = append(texts, n)
			}
		}
	}
	if len(texts) < 4800 {
		t.Errorf("only %d names were read", len(texts))
	}
	roundTrip(t, texts)
	t.Logf("names: %d kept byte for byte", len(texts))
}
