package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/incident"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
)

// Whoever opens the first page must see what waits for them, however many
// incidents came later.
func TestAnIncidentThatWaitsForSomebodyComesFirst(t *testing.T) {
	r := newPlanRig(t, 3)
	later, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.Open(context.Background(), r.cem, incident.Facts{Name: "Another breach"})
	if err != nil {
		t.Fatal(err)
	}
	s := overview.Service{Store: postgres.OverviewStore{DB: r.db.DB}}
	first := func() string {
		t.Helper()
		all, err := s.Standings(context.Background(), r.cem, 1)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Incident.String()
	}
	if got := first(); got != later.ID.String() {
		t.Errorf("while nothing waits, %s comes first", got)
	}
	r.checked()
	if got := first(); got != r.incident.String() {
		t.Errorf("while a plan waits for legal, %s comes first", got)
	}
}
