package postgres_test

import (
	"context"
	"sync"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

// takeBack has legal withdraw the text of the rig, which only the database has as approved.
func (r *planRig) takeBack() {
	r.t.Helper()
	ctx, store := context.Background(), postgres.NoticeStore{DB: r.db.DB}
	r.exec("INSERT INTO version_event (version_no, event_no, kind, made_by) VALUES ($1, 1, 'submit', $2), ($1, 2, 'approve', $3)", r.version, int64(r.bo.User), int64(r.ada.User))
	v, err := store.Version(ctx, id.Version(r.version))
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := (notice.Service{Store: store, Scene: store}).Withdraw(ctx, r.ada, v.ID, v.SHA256, "it is wrong"); err != nil {
		r.t.Fatal(err)
	}
}

// TestNobodyIsToldMoreOfAWithdrawnText: the public page says of such a notice that it
// was withdrawn, so nobody may get it from then on.
func TestNobodyIsToldMoreOfAWithdrawnText(t *testing.T) {
	ctx := context.Background()
	t.Run("before its time", func(t *testing.T) {
		r := newPlanRig(t, 5)
		c := r.planned(r.settings())
		r.takeBack()
		got := r.get(c.ID)
		if got.State != campaign.Draft || got.Reason == nil || got.Reason.Code != "stopped_text_withdrawn" || !got.PlanHash.IsZero() {
			t.Errorf("%s, %+v", got.State, got.Reason)
		}
		if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'plan_rejected' AND actor = 'system'"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
	t.Run("under way", func(t *testing.T) {
		r := newPlanRig(t, 5)
		s := r.sending(r.settings())
		r.takeBack()
		got := r.get(s.campaign.ID)
		if got.State != campaign.Paused || got.Reason == nil || got.Reason.Code != "stopped_text_withdrawn" || got.Resumable() {
			t.Fatalf("%s, %+v", got.State, got.Reason)
		}
		if n := r.number("SELECT count(*) FROM alert WHERE kind = 'campaign_stopped'"); n != 1 {
			t.Errorf("%d alerts", n)
		}
		if _, err := r.service.Resume(ctx, r.gil, got.ID); !fault.Is(err, "resume_text_withdrawn") {
			t.Errorf("resumed: %v", err)
		}
		if _, err := r.service.Abort(ctx, r.gil, got.ID, "the text is wrong"); err != nil {
			t.Error(err)
		}
	})
	t.Run("launched at the same moment", func(t *testing.T) {
		r := newPlanRig(t, 5)
		c := r.approved()
		var wg sync.WaitGroup
		wg.Go(func() { _ = r.launch(c, r.gil) }) // it may come too late
		r.takeBack()
		wg.Wait()
		if got := r.get(c.ID); got.State != campaign.Paused && got.State != campaign.Approved {
			t.Errorf("it is %s", got.State)
		}
	})
	t.Run("by SQL", func(t *testing.T) {
		r := newPlanRig(t, 5)
		c := r.approved()
		r.takeBack()
		_, err := r.app.Exec(ctx, "INSERT INTO launch (campaign_no, plan_no, plan_sha256, confirmed, launched_by) VALUES ($1, $2, $3, 4, $4)", int64(c.ID), c.PlanNo, c.PlanHash[:], int64(r.gil.User))
		if !isConstraint(err, "launch_needs_approved_text") {
			t.Errorf("launched: %v", err)
		}
	})
}
