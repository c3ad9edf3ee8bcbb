package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/postgres"
)

// exclude adds a version of the incident's facts that excludes relays.
func (r *planRig) exclude(names string) {
	r.t.Helper()
	r.exec(`INSERT INTO incident_fact (incident_no, version, document, made_by) SELECT incident_no, version + 1, jsonb_set(document, '{excluded_relays}', $2::jsonb), made_by
		FROM incident_fact WHERE incident_no = $1 ORDER BY version DESC LIMIT 1`, int64(r.incident), names)
}

func TestAnExcludedRelayIsNeverChosen(t *testing.T) {
	for name, names := range map[string]string{"by its host": `["relay.example.com"]`, "by its id": `["rel_1"]`} {
		t.Run(name, func(t *testing.T) {
			r := newPlanRig(t, 5)
			ctx := context.Background()
			ready := r.checked()
			r.exclude(names)
			_, err := r.service.Create(ctx, r.cem, r.incident, campaign.Settings{Name: "Another", Cohort: id.Cohort(r.cohort), Version: id.Version(r.version),
				Sender: id.Sender(r.sender), Relays: []id.Relay{id.Relay(r.relay)}, MaxRatePerSecond: 50})
			if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Code != "relays_excluded" {
				t.Errorf("chosen: %v", err)
			}
			if _, err := r.app.Exec(ctx, `INSERT INTO campaign (incident_no, name, cohort_no, version_no, sender_no, relays, max_rate_per_second, on_indeterminate, created_by)
				SELECT incident_no, 'By SQL', cohort_no, version_no, sender_no, relays, 1, 'hold', created_by FROM campaign`); err == nil {
				t.Error("chosen by SQL")
			}
			if _, err := r.service.Approve(ctx, r.ada, ready.ID, ready.PlanHash, "fine"); err == nil {
				t.Error("approved with it")
			}
			r.exclude(`["other.example.com", "rel_9"]`)
			if _, err := r.service.Approve(ctx, r.ada, ready.ID, ready.PlanHash, "fine"); err != nil && fault.Is(err, "relays_excluded") {
				t.Errorf("another's exclusion: %v", err)
			}
		})
	}
}

// TestAnExcludedRelayIsFoundHoweverItIsSpelled: an exclusion that names nobody would be
// seen by nobody.
func TestAnExcludedRelayIsFoundHoweverItIsSpelled(t *testing.T) {
	r := newPlanRig(t, 5)
	incidents := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}
	for i, name := range []string{" Relay.Example.COM", "relay.example.com.", "REL_1 "} {
		_, err := incidents.Change(context.Background(), r.cem, r.incident, i+1, func(f incident.Facts) incident.Facts {
			f.ExcludedRelays = []string{name}
			return f
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.service.Create(context.Background(), r.cem, r.incident, r.settings())
		if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Code != "relays_excluded" {
			t.Errorf("chosen although %q is excluded: %v", name, err)
		}
	}
}
