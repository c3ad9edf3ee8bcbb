package postgres_test

import (
	"context"
	"sync"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/watch"
)

// looks has every worker look at what waits for legal, and counts the alerts by
// their states.
func (r *planRig) looks(when string, open, over int64) {
	r.t.Helper()
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			if err := (watch.Approvals{Store: postgres.AlertStore{DB: r.db.DB}}).Look(context.Background()); err != nil {
				r.t.Error(err)
			}
		})
	}
	workers.Wait()
	const count = "SELECT coalesce(sum(times), 0)::bigint FROM alert WHERE kind = 'approval_waits' AND state = $1"
	if got, gone := r.number(count, "open"), r.number(count, "over"); got != open || gone != over {
		r.t.Errorf("%s: %d open, %d over, want %d and %d", when, got, gone, open, over)
	}
}

// patience sets the organisation's limit.
func (r *planRig) patience(hours int) {
	r.t.Helper()
	ctx, s := context.Background(), incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}
	o, version, err := s.Organisation(ctx, r.eli)
	if err != nil {
		r.t.Fatal(err)
	}
	o.ApprovalHours = &hours
	if _, err := s.SetOrganisation(ctx, r.eli, version, o); err != nil {
		r.t.Fatal(err)
	}
}

// event writes what happened to the version, so many minutes ago.
func (r *planRig) event(kind notice.EventKind, minutes int) {
	r.t.Helper()
	r.exec(`INSERT INTO version_event (version_no, event_no, kind, made_by, at) SELECT $1, 1 + count(*), $2, $3, now() - make_interval(mins => $4)
		FROM version_event WHERE version_no = $1`, r.version, string(kind), int64(r.bo.User), minutes)
}

func TestPeopleAreToldOnceOfATextThatWaitsForLegal(t *testing.T) {
	r := newPlanRig(t, 3)
	r.looks("a draft", 0, 0)
	r.event(notice.Submitted, 239)
	r.looks("for less than 4 hours", 0, 0)
	r.patience(0)
	r.looks("nobody wants to be told", 0, 0)
	r.patience(3)
	r.looks("for more than 3 hours", 1, 0)
	r.looks("looked at again", 1, 0)
	all, _, err := watch.Service{Store: postgres.AlertStore{DB: r.db.DB}}.Newest(context.Background(), r.eli, 9)
	if err != nil || len(all) != 1 || all[0].Version != id.Version(r.version) || all[0].Incident != r.incident || all[0].Name != "Exposed 0" || all[0].Now != "in_review" || all[0].Campaign != 0 {
		t.Fatalf("it says %+v: %v", all, err)
	}
	r.event(notice.Rejection, 0)
	r.looks("legal has decided", 0, 1)
	_, err = watch.Service{Store: postgres.AlertStore{DB: r.db.DB}}.Acknowledge(context.Background(), r.gil, all[0].ID)
	if !fault.Is(err, "alert_over") {
		t.Errorf("acknowledged what is over: %v", err)
	}
	past, err := watch.Service{Store: postgres.AlertStore{DB: r.db.DB}}.List(context.Background(), r.ada, 0, 9, filter.Equal{Column: "state", Value: []string{"over"}})
	if err != nil || len(past) != 1 || past[0].OverAt == nil || past[0].Now != "rejected" {
		t.Errorf("what is over: %+v, %v", past, err)
	}
}

func TestWhoeverSawThatATextWaitsIsNotToldAgain(t *testing.T) {
	r := newPlanRig(t, 3)
	r.event(notice.Submitted, 241)
	r.looks("too long", 1, 0)
	r.exec("UPDATE alert SET acknowledged_by = $1, acknowledged_at = now()", int64(r.gil.User))
	r.looks("somebody saw it", 0, 0)
	r.exec(`INSERT INTO version (notice_no, no, sha256, document, created_by) SELECT notice_no, no + 1, sha256('x'), 'x', created_by FROM version WHERE version_no = $1`, r.version)
	r.looks("another version is written", 0, 0)
}

func TestPeopleAreToldOnceOfAPlanThatWaitsForLegal(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 3)
	c := r.checked()
	since := func(minutes int) {
		t.Helper()
		r.exec("UPDATE campaign SET preflight = jsonb_set(preflight, '{at}', to_jsonb(now() - make_interval(mins => $1)))", minutes)
	}
	since(239)
	r.looks("for less than 4 hours", 0, 0)
	since(241)
	r.looks("for more than 4 hours", 1, 0)
	if _, err := r.service.Reject(ctx, r.ada, c.ID, c.PlanHash, "not yet"); err != nil {
		t.Fatal(err)
	}
	c = r.check(c.ID)
	r.looks("sent back and checked again before anybody looked", 0, 1)
	r.exec("UPDATE alert SET raised_at = now() - interval '5 hours'")
	since(241)
	r.looks("and waits as long again", 1, 1)
	if _, err := r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	r.looks("approved", 0, 2)
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'alert_raised'"); n != 2 {
		t.Errorf("%d are on record", n)
	}
}

func TestPeopleAreToldOfAnAmendmentThatWaitsForLegal(t *testing.T) {
	ctx := context.Background()
	s, amendments := paused(t)
	rate := 60.0
	if _, err := amendments.Propose(ctx, s.gil, s.campaign.ID, campaign.Wider{MaxRate: &rate, Reason: "it is slow"}); err != nil {
		t.Fatal(err)
	}
	s.looks("just asked for", 0, 0)
	s.exec(`INSERT INTO amendment (campaign_no, no, sha256, document, reason, made_by, made_at) SELECT campaign_no, no + 1, sha256(document || ' '), document || ' ', reason, made_by, now() - interval '5 hours' FROM amendment`)
	s.looks("asked for hours ago, and just paused", 0, 0)
	s.exec("UPDATE campaign SET paused_at = now() - interval '5 hours'")
	s.looks("waits for hours", 1, 0)
	if _, err := s.service.Resume(ctx, s.gil, s.campaign.ID); err != nil {
		t.Fatal(err)
	}
	s.looks("it goes on without", 0, 1)
}
