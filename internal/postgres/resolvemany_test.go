package postgres_test

import (
	"context"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// A ruling on many speaks of each unclear attempt once, of nobody else, and only
// of as many as the person saw.
func TestARulingOnManyIsOneForEach(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 41)
	s := r.sending(r.settings())
	lost := func(seq int64) outcome.Reply {
		if seq <= 10 {
			return outcome.Reply{Phase: outcome.PhaseDot, Lost: true}
		}
		return took(seq)
	}
	s.all(lost)
	other := r.otherRelay("spare")
	r.exec("UPDATE delivery SET relay_no = $1 WHERE seq <= 3", other)
	desk := delivery.Desk{Store: postgres.ResolveStore{DB: r.db.DB}}
	many := func(m delivery.Many) (int64, error) { return desk.ResolveMany(ctx, r.gil, s.campaign.ID, m) }
	if _, err := many(delivery.Many{Outcome: delivery.Resend, Confirmed: 10}); !fault.Is(err, "reason_missing") {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := many(delivery.Many{Outcome: delivery.Resend, Reason: "lost", Confirmed: 9}); !fault.Is(err, "resolve_count") {
		t.Errorf("with another number: %v", err)
	}
	if _, err := desk.ResolveMany(ctx, r.ada, s.campaign.ID, delivery.Many{Outcome: delivery.Resend, Reason: "lost", Confirmed: 10}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("legal: %v", err)
	}
	if n, err := many(delivery.Many{Outcome: delivery.TreatAsAccepted, Reason: "its operator says so", Relay: 2, Confirmed: 3}); err != nil || n != 3 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := many(delivery.Many{Outcome: delivery.Resend, Reason: "nobody knows", Confirmed: 7}); err != nil || n != 7 {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := many(delivery.Many{Outcome: delivery.Resend, Reason: "again", Confirmed: 0}); !fault.Is(err, "deliveries_unclear") {
		t.Errorf("nobody is left: %v", err)
	}
	for sql, want := range map[string]int64{
		"SELECT count(*) FROM delivery WHERE status = 'accepted'":                                   33,
		"SELECT count(*) FROM delivery WHERE status = 'deferred'":                                   7,
		"SELECT count(DISTINCT from_seq) FROM decision WHERE kind = 'treat_as_accepted'":            3,
		"SELECT count(DISTINCT from_seq) FROM decision WHERE kind = 'resend' AND from_seq = to_seq": 7,
		"SELECT count(*) FROM decision":                                                             10,
		"SELECT count(*) FROM ledger_entry WHERE verb = 'delivery_decided'":                         2,
	} {
		if n := r.number(sql); n != want {
			t.Errorf("%d by %s, want %d", n, sql, want)
		}
	}
	if _, err := s.store.Gather(ctx); err != nil {
		t.Fatal(err)
	}
	if n := s.all(took); n != 7 {
		t.Errorf("%d were sent again", n)
	}
	if err := s.store.Conclude(ctx); err != nil || r.get(s.campaign.ID).State != campaign.Complete {
		t.Errorf("%s, %v", r.get(s.campaign.ID).State, err)
	}
}
