package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

func TestAGateGoesFromItsRuleToTheReport(t *testing.T) {
	f := frozen(t)
	make := func(by access.Role, change map[string]any) answer {
		body := map[string]any{"name": "Account secured", "cohort_id": f.cohort, "rule": map[string]any{"attribute": "secured", "op": "eq", "value": "yes"}}
		for name, v := range change {
			body[name] = v
		}
		return f.as(by, "POST", "/incidents/"+f.incident+"/gates", body)
	}
	f.refused(make(access.Legal, nil), 403, "role_may_not")
	f.refused(make(access.Ops, map[string]any{"name": " "}), 422, "field_missing")
	f.refused(make(access.Ops, map[string]any{"cohort_id": "coh_99"}), 422, "no_such_cohort")
	f.refused(make(access.Ops, map[string]any{"rule": nil}), 422, "rule_not_an_object")
	f.refused(make(access.Ops, map[string]any{"rule": map[string]any{"list": "lst_99"}}), 422, "rule_list_unknown")
	made := f.must(make(access.Ops, nil), 201, "a gate")
	path := made.header.Get("Location")[len(Prefix):]
	if made.text("state") != "active" || made.doc["open"] != 0.0 || made.doc["shut"] != 3.0 || !strings.Contains(made.text("sentence"), "secured") || path != "/gates/"+made.text("id") {
		t.Errorf("made %s at %s", made.raw, path)
	}
	held := f.must(f.as(access.Auditor, "GET", path+"/recipients", nil), 200, "its people")
	if len(held.items()) != 3 || strings.Contains(string(held.raw), "ann@") {
		t.Errorf("its people are %s", held.raw)
	}
	for query, want := range map[string]int{"": 1, "?state=lifted": 0, "?cohort=" + f.cohort: 1, "?cohort=coh_99": 0} {
		if got := f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/gates"+query, nil), 200, query).items(); len(got) != want {
			t.Errorf("%q gives %d, want %d", query, len(got), want)
		}
	}
	f.held = 3
	f.checked()
	counts, _ := f.must(f.as(access.Auditor, "GET", "/campaigns/"+f.campaign+"/preflight", nil), 200, "preflight").doc["counts"].(map[string]any)
	if counts["to_send"] != 0.0 || counts["held"] != 3.0 {
		t.Errorf("the plan counts %v", counts)
	}
	if got := f.must(f.as(access.Auditor, "GET", "/campaigns/"+f.campaign+"/deliveries?status=held", nil), 200, "deliveries").items(); len(got) != 3 {
		t.Errorf("%d are held", len(got))
	}
	f.must(f.call(f.bo.token, "POST", "/campaigns/"+f.campaign+"/approve", map[string]string{"plan_sha256": f.plan}), 200, "approve")
	f.refused(f.as(access.Ops, "POST", "/campaigns/"+f.campaign+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": 0}), 409, "launch_all_held")
	f.refused(f.as(access.Ops, "POST", path+"/lift", map[string]string{"reason": ""}), 422, "reason_missing")
	lifted := f.must(f.as(access.Ops, "POST", path+"/lift", map[string]string{"reason": "not needed"}), 200, "lift")
	if told, _ := lifted.doc["lifted"].(map[string]any); lifted.text("state") != "lifted" || told["reason"] != "not needed" {
		t.Errorf("lifted %s", lifted.raw)
	}
	f.refused(f.as(access.Ops, "POST", path+"/lift", map[string]string{"reason": "not needed"}), 409, "gate_lifted")
}
