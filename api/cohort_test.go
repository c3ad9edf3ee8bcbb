package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
)

// freezeNow freezes a cohort, as a worker would.
func (r *rig) freezeNow(made string) {
	r.t.Helper()
	no, err := id.ParseCohort(made)
	if err != nil {
		r.t.Fatal(err)
	}
	store := postgres.CohortStore{DB: r.db.DB}
	if err := (cohort.Service{Store: store, People: store}).FreezeNow(r.t.Context(), no); err != nil {
		r.t.Fatal(err)
	}
}

func TestACohortGoesFromRuleToRoot(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	list := r.imported(in, people)
	rule := `{"list":"` + list + `"}`
	a := r.as(access.Legal, "POST", "/incidents/"+in+"/cohorts/size", `{"rule":`+rule+`}`)
	if a.status != 200 || a.doc["size"] != 2.0 {
		t.Errorf("size: %d %s", a.status, a.raw)
	}
	a = r.as(access.Ops, "POST", "/incidents/"+in+"/cohorts", `{"name":"Exposed","kind":"first","precedence":20,"rule":`+rule+`}`)
	if a.status != 201 || a.doc["root_hash"] != "" || a.doc["resolved_size"] != 2.0 {
		t.Fatalf("made: %d %s", a.status, a.raw)
	}
	path, tag := "/cohorts/"+a.doc["id"].(string), a.header.Get("ETag")
	if b := r.as(access.Ops, "PATCH", path, `{"name":"All"}`); b.status != 428 && b.status != 412 {
		t.Errorf("without If-Match: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Ops, "PATCH", path, `{"name":"All","precedence":30}`, "If-Match", tag); b.status != 200 || b.doc["name"] != "All" {
		t.Errorf("changed: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Ops, "PATCH", path, `{"name":"Old"}`, "If-Match", tag); b.status != 412 {
		t.Errorf("an old tag: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Ops, "POST", "/incidents/"+in+"/cohorts", `{"name":"X","precedence":1,"rule":{"lst":1}}`); b.status != 422 || b.doc["code"] != "rule_unknown_key" {
		t.Errorf("a wrong rule: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Ops, "POST", path+"/freeze", nil); b.status != 202 || b.doc["state"] != "freezing" {
		t.Fatalf("freeze: %d %s", b.status, b.raw)
	}
	no := a.text("id")
	r.freezeNow(no)
	a = r.as(access.Auditor, "GET", path, nil)
	if a.doc["state"] != "frozen" || len(a.doc["root_hash"].(string)) != 64 || a.doc["sentence"] == "" {
		t.Errorf("frozen: %s", a.raw)
	}
	if b := r.as(access.Ops, "DELETE", path, nil); b.status != 409 {
		t.Errorf("deleted: %d %s", b.status, b.raw)
	}
	r.as(access.Ops, "GET", "/incidents/"+in+"/overlaps", nil)
	r.as(access.Ops, "GET", "/incidents/"+in+"/cohorts", nil)
	a = r.as(access.Auditor, "GET", "/incidents/"+in+"/recipients?limit=1&cohort="+no, nil)
	items := a.items()
	if len(items) != 1 || a.doc["next_cursor"] == nil || strings.Contains(string(a.raw), "ana@example.com") {
		t.Fatalf("people: %s", a.raw)
	}
	if a = r.as(access.Auditor, "GET", "/recipients/"+items[0]["id"].(string), nil); a.status != 200 || a.doc["placement"] == nil || strings.Contains(string(a.raw), "ana@example.com") {
		t.Errorf("one person: %s", a.raw)
	}
	if a = r.as(access.Admin, "GET", "/incidents/"+in+"/recipients", nil); a.status != 403 {
		t.Errorf("an admin sees people: %d", a.status)
	}
}
