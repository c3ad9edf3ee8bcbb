package postgres_test

import (
	"context"
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
	r.exec("UPDATE alert SET acknowledged_at = now() - interval '25 hours'")
	if n := alerts(); n != 2 {
		t.Errorf("told %d times, a day after somebody saw it", n)
	}
}
