package main

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// completeWithAnOpenAttempt is a campaign whose one delivery has a lost first
// attempt, a second one that is still open, and the late 250 of the first. It
// gives both workers and the open attempt.
func (r *rig) completeWithAnOpenAttempt() (first, second delivery.Worker, open delivery.Claimed) {
	r.t.Helper()
	ctx := context.Background()
	first, second = r.engine("first").Worker, r.engine("second").Worker
	c := r.attempt(first, 1)
	r.bury(first)
	r.exec("UPDATE delivery_open SET next_at = now() WHERE campaign_no = $1", r.campaign)
	if _, err := r.store.Gather(ctx); err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE batch SET done = true WHERE campaign_no = $1 AND seqs IS NULL", r.campaign)
	open = r.attempt(second, 2)
	if open.Attempt != 2 {
		r.t.Fatalf("the second attempt is %+v", open)
	}
	if _, err := r.store.Commit(ctx, r.answer(first, c, 3)); err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE batch SET done = true, worker_no = NULL WHERE campaign_no = $1", r.campaign)
	if err := r.store.Conclude(ctx); err != nil {
		r.t.Fatal(err)
	}
	if r.count("state = 'complete'", "campaign") != 1 || r.open() != 1 {
		r.t.Fatalf("%v with %d open attempts", r.statuses(), r.open())
	}
	return first, second, open
}

// An attempt that a dead worker left open is written down as lost although the
// campaign is complete, and what it still learns is appended.
func TestABurialReachesACompleteCampaign(t *testing.T) {
	r := newRig(t, 1, "resend_once", relaytest.Config{})
	_, second, open := r.completeWithAnOpenAttempt()
	r.bury(second)
	if n := r.open(); n != 0 {
		t.Errorf("%d attempts have no outcome", n)
	}
	resends := r.count("kind = 'resend'", "decision")
	late := r.answer(second, open, 4)
	if _, err := r.store.Commit(context.Background(), late); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 1 || r.count("attempt = 2", "outcome") != 2 || resends != 1 || r.count("true", "delivery_open") != 0 {
		t.Errorf("%v with %d outcomes and %d decisions to send again", got, r.count("attempt = 2", "outcome"), resends)
	}
}

// Campaigns that were complete before a dead worker began are not looked at.
func TestABurialPassesOverWhatEndedBeforeTheWorkerBegan(t *testing.T) {
	r := newRig(t, 1, "resend_once", relaytest.Config{})
	_, second, _ := r.completeWithAnOpenAttempt()
	r.exec("UPDATE worker SET started_at = $2 WHERE worker_no = $1", second.No, time.Now().Add(time.Hour))
	r.bury(second)
	if n := r.open(); n != 1 {
		t.Errorf("%d attempts are open", n)
	}
}
