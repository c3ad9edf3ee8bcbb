package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
)

// preflight runs the checks as a worker would, whatever they say.
func (f *flow) preflight() answer {
	f.t.Helper()
	path := "/campaigns/" + f.campaign + "/preflight"
	f.must(f.as(access.Ops, "POST", path, nil), 202, "checks")
	no, err := id.ParseCampaign(f.campaign)
	if err != nil {
		f.t.Fatal(err)
	}
	store := postgres.CampaignStore{DB: f.db.DB}
	if err := (campaign.Checker{Store: store, Bench: store, Gates: cohort.Gates{Store: postgres.GateStore(store)}}).Run(f.t.Context(), no); err != nil {
		f.t.Fatal(err)
	}
	return f.must(f.as(access.Legal, "GET", path, nil), 200, "checks")
}

func TestASuppressionGoesFromItsSourceToADecision(t *testing.T) {
	f := frozen(t)
	f.checked()
	path := "/campaigns/" + f.campaign
	f.must(f.call(f.bo.token, "POST", path+"/approve", map[string]string{"plan_sha256": f.plan}), 200, "approve")
	f.refused(f.as(access.Ops, "POST", "/suppressions", map[string]string{"email": "nobody", "source": "opt_out", "reason": "by phone"}), 422, "suppression_email")
	f.refused(f.as(access.Ops, "POST", "/suppressions", map[string]string{"email": "ann@example.com", "source": "whim", "reason": "by phone"}), 422, "field_not_one_of")
	made := f.must(f.as(access.Ops, "POST", "/suppressions", map[string]string{"email": "ann@example.com", "source": "opt_out", "reason": "by phone"}), 201, "suppress")
	if strings.Contains(string(made.raw), "ann") || made.text("state") != "active" || made.header.Get("Location") != Prefix+"/suppressions/"+made.text("id") {
		t.Errorf("made %s", made.raw)
	}
	f.refused(f.as(access.Legal, "POST", "/suppressions", map[string]string{"email": "ann@example.com", "source": "bounce", "reason": "x"}), 409, "suppression_known")
	form, kind := multipartForm(t, "source", "bounce", "file", "email\nann@example.com\ncy@example.net\nno address\n", "reason", "the old system")
	d := f.must(f.call(f.people[access.Ops].token, "POST", "/suppressions/import", form, "Content-Type", kind), 200, "import")
	if d.doc["lines"] != 3.0 || d.doc["added"] != 1.0 || d.doc["known"] != 1.0 || d.doc["refused"] != 1.0 || strings.Contains(string(d.raw), "@") {
		t.Errorf("the difference is %s", d.raw)
	}
	file := "/suppression-files/" + d.text("id")
	if wrong := f.must(f.as(access.Auditor, "GET", file+"/refused?limit=1", nil), 200, "refused").items(); len(wrong) != 1 || wrong[0]["line"] != 4.0 || wrong[0]["code"] != "address_no_at" || d.doc["wrong"].([]any)[0].(map[string]any)["line"] != 4.0 {
		t.Errorf("refused are %v; %s", wrong, d.raw)
	}
	f.refused(f.as(access.Auditor, "GET", "/suppression-files/spf_9/refused", nil), 404, "no_such_suppression_file")
	form, kind = multipartForm(t, "file", "cy@example.net\n", "name", "x")
	f.refused(f.call(f.people[access.Ops].token, "POST", "/suppressions/import", form, "Content-Type", kind), 422, "unknown_field")
	if all := f.must(f.as(access.Auditor, "GET", "/suppressions?source=bounce&state=active", nil), 200, "list").items(); len(all) != 1 || all[0]["file_id"] != d.text("id") {
		t.Errorf("%v bounced", all)
	}
	f.refused(f.as(access.Ops, "POST", path+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": 3}), 409, "people_undecided")
	undecided := f.must(f.as(access.Ops, "GET", path+"/undecided", nil), 200, "undecided")
	people := undecided.items()
	if len(people) != 2 || strings.Contains(string(undecided.raw), "ann@") || people[0]["source"] != "opt_out" {
		t.Fatalf("undecided are %s", undecided.raw)
	}
	decide := func(decision string, people ...any) answer {
		return f.as(access.Legal, "POST", path+"/suppression-decisions", map[string]any{"recipient_ids": people, "decision": decision, "reason": "the law demands it"})
	}
	f.refused(decide("drop", people[0]["recipient_id"]), 422, "field_not_one_of")
	f.refused(decide("send"), 422, "decision_whom")
	f.must(decide("send", people[0]["recipient_id"]), 200, "send anyway")
	ruled := f.must(decide("other_channel", people[1]["recipient_id"]), 200, "another way")
	if ruled.doc["taken_out"] != 1.0 || ruled.doc["people"] != 1.0 {
		t.Errorf("ruled %s", ruled.raw)
	}
	if left := f.must(f.as(access.Ops, "GET", path+"/undecided?limit=1", nil), 200, "undecided").items(); len(left) != 0 {
		t.Errorf("%d are undecided still", len(left))
	}
	f.must(f.as(access.Ops, "POST", path+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": 2}), 200, "launch")
	f.refused(f.as(access.Ops, "POST", "/suppressions/"+made.text("id")+"/release", map[string]string{"reason": "x"}), 403, "role_may_not")
	f.refused(f.as(access.Ops, "POST", file+"/release", map[string]string{"reason": "x"}), 403, "role_may_not")
	if got := f.must(f.as(access.Legal, "POST", file+"/release", map[string]string{"reason": "the wrong export"}), 200, "release a file"); got.doc["released"] != 1.0 || got.doc["holding"] != 0.0 {
		t.Errorf("released %s", got.raw)
	}
	f.refused(f.as(access.Legal, "POST", file+"/release", map[string]string{"reason": "again"}), 409, "suppression_file_released")
	if all := f.must(f.as(access.Auditor, "GET", "/suppression-files?limit=1", nil), 200, "files").items(); len(all) != 1 || all[0]["id"] != d.text("id") || all[0]["reason"] != "the old system" {
		t.Errorf("the files are %v", all)
	}
	f.must(f.as(access.Auditor, "GET", file, nil), 200, "one file")
	released := f.must(f.as(access.Legal, "POST", "/suppressions/"+made.text("id")+"/release", map[string]string{"reason": "they asked for it"}), 200, "release")
	if released.text("state") != "released" || f.must(f.as(access.Auditor, "GET", "/suppressions/"+made.text("id"), nil), 200, "read").text("state") != "released" {
		t.Errorf("released %s", released.raw)
	}
}

// The checks find who is suppressed, and give no plan before all are decided.
func TestTheChecksWaitForADecision(t *testing.T) {
	f := frozen(t)
	f.checked()
	f.must(f.as(access.Legal, "POST", "/suppressions", map[string]string{"email": "ben@example.org", "source": "complaint", "reason": "x"}), 201, "suppress")
	got := f.preflight()
	found, _ := got.doc["blocking"].([]any)
	if one, _ := found[0].(map[string]any); got.doc["ok"] != false || len(found) != 1 || one["code"] != "people_undecided" {
		t.Fatalf("the checks say %s", got.raw)
	}
	people := f.must(f.as(access.Legal, "GET", "/campaigns/"+f.campaign+"/undecided", nil), 200, "undecided").items()
	f.must(f.as(access.Legal, "POST", "/campaigns/"+f.campaign+"/suppression-decisions", map[string]any{"recipient_ids": []any{people[0]["recipient_id"]}, "decision": "exclude", "reason": "x"}), 200, "exclude")
	counts, _ := f.preflight().doc["counts"].(map[string]any)
	if counts["to_send"] != 2.0 || counts["excluded"] != 1.0 {
		t.Errorf("the plan counts %v", counts)
	}
}
