package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

// NUL, which no table can hold, is refused wherever somebody can write it.
func TestNULIsRefusedEverywhere(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	r.stepUp(r.people[access.Admin])
	const nul = "a\x00b"
	for name, c := range map[string]struct {
		role   access.Role
		method string
		path   string
		body   any
	}{
		"an incident":    {access.Ops, "POST", "/incidents", map[string]any{"name": nul}},
		"its summary":    {access.Ops, "POST", "/incidents", map[string]any{"name": "A", "summary": nul}},
		"a cohort":       {access.Ops, "POST", "/incidents/" + in + "/cohorts", map[string]any{"name": nul, "rule": map[string]any{}}},
		"a notice":       {access.Ops, "POST", "/incidents/" + in + "/notices", map[string]any{"name": nul}},
		"a reason":       {access.Legal, "POST", "/incidents/" + in + "/exclusions", map[string]any{"reason": nul}},
		"a rule":         {access.Ops, "POST", "/incidents/" + in + "/cohorts", map[string]any{"name": "A", "rule": map[string]any{"attribute": nul, "in": []string{"x"}}}},
		"a user":         {access.Admin, "POST", "/users", map[string]any{"email": "nul@example.com", "name": nul, "role": "ops"}},
		"a relay":        {access.Admin, "POST", "/relays", map[string]any{"name": nul, "host": "relay.example.com", "port": 587}},
		"a look-up":      {access.Support, "POST", "/lookup", map[string]any{"email": "a\x00na@example.com"}},
		"a filter":       {access.Ops, "GET", "/incidents/" + in + "/lists?state=a%00b", nil},
		"a cursor":       {access.Ops, "GET", "/incidents?cursor=a%00b", nil},
		"a query":        {access.Ops, "GET", "/incidents/" + in + "/lists?cursor=a%ffb", nil},
		"a name of JSON": {access.Ops, "POST", "/incidents", map[string]any{"na\x00me": "x"}},
	} {
		a := r.as(c.role, c.method, c.path, c.body)
		if a.status != 422 || a.code() != "field_wrong_type" && a.code() != "unknown_field" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a := r.upload(access.Ops, in, "name", nul, "file", people); a.status != 422 {
		t.Errorf("the name of a list: %d %s", a.status, a.raw)
	}
	body, kind := multipartForm(t, "file", people)
	if a := r.as(access.Ops, "POST", "/incidents/"+in+"/lists", strings.Replace(body, "people.csv", "a\xffb.csv", 1), "Content-Type", kind); a.status != 422 || a.code() != "field_wrong_type" {
		t.Errorf("the name of a file: %d %s", a.status, a.raw)
	}
	if a := r.upload(access.Ops, in, "name", "A", "file", "em\x00ail\nana@example.com\n"); a.status != 422 {
		t.Errorf("a column: %d %s", a.status, a.raw)
	}
}
