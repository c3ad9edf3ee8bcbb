package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"forthwith/internal/access"
)

func TestATextIsWrittenReadAndApprovedByDifferentPeople(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	r.imported(in, people)
	a := r.as(access.Ops, "POST", "/incidents/"+in+"/notices", `{"name":"Addresses exposed"}`)
	if a.status != 201 {
		t.Fatalf("made: %d %s", a.status, a.raw)
	}
	versions := "/notices/" + a.doc["id"].(string) + "/versions"
	text := func(body string) string {
		raw, _ := json.Marshal(map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "jurisdictions": []string{}, "subject": "About your account", "body": body}}})
		return string(raw)
	}
	a = r.as(access.Ops, "POST", versions, text("Dear {{recipient.name}},\n\n{{merge.acount}}"))
	if lint := a.doc["lint"].([]any); a.status != 201 || lint[0].(map[string]any)["rule"] != "field_no_column" || lint[0].(map[string]any)["severity"] != "block" {
		t.Fatalf("a wrong column: %d %s", a.status, lint[0])
	}
	wrong := fmt.Sprintf(`{"sha256":%q}`, a.doc["sha256"])
	if b := r.as(access.Ops, "POST", "/versions/"+a.doc["id"].(string)+"/submit", wrong); b.status != 422 || b.doc["code"] != "field_no_column" {
		t.Errorf("submitted: %d %s", b.status, b.raw)
	}
	a = r.as(access.Ops, "POST", versions, text("Dear {{recipient.name}},\n\nyour account {{merge.account}} is affected."))
	path, seen := "/versions/"+a.doc["id"].(string), fmt.Sprintf(`{"sha256":%q,"comment":"as agreed"}`, a.doc["sha256"])
	if b := r.as(access.Ops, "POST", path+"/submit", seen); b.status != 200 || b.doc["state"] != "in_review" {
		t.Fatalf("submitted: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Legal, "POST", path+"/approve", seen); b.status != 428 {
		t.Errorf("without a second factor: %d %s", b.status, b.raw)
	}
	r.stepUp(r.people[access.Legal])
	if b := r.as(access.Legal, "POST", path+"/approve", fmt.Sprintf(`{"sha256":%q}`, strings.Repeat("0", 63)+"1")); b.status != 412 {
		t.Errorf("another hash: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Legal, "POST", path+"/approve", `{}`); b.status != 422 {
		t.Errorf("no hash: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Ops, "POST", path+"/approve", seen); b.status != 403 {
		t.Errorf("ops: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Legal, "POST", path+"/approve", seen); b.status != 200 || b.doc["state"] != "approved" {
		t.Fatalf("approved: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Auditor, "GET", path, nil); b.doc["state"] != "approved" || len(b.doc["events"].([]any)) != 2 {
		t.Errorf("read: %s", b.raw)
	}
	person := "?recipient=rcp_" + strings.TrimPrefix(in, "inc_") + "-1"
	for format, want := range map[string]string{"": "application/json", "&format=html": "text/html; charset=utf-8", "&format=text": "text/plain; charset=utf-8", "&format=eml": "message/rfc822"} {
		b := r.as(access.Legal, "GET", path+"/preview"+person+format, nil)
		if b.status != 200 || b.header.Get("Content-Type") != want || !strings.Contains(string(b.raw), "a-1") {
			t.Errorf("preview%s: %d %s %.80s", format, b.status, b.header.Get("Content-Type"), b.raw)
		}
	}
	if b := r.as(access.Legal, "POST", path+"/withdraw", seen); b.status != 200 || b.doc["state"] != "withdrawn" {
		t.Errorf("withdrawn: %d %s", b.status, b.raw)
	}
	if b := r.as(access.Legal, "GET", "/incidents/"+in+"/notices", nil); b.status != 200 {
		t.Errorf("notices: %d %s", b.status, b.raw)
	}
}

func TestTheMatrixSaysWhoGetsWhichText(t *testing.T) {
	r := newRig(t)
	in := r.incident()
	r.imported(in, people)
	c := r.must(r.as(access.Ops, "POST", "/incidents/"+in+"/cohorts", `{"name":"all","precedence":10,"rule":{"list":"lst_1"}}`), 201, "cohort")
	n := r.must(r.as(access.Ops, "POST", "/incidents/"+in+"/notices", `{"name":"N"}`), 201, "notice")
	text := `{"default_locale":"ga","variants":[{"locale":"ga","jurisdictions":["US-CA"],"subject":"S","body":"B"}]}`
	v := r.must(r.as(access.Ops, "POST", "/notices/"+n.text("id")+"/versions", text), 201, "version")
	path := "/versions/" + v.text("id") + "/matrix"
	got := r.must(r.as(access.Auditor, "GET", path+"?cohort="+c.text("id"), nil), 200, "matrix")
	sum, untold := 0.0, 0.0
	for _, row := range got.doc["rows"].([]any) {
		one := row.(map[string]any)
		sum += one["people"].(float64)
		told := fmt.Sprint(one["jurisdictions"]) == "[US-CA]"
		if !told {
			untold += one["people"].(float64)
		}
		if (one["variant"] != nil) != told {
			t.Errorf("%v", one)
		}
	}
	if sum == 0 || sum != got.doc["resolved_size"] || untold == 0 || untold != got.doc["untold"] {
		t.Errorf("%v people, %v without a text: %s", sum, untold, got.raw)
	}
	other := r.incident()
	r.imported(other, people)
	alien := r.must(r.as(access.Ops, "POST", "/incidents/"+other+"/cohorts", `{"name":"all","precedence":10,"rule":{"list":"lst_2"}}`), 201, "cohort")
	for query, want := range map[string]int{"": 422, "?cohort=x": 422, "?cohort=coh_99": 404, "?cohort=" + alien.text("id"): 404} {
		r.must(r.as(access.Legal, "GET", path+query, nil), want, query)
	}
}
