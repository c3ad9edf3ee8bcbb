package api

import (
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"

	"forthwith/internal/access"
	"forthwith/internal/postgres"
)

// duty finds a duty of a clock.
func duty(t *testing.T, clock answer, id string) map[string]any {
	t.Helper()
	all, _ := clock.doc["duties"].([]any)
	for _, one := range all {
		if d := one.(map[string]any); d["id"] == id {
			return d
		}
	}
	t.Fatalf("no duty %s among %d", id, len(all))
	return nil
}

const europeans = "email,state\nann@example.com,DE\nben@example.com,FR\ncy@example.com,US-CA\n,DE\ndia@example.com,\n"

func TestTheClockGoesFromFactsAndPeopleToATick(t *testing.T) {
	r := newRig(t)
	f := &flow{rig: r}
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "Larkfield", "zone": "Europe/Berlin", "workdays": []string{"mon", "tue", "wed", "thu", "fri"}, "policy_days": 10}, "If-Match", `"0"`), 200, "organisation")
	made := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "events": map[string]string{"awareness": "2022-08-08T09:30:00Z"}}), 201, "incident")
	incident, path := made.text("id"), "/incidents/"+made.text("id")+"/obligations"
	r.importNow(r.must(r.upload(access.Ops, incident, "name", "A", "mapping", `{"email":"email","state":"jurisdiction"}`, "file", europeans), 202, "upload").text("id"))

	clock := r.must(r.as(access.Legal, "GET", path, nil), 200, "clock")
	authority := duty(t, clock, "eu-gdpr.regulator.dpa")
	due := authority["limit"].(map[string]any)["due"].(map[string]any)
	if due["at"] != "2022-08-11T09:30:00Z" || authority["state"] != "overdue" || authority["citation"] != "GDPR Art. 33(1), (4)" {
		t.Errorf("72 hours end at %v: %v, %v", due, authority["state"], authority["citation"])
	}
	people := duty(t, clock, "eu-gdpr.individual_notice")
	target := people["limit"].(map[string]any)["policy_due"].(map[string]any)
	if target["day"] != "2022-08-18" || people["count"].(map[string]any)["residents"] != 3.0 || people["outlook"] != "none" {
		t.Errorf("the people: %v, %v, %v", target, people["count"], people["outlook"])
	}
	if california := duty(t, clock, "us-ca.regulator.ag-us-ca"); california["standing"] != "not_reached" && california["standing"] != "unsettled" {
		t.Errorf("one person in California: %v", california["standing"])
	}
	if len(clock.doc["not_covered"].([]any)) == 0 || clock.doc["rules"].(map[string]any)["version"] == "" {
		t.Error("the clock does not say what it rests on")
	}

	tick := path + "/eu-gdpr.regulator.dpa/done"
	f.refused(r.as(access.Auditor, "POST", tick, map[string]string{"at": "2022-08-10", "reference": "x"}), 403, "role_may_not")
	f.refused(r.as(access.Legal, "POST", path+"/eu-gdpr.nothing/done", map[string]string{"at": "2022-08-10", "reference": "x"}), 404, "no_such_duty")
	f.refused(r.as(access.Legal, "POST", tick, map[string]string{"at": "2999-01-01", "reference": "x"}), 422, "done_later")
	f.refused(r.as(access.Legal, "POST", tick, map[string]string{"at": "soon", "reference": ""}), 422, "event_not_a_date")
	done := r.must(r.as(access.Legal, "POST", tick, map[string]string{"at": "2022-08-10T08:00:00Z", "reference": "B-22/117"}), 200, "tick")
	if got := done.doc["done"].(map[string]any); done.text("state") != "done" || got["reference"] != "B-22/117" || got["at"] != "2022-08-10T08:00:00Z" {
		t.Errorf("ticked %s", done.raw)
	}
	r.must(r.as(access.Ops, "POST", tick, map[string]string{"at": "2022-08-10", "reference": "B-22/118"}), 200, "a correction")
	again := duty(t, r.must(r.as(access.Auditor, "GET", path, nil), 200, "clock"), "eu-gdpr.regulator.dpa")
	if again["state"] != "done" || again["done"].(map[string]any)["reference"] != "B-22/118" {
		t.Errorf("after a correction: %v", again["done"])
	}
	var plain int
	if err := r.db.As(t, postgres.AppRole).QueryRow(t.Context(), "SELECT count(*) FROM obligation_tick WHERE position('B-22'::bytea IN reference) > 0").Scan(&plain); err != nil || plain != 0 {
		t.Errorf("%d references are not sealed, %v", plain, err)
	}
}

func TestTheClockIsACalendar(t *testing.T) {
	r := newRig(t)
	made := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "events": map[string]string{"awareness": "2022-08-08T09:30:00Z", "discovery": "2022-08-08"}}), 201, "incident")
	path := "/incidents/" + made.text("id") + "/obligations"
	r.importNow(r.must(r.upload(access.Ops, made.text("id"), "name", "A", "mapping", `{"email":"email","state":"jurisdiction"}`, "file", europeans), 202, "upload").text("id"))
	before := readCalendar(t, r.as(access.Auditor, "GET", path+".ics", nil))
	authority := before[made.text("id")+".eu-gdpr.regulator.dpa@forthwith"]
	if authority == nil {
		t.Fatalf("no authority among %d entries", len(before))
	}
	if at, err := authority.GetStartAt(); err != nil || at.UTC().Format("2006-01-02T15:04Z") != "2022-08-11T09:30Z" {
		t.Errorf("72 hours end at %v, %v", at, err)
	}
	if len(authority.Alarms()) != 1 {
		t.Error("nobody is reminded")
	}
	r.must(r.as(access.Legal, "POST", path+"/eu-gdpr.regulator.dpa/done", map[string]string{"at": "2022-08-10", "reference": "B-22/117"}), 200, "tick")
	after := readCalendar(t, r.as(access.Auditor, "GET", path+".ics", nil))
	if after[made.text("id")+".eu-gdpr.regulator.dpa@forthwith"] != nil || len(after) != len(before)-1 {
		t.Error("what was done still stands in the calendar")
	}
}

func readCalendar(t *testing.T, a answer) map[string]*ics.VEvent {
	t.Helper()
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/calendar") {
		t.Fatalf("%d %s", a.status, a.header.Get("Content-Type"))
	}
	for _, line := range strings.Split(string(a.raw), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(string(a.raw)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		all[e.Id()] = e
	}
	return all
}
