package postgres_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"forthwith/internal/obligation"
	"forthwith/internal/postgres"
)

// TestPeopleAreToldOfASendThatEndsTooLate lets a campaign that is ready run into
// the moment of the notice by what is known of the incident.
func TestPeopleAreToldOfASendThatEndsTooLate(t *testing.T) {
	r := newPlanRig(t, 6)
	ctx := context.Background()
	r.checked()
	store := postgres.ObligationStore{DB: r.db.DB}
	alarms := obligation.Alarms{Service: obligation.Service{Store: store, Rules: postgres.RuleStore{DB: r.db.DB}}, Alarms: store}
	alerts := func() int64 {
		t.Helper()
		if err := alarms.Look(ctx); err != nil {
			t.Fatal(err)
		}
		return r.number("SELECT coalesce(sum(times), 0)::bigint FROM alert WHERE kind = 'send_late'")
	}
	known := func(day string) {
		t.Helper()
		r.exec(`INSERT INTO incident_fact (incident_no, version, document, made_by) SELECT incident_no, version + 1, jsonb_set(document, '{events}', jsonb_build_object('discovery', $2::text)), made_by
			FROM incident_fact WHERE incident_no = $1 ORDER BY version DESC LIMIT 1`, int64(r.incident), day)
	}
	if n := alerts(); n != 0 {
		t.Errorf("%d alerts before any clock runs", n)
	}
	known(time.Now().UTC().Format(time.DateOnly))
	if n := alerts(); n != 0 {
		t.Errorf("%d alerts though it ends in time", n)
	}
	known("2022-08-08")
	if n := alerts(); n != 1 {
		t.Errorf("%d alerts of a send that ends too late", n)
	}
	if n := alerts(); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.exec("UPDATE alert SET acknowledged_by = $1, acknowledged_at = now()", int64(r.gil.User))
	if n := alerts(); n != 1 {
		t.Errorf("told again at once: %d", n)
	}
	r.exec("UPDATE alert SET acknowledged_at = now() - interval '23 hours'")
	if n := alerts(); n != 1 {
		t.Errorf("told %d times, 23 hours after somebody saw it", n)
	}
	r.exec("UPDATE alert SET acknowledged_at = now() - interval '25 hours'")
	if n := alerts(); n != 2 {
		t.Errorf("told %d times, a day after somebody saw it", n)
	}
}

// The law counts people, not mailboxes, and nobody whose list was withdrawn.
func TestPeopleAreCountedWhereTheyAre(t *testing.T) {
	d := newDesk(t)
	where := func() (all, unreachable map[string]int) {
		t.Helper()
		s, err := postgres.ObligationStore{DB: d.DB}.Scene(context.Background(), d.incident)
		if err != nil {
			t.Fatal(err)
		}
		return s.People, s.Unreachable
	}
	const mapped = "email,name,state\n"
	use := map[string]string{"email": "email", "name": "name", "state": "jurisdiction:US"}
	d.imported(t, d.incident, mapped+"ann@example.com,Ann,CA\nann@example.com,Bob,CA\n,Cy,CA\neve@example.com,Eve,\n", use)
	if all, unreachable := where(); !maps.Equal(all, map[string]int{"US-CA": 3, "": 1}) || unreachable["US-CA"] != 1 || unreachable[""] != 0 {
		t.Errorf("%v, out of reach %v", all, unreachable)
	}
	wrong := d.imported(t, d.incident, mapped+"dan@example.com,Dan,CA\nann@example.com,Ann,NY\n", use)
	if all, _ := where(); !maps.Equal(all, map[string]int{"US-CA": 4, "US-NY": 2, "": 1}) {
		t.Errorf("with a second list: %v", all)
	}
	d.withdrawn(t, wrong)
	if all, _ := where(); !maps.Equal(all, map[string]int{"US-CA": 3, "": 1}) {
		t.Errorf("with the second list withdrawn: %v", all)
	}
}

// Nobody heard of a campaign that was given up before it began.
func TestAnAbortedPlanIsNoSend(t *testing.T) {
	r := newPlanRig(t, 6)
	ctx := context.Background()
	settings, tomorrow := r.settings(), time.Now().Add(24*time.Hour)
	settings.ScheduleAt = &tomorrow
	c := r.approvedAs(settings)
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	sends := func() int {
		t.Helper()
		s, err := postgres.ObligationStore{DB: r.db.DB}.Scene(ctx, r.incident)
		if err != nil {
			t.Fatal(err)
		}
		return len(s.Sends)
	}
	if n := sends(); n != 1 {
		t.Errorf("%d sends of a schedule", n)
	}
	if _, err := r.service.Abort(ctx, r.gil, c.ID, "not needed"); err != nil {
		t.Fatal(err)
	}
	if n := sends(); n != 0 {
		t.Errorf("%d sends once it was given up", n)
	}
}
