package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/incident"
	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/watch"
	"forthwith/worker"
)

// submitted makes a text that waits for legal, and has an admin choose who
// mails staff.
func (r *rig) submitted() {
	r.t.Helper()
	r.exec("INSERT INTO version_event (version_no, event_no, kind, made_by) VALUES (1, 1, 'submit', 1)")
	r.exec(`INSERT INTO sender_revision (sender_no, revision, from_address, from_name, reply_to, bounce_domain, link_hosts, made_by)
		VALUES (1, 1, 'desk@example.com', 'Desk', 'help@example.com', 'bounce.example.com', '{}', 1)`)
	r.exec(`INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, max_rate_per_second, max_connections, made_by)
		VALUES (1, 1, 'relay.example.com', 587, 'none', 'none', 100, 4, 1)`)
	r.exec("UPDATE sender SET revision = 1")
	r.exec("UPDATE relay SET revision = 1")
	admin := access.Actor{User: 1, Role: access.Admin, SteppedUp: true}
	_, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.SetOrganisation(context.Background(), admin, 0,
		incident.Organisation{Name: "Larkfield", StaffMail: &incident.StaffMail{Relay: 1, Sender: 1}})
	if err != nil {
		r.t.Fatal(err)
	}
}

// tells looks at what waits, and sends what was asked for, as a worker does.
func (r *rig) tells(e *delivery.Engine) error {
	r.t.Helper()
	ctx, alerts, campaigns := context.Background(), postgres.AlertStore{DB: r.db.DB}, postgres.CampaignStore{DB: r.db.DB}
	if err := (watch.Approvals{Store: alerts}).Look(ctx); err != nil {
		r.t.Fatal(err)
	}
	job, err := worker.Opener{Campaigns: campaigns, Tests: campaigns, Words: alerts}.OpenStaff(ctx, r.number("SELECT max(send_no) FROM staff_send"))
	if err != nil {
		r.t.Fatal(err)
	}
	return e.Staff(ctx, ctx, job, r.store)
}

func TestLegalIsMailedWhatWaitsOverTheWire(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	r.submitted()
	e := r.engine("sender")
	for range 3 {
		if err := r.tells(e); err != nil {
			t.Fatal(err)
		}
	}
	all := r.relay.Messages()
	if len(all) != 1 || len(all[0].Rcpt) != 1 || !strings.HasPrefix(all[0].Rcpt[0], "ada") {
		t.Fatalf("%d messages: %+v", len(all), all)
	}
	raw := string(all[0].Raw)
	if !strings.Contains(raw, "Subject: Something waits for your approval") || strings.Contains(raw, "http") || strings.Contains(raw, "Mail provider breach") || strings.Contains(raw, "Exposed") {
		t.Errorf("it says %s", raw)
	}
	if n := r.number("SELECT count(*) FROM staff_outcome WHERE code = 250 AND phase = 'dot'"); n != 1 {
		t.Errorf("%d answers are on record", n)
	}
}

func TestAQuarantinedRelayGetsNoMailToStaff(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	r.submitted()
	r.exec("UPDATE relay SET state = 'quarantined'")
	e := r.engine("sender")
	if err := r.tells(e); !errors.Is(err, delivery.ErrStaffLater) {
		t.Errorf("it says %v", err)
	}
	if n := len(r.relay.Events()); n != 0 {
		t.Errorf("%d events at the relay", n)
	}
	r.exec("UPDATE relay SET state = 'healthy'")
	if err := r.tells(e); err != nil {
		t.Fatal(err)
	}
	if n := len(r.relay.Messages()); n != 1 {
		t.Errorf("%d messages after its release", n)
	}
}

func TestAMailToStaffWithoutAnAnswerIsNotSentAgain(t *testing.T) {
	r := newRig(t, 3, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: relaytest.CloseMute}})
	r.submitted()
	e := r.engine("sender")
	for range 2 {
		if err := r.tells(e); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.number("SELECT count(*) FROM staff_outcome WHERE lost AND phase = 'dot'"); n != 1 {
		t.Errorf("%d are unclear", n)
	}
	if n := r.number("SELECT count(*) FROM staff_intent"); n != 1 {
		t.Errorf("%d were announced", n)
	}
}
