package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

// exclude asks for an exclusion of people.
func (f *flow) exclude(by access.Role, kind, reason string, people ...string) answer {
	f.t.Helper()
	return f.as(by, "POST", "/incidents/"+f.incident+"/exclusions", map[string]any{"recipient_ids": people, "kind": kind, "reason": reason})
}

// members gives the ids of the incident's people.
func (f *flow) members() []string {
	f.t.Helper()
	var all []string
	for _, r := range f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/recipients", nil), 200, "people").items() {
		all = append(all, r["id"].(string))
	}
	return all
}

func TestAnExclusionGoesFromItsReasonToTheReport(t *testing.T) {
	f := frozen(t)
	people := f.members()
	f.refused(f.exclude(access.Ops, "deceased", "told by the family", people[0]), 403, "role_may_not")
	f.refused(f.exclude(access.Legal, "deceased", "", people[0]), 422, "reason_missing")
	f.refused(f.exclude(access.Legal, "deceased", "told by the family"), 422, "exclusion_whom")
	f.refused(f.exclude(access.Legal, "deceased", "told by the family", "rcp_99-1"), 422, "no_such_recipient")
	made := f.must(f.exclude(access.Legal, "deceased", "told by the family", people[0]), 201, "exclude")
	path := made.header.Get("Location")[len(Prefix):]
	if made.text("state") != "active" || made.doc["people"] != 1.0 || made.text("reason") != "told by the family" || path != "/exclusions/"+made.text("id") {
		t.Errorf("made %s at %s", made.raw, path)
	}
	f.must(f.exclude(access.Ops, "suppression", "asked not to be mailed", people[1]), 201, "ops excludes")
	one := f.must(f.as(access.Auditor, "GET", path+"/recipients", nil), 200, "its people")
	if len(one.items()) != 1 || !strings.Contains(string(one.raw), "•••") || strings.Contains(string(one.raw), "ann@") {
		t.Errorf("its people are %s", one.raw)
	}
	for query, want := range map[string]int{"": 2, "?kind=deceased": 1, "?state=lifted": 0, "?recipient=" + people[1]: 1, "?recipient=rcp_99-2": 0, "?limit=1": 1} {
		if got := f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/exclusions"+query, nil), 200, query).items(); len(got) != want {
			t.Errorf("%q gives %d, want %d", query, len(got), want)
		}
	}
	f.excluded = 2
	f.checked()
	counts, _ := f.must(f.as(access.Auditor, "GET", "/campaigns/"+f.campaign+"/preflight", nil), 200, "preflight").doc["counts"].(map[string]any)
	if counts["to_send"] != 1.0 || counts["excluded"] != 2.0 {
		t.Errorf("the plan counts %v", counts)
	}
	f.must(f.call(f.bo.token, "POST", "/campaigns/"+f.campaign+"/approve", map[string]string{"plan_sha256": f.plan}), 200, "approve")
	f.refused(f.exclude(access.Ops, "suppression", "too", people[2]), 403, "exclusion_needs_legal")
	deliveries := f.must(f.as(access.Auditor, "GET", "/campaigns/"+f.campaign+"/deliveries?status=excluded", nil), 200, "deliveries")
	if len(deliveries.items()) != 2 {
		t.Errorf("excluded are %s", deliveries.raw)
	}
	f.refused(f.as(access.Ops, "POST", path+"/lift", map[string]string{"reason": "a mistake"}), 403, "role_may_not")
	f.refused(f.as(access.Legal, "POST", path+"/lift", map[string]string{"reason": " "}), 422, "reason_missing")
	lifted := f.must(f.as(access.Legal, "POST", path+"/lift", map[string]string{"reason": "a mistake"}), 200, "lift")
	if told, _ := lifted.doc["lifted"].(map[string]any); lifted.text("state") != "lifted" || told["reason"] != "a mistake" {
		t.Errorf("lifted %s", lifted.raw)
	}
	f.refused(f.as(access.Legal, "POST", path+"/lift", map[string]string{"reason": "a mistake"}), 409, "exclusion_lifted")
}
