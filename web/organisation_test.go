package web

import (
	"net/url"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/incident"
	"forthwith/internal/postgres"
)

func TestAnAdminSaysWhoSendsTheNotices(t *testing.T) {
	r := newRig(t)
	incidents := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}
	first := incident.Organisation{Name: "A", Profiles: []string{"hospital"}, Contacts: map[string]string{"fax": "1"}}
	if _, err := incidents.SetOrganisation(t.Context(), terminal, 0, first); err != nil {
		t.Fatal(err)
	}
	b := r.signedIn(r.hire("eli", access.Admin))
	typed := url.Values{"name": {"Larkfield"}, "contacts.email": {"help@example.com"}, "dpo.name": {"<b>Dee</b>"}, "holidays": {"2026-12-25\n\n2027-01-01"}, "approval_hours": {"0"}}
	if got := b.submit("/organisation", "/organisation", typed); got.status != 303 {
		t.Fatalf("saved: %d %s", got.status, text(got.body))
	}
	o, version, err := incidents.Organisation(t.Context(), terminal)
	if err != nil || version != 2 || o.Name != "Larkfield" || o.DPO["name"] != "<b>Dee</b>" || len(o.Holidays) != 2 || *o.ApprovalHours != 0 {
		t.Errorf("%d %+v %v", version, o, err)
	}
	if len(o.Profiles) != 1 || o.Contacts["fax"] != "1" || o.Contacts["email"] == "" {
		t.Errorf("what the form does not ask for is lost: %+v", o)
	}
	if page := b.get("/organisation").body; !strings.Contains(page, "&lt;b&gt;Dee") || strings.Contains(page, "<b>Dee") {
		t.Error("markup is not shown as it is")
	}
}

func TestAnAdminSaysWhoMailsStaff(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("eli", access.Admin))
	r.count("WITH made AS (INSERT INTO relay (name) VALUES ('Staff relay') RETURNING 1) SELECT count(*) FROM made")
	r.count(`WITH made AS (INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, max_rate_per_second, max_connections, made_by)
		VALUES (1, 1, 'r.example.com', 587, 'starttls', 'none', 1, 1, 1) RETURNING 1) SELECT count(*) FROM made`)
	r.count("WITH made AS (UPDATE relay SET revision = 1 RETURNING 1) SELECT count(*) FROM made")
	r.count("WITH made AS (INSERT INTO sender (name) VALUES ('Desk') RETURNING 1) SELECT count(*) FROM made")
	r.count(`WITH made AS (INSERT INTO sender_revision (sender_no, revision, from_address, from_name, reply_to, bounce_domain, link_hosts, made_by)
		VALUES (1, 1, 'desk@example.com', '', '', 'b.example.com', '{}', 1) RETURNING 1) SELECT count(*) FROM made`)
	r.count("WITH made AS (UPDATE sender SET revision = 1 RETURNING 1) SELECT count(*) FROM made")
	if page := text(b.get("/organisation").body); !strings.Contains(page, "Legal gets no mail") || !strings.Contains(page, "Staff relay") {
		t.Errorf("nobody is chosen: %s", page)
	}
	half := url.Values{"name": {"A"}, "staff_mail.relay_id": {"rel_1"}, "staff_mail.sender_id": {""}}
	if got := b.submit("/organisation", "/organisation", half); got.status != 422 || !strings.Contains(text(got.body), "choose both, or none") {
		t.Errorf("half of it: %d %s", got.status, text(got.body))
	}
	half.Set("staff_mail.sender_id", "snd_1")
	if got := b.submit("/organisation", "/organisation", half); got.status != 303 {
		t.Fatalf("both: %d %s", got.status, text(got.body))
	}
	if page := b.get("/organisation").body; strings.Contains(page, "Legal gets no mail") || !strings.Contains(page, `value="rel_1" selected`) || !strings.Contains(page, `value="snd_1" selected`) {
		t.Error("what was chosen is not shown")
	}
	none := url.Values{"name": {"A"}, "staff_mail.relay_id": {""}, "staff_mail.sender_id": {""}}
	if got := b.submit("/organisation", "/organisation", none); got.status != 303 || !strings.Contains(b.get("/organisation").body, "Legal gets no mail") {
		t.Errorf("taken away: %d", got.status)
	}
}

func TestAnOrganisationThatCannotBeKeptIsRefused(t *testing.T) {
	r := newRig(t)
	b := r.signedIn(r.hire("eli", access.Admin))
	stale := fields(b.get("/organisation").body)
	for name, typed := range map[string]url.Values{
		"nothing":      {},
		"too long":     {"name": {strings.Repeat("x", 500)}},
		"a long phone": {"name": {"A"}, "contacts.phone": {strings.Repeat("1", 5000)}},
		"no date":      {"name": {"A"}, "holidays": {"Christmas"}},
		"no number":    {"name": {"A"}, "approval_hours": {"soon"}},
		"too many":     {"name": {"A"}, "approval_hours": {"721"}},
		"no version":   {"name": {"A"}, "version": {"x"}},
	} {
		got := b.submit("/organisation", "/organisation", typed)
		if want := map[bool]int{false: 422, true: 412}[name == "no version"]; got.status != want || !strings.Contains(got.body, "Fix this") {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	if got := b.submit("/organisation", "/organisation", url.Values{"name": {"A"}}); got.status != 303 {
		t.Fatalf("saved: %d", got.status)
	}
	stale.Set("name", "typed late")
	if got := b.post("/organisation", stale); got.status != 412 || !strings.Contains(got.body, "This changed under you") || !strings.Contains(got.body, "typed late") {
		t.Errorf("a stale version: %d %s", got.status, text(got.body))
	}
}

func TestWhoMaySeeTheOrganisation(t *testing.T) {
	r := newRig(t)
	for role, want := range map[access.Role]int{access.Legal: 200, access.Ops: 200, access.Auditor: 200, access.Admin: 200, access.Support: 403} {
		b := r.signedIn(r.hire(string(role), role))
		page := b.get("/organisation")
		if page.status != want || strings.Contains(page.body, `action="/organisation"`) != (role == access.Admin) {
			t.Errorf("%s: %d", role, page.status)
		}
		if got := b.post("/organisation", fields(b.get("/account").body)); role != access.Admin && got.status < 400 {
			t.Errorf("%s may change it: %d", role, got.status)
		}
		if strings.Contains(b.get("/account").body, `href="/organisation"`) != (want == 200) {
			t.Errorf("%s: the link is there or missing", role)
		}
	}
}
