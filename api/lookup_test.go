package api

import (
	"net/http"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
)

func TestALookUpIsRecordedAndMasked(t *testing.T) {
	r := newRig(t)
	incident := r.incident()
	r.imported(incident, "email,name,account,state\nada@example.com,Ada,A-1,CA\n")
	cases := []struct {
		name   string
		body   map[string]string
		status int
		want   string
	}{
		{"somebody", map[string]string{"email": "ada@example.com", "reason": "caller asks"}, 200, incident},
		{"nobody", map[string]string{"email": "bo@example.com", "reason": "caller asks"}, 200, `"items":[]`},
		{"no address", map[string]string{"email": "ada", "reason": "caller asks"}, 422, "lookup_address"},
		{"no reason", map[string]string{"email": "ada@example.com", "reason": " "}, 422, "reason_missing"},
	}
	for _, c := range cases {
		got := r.as(access.Support, http.MethodPost, "/lookup", c.body)
		if got.status != c.status || !strings.Contains(string(got.raw), c.want) || strings.Contains(string(got.raw), "ada@example.com") {
			t.Errorf("%s: %d %s", c.name, got.status, got.raw)
		}
	}
	var n int
	err := r.db.As(t, postgres.AppRole).QueryRow(t.Context(), "SELECT count(*) FROM ledger_entry WHERE verb = 'person_looked_up'").Scan(&n)
	if err != nil || n != 2 {
		t.Errorf("%d look-ups are on record, %v", n, err)
	}
}
