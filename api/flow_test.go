package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

// flow is a job on its way from a list to a launched campaign.
type flow struct {
	*rig
	bo       person // approves what legal wrote and ops built
	incident string
	cohort   string
	settings map[string]any // of its campaigns, but the name
	campaign string
	second   string // a list that the cohort does not need
	signing  string // a key of the sender
	ended    string // a campaign before this one
	notices  int    // that it has
	plan     string
	body     string // of the text; empty: one that greets
	excluded int    // before the checks
	held     int    // by a gate
	toSend   int
}

const threePeople = "email,name,state\nann@example.com,Ann,CA\nben@example.org,Ben,NY\nnot an address,Cy,NY\ncy@example.net,Cy,CA\n"

// frozen carries a job to a frozen cohort.
func frozen(t *testing.T) *flow {
	t.Helper()
	f := &flow{rig: newRig(t)}
	f.bo = f.hire("bo", access.Legal, identity.ScopesOf(access.Legal)...)
	f.stepUp(f.bo)
	f.stepUp(f.people[access.Legal])
	f.stepUp(f.people[access.Ops])
	f.must(f.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "Larkfield", "contacts": map[string]string{"email": "help@example.com"}}, "If-Match", `"0"`), 200, "organisation")
	f.incident = f.must(f.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "summary": "S", "events": map[string]string{"discovery": "2022-08-08"}}), 201, "incident").text("id")
	list := f.must(f.upload(access.Ops, f.incident, "name", "A", "mapping", `{"email":"email","name":"name","state":"jurisdiction:US"}`, "file", threePeople), 202, "upload").text("id")
	f.importNow(list)
	done := f.must(f.as(access.Auditor, "GET", "/lists/"+list, nil), 200, "list")
	if done.text("state") != "imported" || done.doc["rows"] != 4.0 || done.doc["rejected"] != 1.0 || done.doc["new_recipients"] != 3.0 {
		t.Fatalf("the import ended as %s", done.raw)
	}
	f.freeze(list)
	return f
}

func (f *flow) freeze(list string) {
	f.t.Helper()
	draft := map[string]any{"name": "Everybody", "kind": "first", "precedence": 1, "rule": map[string]string{"list": list}}
	made := f.must(f.as(access.Ops, "POST", "/incidents/"+f.incident+"/cohorts", draft), 201, "cohort")
	f.cohort = made.text("id")
	f.must(f.as(access.Ops, "PATCH", "/cohorts/"+f.cohort, map[string]any{"name": "All"}, "If-Match", made.header.Get("ETag")), 200, "rename")
	f.must(f.as(access.Ops, "POST", "/incidents/"+f.incident+"/cohorts/size", map[string]any{"rule": map[string]string{"list": list}}), 200, "size")
	f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/overlaps", nil), 200, "overlaps")
	f.followed(f.as(access.Ops, "POST", "/cohorts/"+f.cohort+"/freeze", nil), "/cohorts/"+f.cohort)
	f.freezeNow(f.cohort)
	got := f.must(f.as(access.Legal, "GET", "/cohorts/"+f.cohort, nil), 200, "frozen")
	if got.text("state") != "frozen" || got.doc["size"] != 3.0 || len(got.text("root_hash")) != 64 {
		f.t.Fatalf("the cohort is %s", got.raw)
	}
	people := f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/recipients?cohort="+f.cohort, nil), 200, "people").items()
	if len(people) != 3 {
		f.t.Fatalf("%d people", len(people))
	}
	one := f.must(f.as(access.Auditor, "GET", "/recipients/"+people[0]["id"].(string), nil), 200, "person")
	if strings.Contains(string(one.raw), "ann@example.com") {
		f.t.Error("an address is shown whole")
	}
}

// answered has legal answer what the law asks of a version, without which it is
// not submitted.
func (f *flow) answered(path string, sum map[string]string) {
	f.t.Helper()
	refused := f.as(access.Legal, "POST", path+"/submit", sum)
	f.refused(refused, 422, "law_open_everywhere")
	open := keysOf(f.as(access.Legal, "GET", path, nil), func(one map[string]any) bool { return one["key"] != "" })
	because := map[string]any{"findings": open, "reason": "Nobody of these is real."}
	f.refused(f.as(access.Legal, "POST", path+"/answers", map[string]any{"findings": open, "reason": " "}), 422, "field_missing")
	f.refused(f.as(access.Legal, "POST", path+"/answers", map[string]any{"findings": append([]string{"login_link|||"}, open...), "reason": "because"}), 422, "finding_unknown")
	f.refused(f.as(access.Legal, "POST", path+"/answers", map[string]any{"findings": []string{}, "reason": "because"}), 422, "findings_count")
	told := f.must(f.as(access.Legal, "POST", path+"/answers", because), 200, "answers")
	if left := keysOf(told, func(one map[string]any) bool { return one["key"] != "" && one["answer"] == nil }); len(left) > 0 {
		f.t.Errorf("still open: %v", left)
	}
	because["reason"] = "Nobody of these is real, said again."
	told = f.must(f.as(access.Legal, "POST", path+"/answers", because), 200, "answers again")
	corrected := keysOf(told, func(one map[string]any) bool {
		a, answered := one["answer"].(map[string]any)
		return answered && a["reason"] == because["reason"] && one["severity"] == "note"
	})
	if len(corrected) < len(open) {
		f.t.Errorf("%d of %d have the newer answer", len(corrected), len(open))
	}
}

// keysOf gives the keys of some findings of a version.
func keysOf(version answer, which func(one map[string]any) bool) []string {
	var keys []string
	for _, f := range version.doc["lint"].([]any) {
		if one := f.(map[string]any); which(one) {
			keys = append(keys, one["key"].(string))
		}
	}
	return keys
}

// approvedText carries the notice to its approval, and gives its version.
func (f *flow) approvedText() string {
	f.t.Helper()
	f.notices++
	notice := f.must(f.as(access.Legal, "POST", "/incidents/"+f.incident+"/notices", map[string]string{"name": fmt.Sprintf("N%d", f.notices)}), 201, "notice").text("id")
	text := map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "subject": "News from {{org.name}}", "body": cmp.Or(f.body, "Dear {{recipient.name}},\n\nread this. Code {{notice.code}}.")}}}
	version := f.must(f.as(access.Legal, "POST", "/notices/"+notice+"/versions", text), 201, "version")
	path, sum := "/versions/"+version.text("id"), map[string]string{"sha256": version.text("sha256")}
	for _, format := range []string{"", "?format=html", "?format=text", "?format=eml"} {
		f.must(f.as(access.Legal, "GET", path+"/preview"+format, nil), 200, "preview"+format)
	}
	f.answered(path, sum)
	f.must(f.as(access.Legal, "POST", path+"/submit", sum), 200, "submit")
	f.refused(f.as(access.Legal, "POST", path+"/approve", sum), 403, "own_text")
	f.refused(f.call(f.bo.token, "POST", path+"/approve", map[string]string{"sha256": aHash}), 412, "")
	f.must(f.call(f.bo.token, "POST", path+"/approve", sum), 200, "approve")
	f.must(f.as(access.Ops, "GET", path, nil), 200, "read")
	f.must(f.as(access.Ops, "GET", "/incidents/"+f.incident+"/notices", nil), 200, "notices")
	return version.text("id")
}

// refused holds a refusal: its status, its code where one is given, and that
// it is told in a sentence.
func (f *flow) refused(a answer, status int, code string) {
	f.t.Helper()
	if a.status != status || code != "" && a.code() != code || !phrase.Has(a.code()) {
		f.t.Errorf("got %d %s, want %d %s", a.status, a.raw, status, code)
	}
}

// checked carries the campaign to a plan.
func (f *flow) checked() {
	f.t.Helper()
	f.drafted()
	f.check()
}

func (f *flow) drafted() {
	f.t.Helper()
	version := f.approvedText()
	warm := map[string]any{"from": "2026-12-01", "per_day": []int{500, 1000}}
	made := f.must(f.as(access.Admin, "POST", "/relays", map[string]any{"name": "R", "host": "smtp.example.com", "warm_up": warm}), 201, "relay")
	if got, _ := made.doc["warm_up"].(map[string]any); got["from"] != "2026-12-01" {
		f.t.Errorf("made %s", made.raw)
	}
	relay := made.text("id")
	sender := f.must(f.as(access.Admin, "POST", "/senders", map[string]any{"name": "S", "from": "notice@example.com"}), 201, "sender").text("id")
	f.settings = map[string]any{"cohort_id": f.cohort, "version_id": version,
		"sender_id": sender, "relays": []string{relay}, "max_rate_per_second": 10, "on_indeterminate": "hold",
		"max_per_domain": map[string]any{"example.com": 5, "default": 8}, "max_concurrency_per_domain": map[string]any{"default": 4}, "ramp": []map[string]any{{"count": 1, "hold_seconds": 60}, {"percent": 1.5, "hold_seconds": 0}},
		"send_window": map[string]any{"from": "08:00", "to": "20:00", "zone": "Europe/Berlin"}}
	f.draft("C")
}

// draft makes a campaign of the settings that the job was drafted with.
func (f *flow) draft(name string) {
	f.t.Helper()
	given := maps.Clone(f.settings)
	given["name"] = name
	f.campaign = f.must(f.as(access.Ops, "POST", "/incidents/"+f.incident+"/campaigns", given), 201, "campaign").text("id")
}

func (f *flow) check() {
	f.t.Helper()
	path := "/campaigns/" + f.campaign
	f.followed(f.as(access.Ops, "POST", path+"/preflight", nil), path+"/preflight")
	f.refused(f.as(access.Ops, "PATCH", path, map[string]any{"name": "D"}, "If-Match", f.as(access.Ops, "GET", path, nil).header.Get("ETag")), 409, "edit_while_preflighting")
	f.runChecks()
	got := f.must(f.as(access.Legal, "GET", path+"/preflight", nil), 200, "checks")
	counts, _ := got.doc["counts"].(map[string]any)
	if got.doc["ok"] != true || counts["to_send"] != float64(3-f.excluded-f.held) {
		f.t.Fatalf("the checks say %s", got.raw)
	}
	f.plan, f.toSend = got.text("plan_sha256"), 3-f.excluded-f.held
	f.must(f.as(access.Legal, "GET", path+"/plan", nil), 200, "plan")
	f.signs(path + "/plan.pdf")
}

// signs reads the page of the plan twice.
func (f *flow) signs(path string) {
	f.t.Helper()
	first, again := f.must(f.as(access.Legal, "GET", path, nil), 200, "page"), f.must(f.as(access.Auditor, "GET", path, nil), 200, "page")
	if !strings.HasPrefix(string(first.raw), "%PDF-") || string(first.raw) != string(again.raw) || first.header.Get("Content-Type") != "application/pdf" ||
		!strings.Contains(first.header.Get("Content-Disposition"), "plan-"+f.campaign+"-") {
		f.t.Errorf("the page of the plan: %v, %d and %d bytes", first.header, len(first.raw), len(again.raw))
	}
}

// runChecks does what the worker does.
func (f *flow) runChecks() {
	f.t.Helper()
	no, err := id.ParseCampaign(f.campaign)
	if err != nil {
		f.t.Fatal(err)
	}
	store := postgres.CampaignStore{DB: f.db.DB}
	if err := (campaign.Checker{Store: store, Bench: store, Gates: cohort.Gates{Store: postgres.GateStore(store)}}).Run(f.t.Context(), no); err != nil {
		f.t.Fatal(err)
	}
}

// launched carries a job to a campaign that is sending.
func launched(t *testing.T) *flow {
	t.Helper()
	f := frozen(t)
	f.checked()
	path := "/campaigns/" + f.campaign
	f.must(f.call(f.bo.token, "POST", path+"/approve", map[string]any{"plan_sha256": f.plan}), 200, "approve")
	f.must(f.as(access.Ops, "POST", path+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": f.toSend}), 200, "launch")
	return f
}

func TestTheWholeJobAnswersAsTheDocumentSays(t *testing.T) {
	f := frozen(t)
	f.checked()
	path, seen := "/campaigns/"+f.campaign, map[string]any{"plan_sha256": f.plan}
	launch := map[string]any{"plan_sha256": f.plan, "confirm_recipients": f.toSend}
	f.refused(f.as(access.Ops, "POST", path+"/launch", launch), 409, "launch_needs_approval")
	f.refused(f.as(access.Legal, "POST", path+"/approve", seen), 403, "own_text")
	f.refused(f.call(f.bo.token, "POST", path+"/approve", map[string]any{"plan_sha256": aHash}), 412, "other_plan")
	f.must(f.call(f.bo.token, "POST", path+"/approve", seen), 200, "approve")
	f.refused(f.as(access.Ops, "POST", path+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": 4}), 422, "launch_count")
	f.must(f.as(access.Ops, "POST", path+"/launch", launch), 200, "launch")
	f.refused(f.as(access.Ops, "POST", path+"/launch", launch), 409, "launched_already")
	f.must(f.as(access.Ops, "PUT", path+"/pace", map[string]any{"max_rate_per_second": 5}), 200, "slower")
	f.refused(f.as(access.Ops, "PUT", path+"/pace", map[string]any{"max_rate_per_second": 9}), 422, "pace_only_lower")
	slowed := f.must(f.as(access.Ops, "PUT", path+"/pace", map[string]any{"max_per_domain": map[string]any{"EXAMPLE.com": 2}}), 200, "slower")
	if now, _ := slowed.doc["pace_per_domain"].(map[string]any); now["example.com"] != 2.0 || now["default"] != 8.0 || slowed.doc["pace_per_second"] != 5.0 {
		t.Errorf("slowed to %s", slowed.raw)
	}
	f.refused(f.as(access.Ops, "PUT", path+"/pace", map[string]any{"max_per_domain": map[string]any{"example.com": 3}}), 422, "domain_only_lower")
	f.must(f.as(access.Ops, "POST", path+"/pause", map[string]string{"reason": "a look"}), 200, "pause")
	f.amend(path)
	f.must(f.as(access.Ops, "POST", path+"/resume", nil), 200, "resume")
	f.read(path)
	f.testSend(path)
	f.must(f.as(access.Ops, "POST", path+"/abort", map[string]string{"reason": "enough"}), 200, "abort")
	got := f.must(f.as(access.Auditor, "GET", path, nil), 200, "read")
	if counts, _ := got.doc["counts"].(map[string]any); got.text("state") != "aborted" || counts["cancelled"] != 3.0 || got.doc["explained"] != true {
		t.Errorf("after the abort: %s", got.raw)
	}
	if stream := f.must(f.as(access.Auditor, "GET", path+"/stream", nil), 200, "stream"); !strings.HasPrefix(string(stream.raw), "event: campaign\ndata: {") {
		t.Errorf("the stream is %q", stream.raw)
	}
}

// amend widens a paused campaign by a relay.
func (f *flow) amend(path string) {
	f.t.Helper()
	other := f.must(f.as(access.Admin, "POST", "/relays", map[string]any{"name": "R2", "host": "smtp2.example.com"}), 201, "relay").text("id")
	f.refused(f.as(access.Ops, "POST", path+"/amendments", map[string]any{"reason": "why"}), 422, "amendment_empty")
	asked := f.must(f.as(access.Ops, "POST", path+"/amendments", map[string]any{"relays": []string{other}, "max_rate": 20, "reason": "slow"}), 201, "amendment")
	seen := map[string]any{"sha256": asked.text("sha256")}
	one := "/amendments/" + asked.text("id")
	if asked.header.Get("Location") != Prefix+one || f.must(f.as(access.Auditor, "GET", one, nil), 200, "amendment").text("reason") != "slow" {
		f.t.Errorf("asked for %s", asked.raw)
	}
	f.refused(f.as(access.Legal, "POST", one+"/approve", seen), 403, "own_text")
	f.refused(f.call(f.bo.token, "POST", one+"/approve", map[string]any{"sha256": aHash}), 412, "other_amendment")
	if got := f.must(f.call(f.bo.token, "POST", one+"/approve", seen), 200, "approve"); got.text("state") != "approved" {
		f.t.Errorf("approved to %s", got.raw)
	}
	if all := f.must(f.as(access.Ops, "GET", path+"/amendments", nil), 200, "amendments").items(); len(all) != 1 {
		f.t.Errorf("%d amendments", len(all))
	}
}

// read reads everything that a campaign under way shows.
func (f *flow) read(path string) {
	f.t.Helper()
	deliveries := f.must(f.as(access.Auditor, "GET", path+"/deliveries?status=pending", nil), 200, "deliveries").items()
	if len(deliveries) != 3 {
		f.t.Fatalf("%d deliveries wait", len(deliveries))
	}
	f.must(f.as(access.Auditor, "GET", "/deliveries/"+deliveries[0]["id"].(string), nil), 200, "delivery")
	f.must(f.as(access.Auditor, "GET", "/incidents/"+f.incident+"/campaigns", nil), 200, "campaigns")
	csv := f.must(f.as(access.Auditor, "GET", path+"/report.csv", nil), 200, "report")
	if lines := strings.Count(string(csv.raw), "\n"); lines != 4 || strings.Contains(string(csv.raw), "ann@example.com") {
		f.t.Errorf("the report is %s", csv.raw)
	}
	f.must(f.as(access.Auditor, "GET", path+"/report.json", nil), 200, "report")
	wanted := map[string]string{"kind": "report", "format": "csv", "identifiers": "full", "reason": "asked by court"}
	f.refused(f.as(access.Auditor, "POST", path+"/exports", wanted), 428, "step_up_needed")
	asked := f.must(f.call(f.bo.token, "POST", path+"/exports", wanted), 202, "export")
	no, err := id.ParseExport(asked.text("id"))
	if err != nil {
		f.t.Fatal(err)
	}
	if err := (evidence.Service{Store: postgres.EvidenceStore{DB: f.db.DB}}).Make(f.t.Context(), no); err != nil {
		f.t.Fatal(err)
	}
	f.must(f.call(f.bo.token, "GET", "/exports/"+asked.text("id"), nil), 200, "export")
	whole := f.must(f.call(f.bo.token, "GET", "/exports/"+asked.text("id")+"/file", nil), 200, "file")
	if !strings.Contains(string(whole.raw), "ann@example.com") {
		f.t.Errorf("the export is %s", whole.raw)
	}
}

// testSend asks for a test to two of the staff.
func (f *flow) testSend(path string) {
	f.t.Helper()
	ask := func(users ...string) answer {
		return f.as(access.Ops, "POST", path+"/test-send", map[string]any{"user_ids": users})
	}
	one, other := f.must(f.as(access.Ops, "GET", "/me", nil), 200, "me").text("id"), f.must(f.as(access.Legal, "GET", "/me", nil), 200, "me").text("id")
	many := make([]string, 21)
	for i := range many {
		many[i] = one
	}
	f.refused(ask(), 422, "")
	f.refused(ask(many...), 422, "")
	f.refused(ask(one, "usr_999"), 422, "")
	f.refused(ask("rel_1"), 422, "")
	asked := f.must(ask(one, other), 202, "test")
	if asked.header.Get("Location") != Prefix+path+"/test-sends" || asked.text("state") != "running" || strings.Contains(string(asked.raw), "@") {
		f.t.Errorf("asked for %s", asked.raw)
	}
	f.must(ask(one), 202, "test")
	all := f.must(f.as(access.Auditor, "GET", path+"/test-sends?limit=1", nil), 200, "tests")
	if len(all.items()) != 1 || all.doc["next_cursor"] == nil {
		f.t.Errorf("the newest is %s", all.raw)
	}
	rest := f.must(f.as(access.Auditor, "GET", path+"/test-sends?cursor="+all.text("next_cursor"), nil), 200, "tests").items()
	if len(rest) != 1 || rest[0]["id"] != asked.text("id") {
		f.t.Errorf("before it stands %v", rest)
	}
}

func TestAnEditAfterApprovalVoidsIt(t *testing.T) {
	f := frozen(t)
	f.checked()
	path := "/campaigns/" + f.campaign
	me := []string{f.must(f.as(access.Ops, "GET", "/me", nil), 200, "me").text("id")}
	f.must(f.call(f.bo.token, "POST", path+"/approve", map[string]any{"plan_sha256": f.plan}), 200, "approve")
	tag := f.as(access.Ops, "GET", path, nil).header.Get("ETag")
	edited := f.must(f.as(access.Ops, "PATCH", path, map[string]any{"max_rate_per_second": 9}, "If-Match", tag), 200, "edit")
	if edited.text("state") != "draft" {
		t.Errorf("an edit leaves it %s", edited.text("state"))
	}
	f.refused(f.as(access.Ops, "POST", path+"/test-send", map[string]any{"user_ids": me}), 409, "campaign_wrong_state")
	launch := f.as(access.Ops, "POST", path+"/launch", map[string]any{"plan_sha256": f.plan, "confirm_recipients": f.toSend})
	if launch.status != http.StatusConflict && launch.status != http.StatusPreconditionFailed {
		t.Errorf("the launch of a voided plan: %d %s", launch.status, launch.raw)
	}
	f.check()
	f.must(f.call(f.bo.token, "POST", path+"/reject", map[string]any{"plan_sha256": f.plan, "comment": "not yet"}), 200, "reject")
}
