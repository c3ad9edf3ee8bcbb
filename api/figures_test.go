package api

import (
	"strings"
	"testing"

	"forthwith/internal/access"
)

func TestFiguresAreAskedForByPlace(t *testing.T) {
	r := newRig(t)
	r.must(r.as(access.Admin, "PATCH", "/organisation", map[string]any{"name": "Larkfield", "contacts": map[string]string{"email": "help@example.com"}}, "If-Match", `"0"`), 200, "organisation")
	made := r.must(r.as(access.Ops, "POST", "/incidents", map[string]any{"name": "Mail", "summary": "A mailbox was read.", "events": map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-08T19:30:00+02:00"}, "data_types": []string{"names"}}), 201, "incident")
	path := "/incidents/" + made.text("id") + "/figures"
	r.importNow(r.must(r.upload(access.Ops, made.text("id"), "name", "A", "mapping", `{"email":"email","state":"jurisdiction"}`, "file", europeans), 202, "upload").text("id"))

	all := r.must(r.as(access.Legal, "GET", path, nil), 200, "figures")
	counts := map[string]float64{}
	for _, one := range all.doc["places"].([]any) {
		c := one.(map[string]any)
		counts[c["place"].(string)] = c["affected"].(float64)
	}
	if counts["all"] != 5 || counts["DE"] != 2 || counts["FR"] != 1 || counts["US"] != 1 || counts["US-CA"] != 1 || counts["none"] != 1 || len(counts) != 6 {
		t.Errorf("counted %v", counts)
	}
	form := r.must(r.as(access.Auditor, "GET", path+"/DE", nil), 200, "form")
	text, _ := form.doc["text"].(string)
	for _, line := range []string{"Organisation: Larkfield\n", "Contact: help@example.com\n", "What happened: A mailbox was read.\n", "Discovered: 8 August 2022\n", "Became aware: 8 August 2022, 19:30 +02:00\n",
		"Kinds of personal information: names\n", "People affected, everywhere: 5\n", "People affected, Germany (DE): 2\n", "– of them without an e-mail address: 1\n", "– of them not yet in a campaign: 1\n", "Notices to people: not sent yet\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("it does not say %q in %s", line, text)
		}
	}
	if form.doc["affected"] != 2.0 || form.doc["first_sent_at"] != nil || strings.Contains(text, "Confirmed") {
		t.Errorf("got %s", form.raw)
	}
	if none := r.as(access.Legal, "GET", path+"/US-NY", nil); none.status != 404 || none.code() != "nobody_there" {
		t.Errorf("a place of nobody: %d %s", none.status, none.raw)
	}
}
