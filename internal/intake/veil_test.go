package intake

import (
	"strings"
	"testing"
)

func TestAPreviewShowsNobody(t *testing.T) {
	head := "email,name,state,note,customer id,since,password,account,other\n" +
		"ana@example.com,Ana Lovelace,US-CA,call Ana,C-1,2022-01-02,pa55,DE001,cy@example.com\n" +
		"ben@example.com,Ben,US-CA,ring Ben,C-2,2022-01-03,qw3r,DE002,\n"
	p, err := Look([]byte(head), true, Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"a•••@e•••.com", "b•••@e•••.com"}, {"A•••", "B•••"}, {"US-CA", "US-CA"}, {"c•••", "r•••"}, {"C-1", "C-2"}, {"2022-01-02", "2022-01-03"},
		{Hidden, Hidden}, {Hidden, Hidden}, {"c•••@e•••.com", ""}}
	for i, cells := range want {
		if got := p.Veiled(i, 3); strings.Join(got, "|") != strings.Join(cells, "|") {
			t.Errorf("%s shows %q, want %q", p.Columns[i], got, cells)
		}
	}
	p.Mapping[6] = Target{Kind: Attribute, Name: "password", Type: Text}
	if got := p.Veiled(6, 3); got[0] != Hidden {
		t.Errorf("a secret that is mapped to an attribute shows %q", got)
	}
	p.Rows[0] = p.Rows[0][:1]
	if got := p.Veiled(5, 3); len(got) != 1 {
		t.Errorf("a short row shows %q", got)
	}
	p.Rows[1][3] = strings.Repeat("é", 100)
	p.Rows[0] = p.Rows[1]
	if got := p.Veiled(3, 3); got[0] != "é•••" {
		t.Errorf("a long text shows %q", got)
	}
}
