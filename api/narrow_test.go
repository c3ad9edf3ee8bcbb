package api

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
)

// TestCollectionsAreNarrowedByTheirColumns asks each collection by each of its
// filters: once for what is there, once for what is not, once wrongly.
func TestCollectionsAreNarrowedByTheirColumns(t *testing.T) {
	f := launched(t)
	f.sequence()
	in, tok := "/incidents/"+f.incident, f.people[access.Ops]
	for _, c := range []struct {
		role                          access.Role
		path, there, gone, bad, wrong string
	}{
		{access.Ops, "/incidents", "state=open", "state=closed", "state=opened", "field_not_one_of"},
		{access.Ops, in + "/lists", "state=failed,imported", "state=failed", "state=failed,", "field_not_one_of"},
		{access.Ops, in + "/recipients", "cohort=" + f.cohort, "cohort=" + id.Cohort(99).String(), "cohort=" + f.incident, "field_wrong_type"},
		{access.Ops, in + "/cohorts", "state=frozen", "state=draft", "state=Frozen", "field_not_one_of"},
		{access.Ops, in + "/cohorts", "kind=first", "kind=follow_up", "kind=1", "field_not_one_of"},
		{access.Ops, in + "/cohorts", "kind=first&state=frozen", "kind=first&state=draft", "kind=1&state=frozen", "field_not_one_of"},
		{access.Ops, in + "/campaigns", "state=sending", "state=draft,paused", "state=sent", "field_not_one_of"},
		{access.Ops, in + "/campaigns", "cohort_id=" + f.cohort, "cohort_id=" + id.Cohort(99).String(), "cohort_id=7", "field_wrong_type"},
		{access.Ops, "/campaigns/" + f.campaign + "/deliveries", "status=accepted,pending", "status=accepted", "status=lost", "field_not_one_of"},
		{access.Ops, "/relays", "state=healthy", "state=open,quarantined", "state=up", "field_not_one_of"},
		{access.Admin, "/users", "role=support", "role=support&disabled=true", "role=boss", "field_not_one_of"},
		{access.Admin, "/users", "disabled=false", "disabled=true", "disabled=1", "field_wrong_type"},
		{access.Admin, "/tokens", "user_id=" + tok.id.String(), "user_id=" + id.User(99).String(), "user_id=" + tok.no.String(), "field_wrong_type"},
		{access.Auditor, "/ledger", "verb=incident_opened", "verb=incident", "verb=" + strings.Repeat("x", 201), "field_too_long"},
		{access.Auditor, "/ledger", "actor=" + url.QueryEscape(tok.id.String()+"/"+tok.no.String()), "actor=usr_99", "actor=%00", "field_wrong_type"},
	} {
		name := c.path[strings.LastIndex(c.path, "/"):] + "?" + c.there
		some := f.must(f.as(c.role, "GET", c.path+"?"+c.there, nil), 200, name)
		if len(some.items()) == 0 {
			t.Errorf("%s: nothing", name)
		}
		column, _, _ := strings.Cut(c.there, "=")
		if none := f.must(f.as(c.role, "GET", c.path+"?"+c.gone, nil), 200, c.gone); len(none.items()) != 0 {
			t.Errorf("%s?%s: %s", c.path, c.gone, none.raw)
		}
		wrong := f.as(c.role, "GET", c.path+"?"+c.bad, nil)
		fields, _ := wrong.doc["fields"].([]any)
		if wrong.status != 422 || wrong.code() != c.wrong || len(fields) != 1 || fields[0].(map[string]any)["name"] != column || !phrase.Has(wrong.code()) {
			t.Errorf("%s?%s: %d %s", c.path, c.bad, wrong.status, wrong.raw)
		}
	}
}

// TestAFilterHoldsOnTheNextPage follows a cursor under a filter.
func TestAFilterHoldsOnTheNextPage(t *testing.T) {
	r := newRig(t)
	r.hire("second", access.Support, identity.ScopesOf(access.Support)...)
	path, seen := "/users?role=support&limit=1", 0
	for next := ""; ; {
		a := r.must(r.as(access.Admin, "GET", path+next, nil), 200, "page")
		for _, u := range a.items() {
			seen++
			if u["role"] != "support" {
				t.Errorf("among them is %v", u["role"])
			}
		}
		if a.text("next_cursor") == "" {
			break
		}
		next = "&cursor=" + a.text("next_cursor")
	}
	if seen != 2 {
		t.Errorf("saw %d, want 2", seen)
	}
}
