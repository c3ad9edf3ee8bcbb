package api

import (
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

// readyToPlan carries a job to where campaigns can be planned, with a second list
// that can be withdrawn, a key that signs, and a campaign that has ended.
func readyToPlan(t *testing.T) *flow {
	t.Helper()
	f := frozen(t)
	f.second = f.must(f.list("second.csv", "email,name\nann@example.com,Ann\n"), 202, "list").text("id")
	f.drafted()
	f.signing = f.must(f.key("first"), 201, "key").text("id")
	f.must(f.useKey(f.signing), 200, "use")
	f.ended = f.campaign
	f.approved()
	f.must(f.launch(), 200, "launch")
	f.must(f.as(access.Ops, "POST", f.itsCampaign()+"/abort", map[string]string{"reason": "enough"}), 200, "abort")
	return f
}

func (f *flow) itsIncident() string { return "/incidents/" + f.incident }
func (f *flow) itsCampaign() string { return "/campaigns/" + f.campaign }
func (f *flow) itsSender() string   { return "/senders/" + f.settings["sender_id"].(string) }
func (f *flow) itsRelay() string    { return "/relays/" + f.settings["relays"].([]string)[0] }
func organisationOf(*flow) string   { return "/organisation" }

// list imports a file of addresses and names, and gives the answer to its upload.
func (f *flow) list(name, file string) answer {
	f.t.Helper()
	got := f.must(f.upload(access.Ops, f.incident, "name", name, "mapping", `{"email":"email","name":"name"}`, "file", file), 202, "upload")
	f.importNow(got.text("id"))
	return got
}

// withdrawn takes the second list back, as a worker would.
func (f *flow) withdrawn() answer {
	f.t.Helper()
	got := f.as(access.Ops, "POST", "/lists/"+f.second+"/withdraw", map[string]any{"reason": "the wrong export", "confirm_rows": 1})
	no, err := id.ParseList(f.second)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.lists().WithdrawNow(f.t.Context(), no); err != nil {
		f.t.Fatal(err)
	}
	return got
}

// otherCohort is a draft beside the one that is planned.
func (f *flow) otherCohort() string {
	f.t.Helper()
	draft := map[string]any{"name": "Others", "kind": "first", "precedence": 2, "rule": map[string]string{"list": f.second}}
	return f.must(f.as(access.Ops, "POST", f.itsIncident()+"/cohorts", draft), 201, "cohort").text("id")
}

// gate lets everybody through whom the cohort's own rule has.
func (f *flow) gate() answer {
	f.t.Helper()
	rule := f.must(f.as(access.Ops, "GET", "/cohorts/"+f.cohort, nil), 200, "cohort").doc["rule"]
	return f.as(access.Ops, "POST", f.itsIncident()+"/gates", map[string]any{"name": "Known", "cohort_id": f.cohort, "rule": rule})
}

func (f *flow) liftGate() answer {
	f.t.Helper()
	gates := f.must(f.as(access.Ops, "GET", f.itsIncident()+"/gates?state=active", nil), 200, "gates").items()
	return f.as(access.Ops, "POST", "/gates/"+gates[0]["id"].(string)+"/lift", map[string]string{"reason": "not needed"})
}

// otherText writes a further version of the notice.
func (f *flow) otherText() string {
	f.t.Helper()
	version := f.must(f.as(access.Legal, "GET", "/versions/"+f.settings["version_id"].(string), nil), 200, "version")
	text := map[string]any{"default_locale": "en", "variants": []map[string]any{{"locale": "en", "subject": "Other news", "body": "Other words to read. Code {{notice.code}}."}}}
	return f.must(f.as(access.Legal, "POST", "/notices/"+version.text("notice_id")+"/versions", text), 201, "version").text("id")
}

func (f *flow) withdrawnText() answer {
	f.t.Helper()
	path := "/versions/" + f.settings["version_id"].(string)
	sum := f.must(f.as(access.Legal, "GET", path, nil), 200, "version").text("sha256")
	return f.as(access.Legal, "POST", path+"/withdraw", map[string]string{"sha256": sum, "comment": "it is wrong"})
}

// key makes one for the sender, which signs nothing yet.
func (f *flow) key(selector string) answer {
	f.t.Helper()
	return f.as(access.Admin, "POST", f.itsSender()+"/keys", map[string]any{"algorithm": "ed25519", "selector": selector})
}

func (f *flow) useKey(key string) answer {
	f.t.Helper()
	return f.as(access.Admin, "POST", f.itsSender()+"/keys/"+key+"/use", nil)
}

func (f *flow) usedKey() answer {
	f.t.Helper()
	return f.useKey(f.must(f.key("second"), 201, "key").text("id"))
}

func (f *flow) retiredKey() answer {
	f.t.Helper()
	return f.as(access.Admin, "POST", f.itsSender()+"/keys/"+f.signing+"/retire", map[string]string{"reason": "a laptop was stolen"})
}

func (f *flow) otherSender() string {
	f.t.Helper()
	return f.must(f.as(access.Admin, "POST", "/senders", map[string]any{"name": "Other", "from": "other@example.com"}), 201, "sender").text("id")
}

func (f *flow) otherRelay() string {
	f.t.Helper()
	return f.must(f.as(access.Admin, "POST", "/relays", map[string]any{"name": "Other", "host": "smtp8.example.com"}), 201, "relay").text("id")
}

// newRules puts newer rules to use.
func (f *flow) newRules() answer {
	f.t.Helper()
	built := f.must(f.as(access.Admin, "GET", "/rule-set", nil), 200, "built in").text("sha256")
	made := f.must(f.loadRules(access.Admin, rulesFile(f.t, builtVersion, "version: '2027.1.0'")), 201, "load").text("id")
	return f.as(access.Admin, "POST", "/rule-sets/"+made+"/activate", map[string]string{"instead_of": built})
}

// suppressedOne has a person suppressed, and legal say that they are told another
// way.
func (f *flow) suppressedOne() answer {
	f.t.Helper()
	f.must(f.as(access.Ops, "POST", "/suppressions", map[string]string{"email": "cy@example.net", "source": "opt_out", "reason": "by phone"}), 201, "suppress")
	people := f.must(f.as(access.Legal, "GET", f.itsCampaign()+"/undecided", nil), 200, "undecided").items()
	return f.as(access.Legal, "POST", f.itsCampaign()+"/suppression-decisions",
		map[string]any{"recipient_ids": []any{people[0]["recipient_id"]}, "decision": "other_channel", "reason": "the law demands it"})
}
