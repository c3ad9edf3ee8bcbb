package postgres_test

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
)

// The report and the detail say that a notice could not be made, while it
// waits and when its time was over.
func TestTheReportSaysWhyALetterWasNotMade(t *testing.T) {
	r := newPlanRig(t, 4)
	ctx := context.Background()
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	store := postgres.DeliveryStore{DB: r.db.DB}
	if err := store.Conclude(ctx); err != nil {
		t.Fatal(err)
	}
	w, err := store.Enlist(ctx, "worker", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	b, err := store.Claim(ctx, delivery.Job{Campaign: int64(c.ID)}, w, delivery.Want{Most: 512})
	if err != nil {
		t.Fatal(err)
	}
	err = store.PutOff(ctx, delivery.PutOff{Campaign: int64(c.ID), Incident: int64(r.incident), Worker: w, Claim: delivery.Claim{Batch: b.No, Fence: b.Fence},
		Unmade: []delivery.Unmade{{Claimed: b.People[0], Why: delivery.NotAsApproved}}, After: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	no := id.Delivery{Parent: int64(c.ID), No: b.People[0].Seq}
	r.explains(no, outcome.Deferred)
	r.exec("UPDATE delivery_open SET expire_at = now() WHERE campaign_no = $1", int64(c.ID))
	if _, err := store.Gather(ctx); err != nil {
		t.Fatal(err)
	}
	r.explains(no, outcome.Expired)
}

func (r *planRig) explains(no id.Delivery, want outcome.Status) {
	r.t.Helper()
	d, err := postgres.EvidenceStore{DB: r.db.DB}.Delivery(context.Background(), no)
	if err != nil {
		r.t.Fatal(err)
	}
	if d.Status != want || d.Reason != delivery.NotAsApproved || d.Attempts != 0 {
		r.t.Errorf("%s because of %q after %d attempts", d.Status, d.Reason, d.Attempts)
	}
	if len(d.Decisions) == 0 || d.Decisions[0].Kind != outcome.DecideUnmade || d.Decisions[0].Reason == "" {
		r.t.Errorf("decisions %+v", d.Decisions)
	}
	if !phrase.Has(d.Reason) {
		r.t.Error("the reason has no sentence")
	}
}
