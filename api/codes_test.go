package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

// codes sends a file of codes.
func (r *rig) codes(by access.Role, path string, parts ...string) answer {
	r.t.Helper()
	body, kind := multipartForm(r.t, parts...)
	return r.as(by, "POST", path, body, "Content-Type", kind)
}

func TestCodesGoFromTheirFileToThePeopleOfAPlan(t *testing.T) {
	f := frozen(t)
	pools := "/incidents/" + f.incident + "/code-pools"
	f.refused(f.codes(access.Legal, pools, "name", "monitoring", "file", "A-1\n"), 403, "role_may_not")
	f.refused(f.codes(access.Ops, pools, "file", "A-1\n"), 422, "field_missing")
	f.refused(f.codes(access.Ops, pools, "name", "x", "mapping", "{}", "file", "A-1\n"), 422, "unknown_field")
	f.refused(f.codes(access.Ops, pools, "name", "monitoring", "file", "A-1\nA-1\n"), 422, "code_twice")
	f.refused(f.as(access.Ops, "POST", pools, map[string]string{"name": "x"}), 415, "body_not_form")
	made := f.must(f.codes(access.Ops, pools, "file", "A-1\r\nA-2\r\n", "name", "monitoring"), 201, "a pool, its name behind the file")
	path := made.header.Get("Location")[len(Prefix):]
	if path != "/code-pools/"+made.text("id") || made.doc["total"] != 2.0 || made.doc["left"] != 2.0 || strings.Contains(string(made.raw), "A-1") {
		t.Errorf("made %s at %s", made.raw, path)
	}
	f.refused(f.codes(access.Ops, pools, "name", "monitoring", "file", "B-1\n"), 422, "pool_name_taken")
	f.refused(f.codes(access.Ops, path+"/codes", "name", "monitoring", "file", "B-1\n"), 422, "unknown_field")
	f.refused(f.codes(access.Ops, path+"/codes", "file", "B-1\nA-2\n"), 422, "code_in_pool")

	f.body = "Enrol with {{code.monitoring}}."
	f.drafted()
	f.must(f.as(access.Ops, "POST", "/campaigns/"+f.campaign+"/preflight", nil), 202, "preflight")
	f.runChecks()
	found := f.must(f.as(access.Ops, "GET", "/campaigns/"+f.campaign+"/preflight", nil), 200, "preflight")
	if found.doc["ok"] != false || !strings.Contains(string(found.raw), "The pool ‘monitoring’ has 2 codes left, 3 people need one – nothing was handed out – upload 1 more code.") {
		t.Errorf("a pool that is short: %s", found.raw)
	}
	if p := f.must(f.codes(access.Ops, path+"/codes", "file", "B-1\nB-2\n"), 200, "more"); p.doc["total"] != 4.0 || p.doc["used"] != 0.0 || len(p.doc["files"].([]any)) != 2 {
		t.Errorf("more: %s", p.raw)
	}
	f.check()
	if p := f.must(f.as(access.Auditor, "GET", path, nil), 200, "the pool"); p.doc["total"] != 4.0 || p.doc["used"] != 3.0 || p.doc["left"] != 1.0 {
		t.Errorf("handed out: %s", p.raw)
	}
	f.must(f.codes(access.Ops, pools, "name", "spare", "file", "C-1\n"), 201, "a pool that no text asks for")
	f.lookUpTellsWhoHoldsACode(made.text("id"))
	if all := f.must(f.as(access.Legal, "GET", pools+"?limit=1", nil), 200, "pools").items(); len(all) != 1 || all[0]["name"] != "monitoring" {
		t.Errorf("the pools are %v", all)
	}
}

// lookUpTellsWhoHoldsACode: for each pool whether somebody holds a code of it,
// and never the code.
func (f *flow) lookUpTellsWhoHoldsACode(pool string) {
	f.t.Helper()
	got := f.must(f.as(access.Support, "POST", "/lookup", map[string]string{"email": "cy@example.net", "reason": "a caller asks"}), 200, "a look-up")
	if len(got.items()) != 1 {
		f.t.Fatalf("found %s", got.raw)
	}
	held := got.items()[0]["codes"].([]any)
	if len(held) != 2 {
		f.t.Fatalf("codes of %v", held)
	}
	first, second := held[0].(map[string]any), held[1].(map[string]any)
	if first["pool_id"] != pool || first["pool"] != "monitoring" || first["campaign_id"] != f.campaign || first["campaign"] == "" || first["handed_out_at"] == nil {
		f.t.Errorf("of monitoring: %v", first)
	}
	if second["pool"] != "spare" || second["campaign_id"] != "" || second["handed_out_at"] != nil {
		f.t.Errorf("of a pool that nobody was handed one of: %v", second)
	}
	for _, code := range []string{"A-1", "A-2", "B-1", "B-2", "C-1"} {
		if strings.Contains(string(got.raw), code) {
			f.t.Errorf("a look-up tells a code: %s", got.raw)
		}
	}
}
