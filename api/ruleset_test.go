package api

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"forthwith/internal/access"
)

// rulesFile is the file built in with other texts in places.
func rulesFile(t *testing.T, replacements ...string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "internal", "regime", "regimes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if !bytes.Contains(raw, []byte(replacements[i])) {
			t.Fatalf("the rules do not say %q", replacements[i])
		}
	}
	return strings.NewReplacer(replacements...).Replace(string(raw))
}

const builtVersion = "version: '2026.11.1'"

func (r *rig) loadRules(by access.Role, file string) answer {
	r.t.Helper()
	form, kind := multipartForm(r.t, "file", file)
	return r.call(r.people[by].token, "POST", "/rule-sets", form, "Content-Type", kind)
}

func TestARuleSetGoesFromAFileToTheClock(t *testing.T) {
	r := newRig(t)
	f := &flow{rig: r}
	built := r.must(r.as(access.Legal, "GET", "/rule-set", nil), 200, "built in")
	if built.text("id") != "builtin" || built.doc["activated_by"] != nil || built.doc["loaded_at"] != nil || built.doc["regimes"].(float64) < 50 || built.text("disclaimer") == "" {
		t.Errorf("in use is %s", built.raw)
	}
	file := rulesFile(t, builtVersion, "version: '2027.1.0'", "description: Social Security number involved", "description: Social Security number of somebody")
	made := r.must(r.loadRules(access.Admin, file), 201, "load")
	path := "/rule-sets/" + made.text("id")
	if made.header.Get("Location") != Prefix+path || made.text("version") != "2027.1.0" || made.doc["in_use"] != false {
		t.Errorf("loaded %s", made.raw)
	}
	changes := made.doc["changes"].([]any)
	if len(changes) != 2 || changes[0].(map[string]any)["field"] != "conditions[ssn].description" || changes[0].(map[string]any)["old"] != "Social Security number involved" {
		t.Errorf("it changes %v", changes)
	}
	if again := r.must(r.loadRules(access.Admin, file), 200, "load again"); again.text("id") != made.text("id") {
		t.Errorf("again it is %s", again.text("id"))
	}
	if all := r.must(r.as(access.Auditor, "GET", "/rule-sets?limit=1", nil), 200, "list").items(); len(all) != 1 || all[0]["id"] != made.text("id") || all[0]["loaded_by"] != r.people[access.Admin].id.String() {
		t.Errorf("listed are %v", all)
	}

	f.refused(r.as(access.Admin, "POST", path+"/activate", map[string]string{"instead_of": made.text("sha256")}), 412, "changed_meanwhile")
	now := r.must(r.as(access.Admin, "POST", path+"/activate", map[string]string{"instead_of": built.text("sha256")}), 200, "activate")
	if now.text("id") != made.text("id") || now.text("activated_by") != r.people[access.Admin].id.String() || now.text("activated_at") == "" {
		t.Errorf("in use is %s", now.raw)
	}
	if same := r.must(r.as(access.Ops, "GET", path, nil), 200, "get"); same.doc["in_use"] != true || len(same.doc["changes"].([]any)) != 0 {
		t.Errorf("beside itself: %s", same.raw)
	}
	clock := r.must(r.as(access.Legal, "GET", "/incidents/"+r.incident()+"/obligations", nil), 200, "clock")
	if rules := clock.doc["rules"].(map[string]any); rules["version"] != "2027.1.0" || rules["sha256"] != made.text("sha256") {
		t.Errorf("the clock goes by %v", rules)
	}

	back := r.must(r.as(access.Auditor, "GET", "/rule-sets/builtin", nil), 200, "the way back")
	if warned := back.doc["warnings"].([]any); len(warned) != 1 || warned[0].(map[string]any)["code"] != "rules_older" {
		t.Errorf("the way back is told with %v", warned)
	}
	if now.doc["newer_builtin"] != nil {
		t.Errorf("newer than in use is %v", now.doc["newer_builtin"])
	}
	older := r.must(r.loadRules(access.Admin, rulesFile(t, builtVersion, "version: '2026.10.1'")), 201, "load an older one")
	if now = r.must(r.as(access.Admin, "POST", "/rule-sets/"+older.text("id")+"/activate", nil), 200, "activate it"); now.text("newer_builtin") != built.text("version") {
		t.Errorf("newer than in use is %v", now.doc["newer_builtin"])
	}
	if back := r.must(r.as(access.Admin, "POST", "/rule-sets/builtin/activate", nil), 200, "back"); back.doc["newer_builtin"] != nil {
		t.Errorf("newer than in use is %v", back.doc["newer_builtin"])
	}
	r.must(r.as(access.Admin, "POST", "/rule-sets/rul_77/activate", nil), 404, "none")
}

func TestARuleFileWithDefectsIsRefusedByTheirNames(t *testing.T) {
	r := newRig(t)
	f := &flow{rig: r}
	got := r.loadRules(access.Admin, rulesFile(t, "schema_version: 1", "schema_version: one", "generated: '2026-11-23'", "generated: soon"))
	f.refused(got, 422, "rules_wrong_type")
	if !strings.Contains(string(got.raw), `"schema_version"`) || !strings.Contains(string(got.raw), `"generated"`) {
		t.Errorf("the defects are %s", got.raw)
	}
	f.refused(r.loadRules(access.Admin, "a: [b"), 400, "rules_not_yaml")
	f.refused(r.loadRules(access.Admin, strings.Repeat("#", 1<<20+1)), 413, "rules_too_large")
	f.refused(r.as(access.Admin, "POST", "/rule-sets", map[string]string{}), 415, "body_not_form")
	if all := r.must(r.as(access.Admin, "GET", "/rule-sets", nil), 200, "list").items(); len(all) != 0 {
		t.Errorf("%v was kept", all)
	}
}

func TestAMistypedConditionIsRefusedWithWhatWasMeant(t *testing.T) {
	r := newRig(t)
	f := &flow{rig: r}
	got := r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "conditions": []string{"login_credential"}})
	f.refused(got, 422, "condition_unknown_near")
	if !strings.Contains(string(got.raw), "‘login_credentials’") {
		t.Errorf("meant is in %s", got.raw)
	}
	r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "conditions": []string{"login_credentials"}}), 201, "incident")
	f.refused(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "A", "profiles": []string{"hospital"}}, "If-Match", `"0"`), 422, "profile_unknown")
}
