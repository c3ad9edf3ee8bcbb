package main

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// unable makes no letters for some people.
type unable struct{ why map[int64]string }

func (u unable) Compose(_ context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	var can []delivery.Claimed
	var unmade []delivery.Unmade
	for _, c := range claimed {
		if why, ok := u.why[c.Seq]; ok {
			unmade = append(unmade, delivery.Unmade{Claimed: c, Reason: errors.New("a value is missing"), Why: why})
			continue
		}
		can = append(can, c)
	}
	return handed(plainLetters(can, now), unmade), nil
}

// attemptAll runs an engine once over what is due, with a composer that is
// unable for some.
func (r *rig) attemptAll(why map[int64]string) {
	r.t.Helper()
	ctx, job := context.Background(), r.job(4)
	job.Composer = unable{why: why}
	r.exec("UPDATE delivery_open SET next_at = now() WHERE campaign_no = $1 AND next_at IS NOT NULL", r.campaign)
	if _, err := r.store.Gather(ctx); err != nil {
		r.t.Fatal(err)
	}
	if err := r.engine("sender").Run(ctx, ctx, job); err != nil {
		r.t.Fatal(err)
	}
}

// F13 at the core: a letter that cannot be made is shown as put off. It never
// reaches DATA, is made when it can be, and expires when it never could.
func TestALetterThatCannotBeMadeWaitsAndExpires(t *testing.T) {
	r := newRig(t, 20, "hold", relaytest.Config{})
	ctx := context.Background()
	why := map[int64]string{7: delivery.NotMade, 8: delivery.NotAsApproved}
	r.attemptAll(why)
	if got := r.statuses(); got[outcome.Deferred] != 2 || got[outcome.Accepted] != 18 || r.relay.Count(relaytest.Mail) != 18 {
		t.Fatalf("%v with %d announced", got, r.relay.Count(relaytest.Mail))
	}
	expiry := "SELECT extract(epoch FROM expire_at)::bigint FROM delivery_open WHERE campaign_no = $1 AND seq = 7"
	until := r.number(expiry, r.campaign)
	r.attemptAll(why)
	if n := r.count("kind = 'unmade'", "decision"); n != 2 || r.number(expiry, r.campaign) != until {
		t.Errorf("%d decisions; the time to expire moved by %d s", n, r.number(expiry, r.campaign)-until)
	}
	r.pausedFor(time.Hour)
	if n := r.number(expiry, r.campaign); n < until+3600 {
		t.Errorf("paused for an hour, the time to expire moved by %d s", n-until)
	}
	delete(why, 7)
	r.attemptAll(why)
	if got := r.statuses(); got[outcome.Deferred] != 1 || got[outcome.Accepted] != 19 || r.count("seq = 7", "delivery_open") != 0 {
		t.Errorf("%v", got)
	}
	r.exec("UPDATE delivery_open SET expire_at = now() WHERE campaign_no = $1", r.campaign)
	if _, err := r.store.Gather(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.store.Conclude(ctx); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Expired] != 1 || r.count("state = 'complete'", "campaign") != 1 || r.relay.Count(relaytest.Data) != 19 {
		t.Errorf("%v, DATA %d times", got, r.relay.Count(relaytest.Data))
	}
}

// pausedFor pauses the campaign as if for so long.
func (r *rig) pausedFor(d time.Duration) {
	r.t.Helper()
	ctx, no := context.Background(), id.Campaign(r.campaign)
	if _, err := r.campaigns().Pause(ctx, operator, no, "look at it"); err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE campaign SET paused_at = paused_at - $2::interval WHERE campaign_no = $1", r.campaign, d)
	if _, err := r.campaigns().Resume(ctx, operator, no); err != nil {
		r.t.Fatal(err)
	}
}

// What a worker could not make of a batch that is no longer its own is not for
// it to say.
func TestAStaleWorkerPutsNobodyOff(t *testing.T) {
	r := newRig(t, 5, "hold", relaytest.Config{})
	ctx, w := context.Background(), r.engine("stale").Worker
	b, err := r.store.Claim(ctx, r.job(1), w, delivery.Want{Most: 512})
	if err != nil {
		t.Fatal(err)
	}
	r.pausedFor(0)
	err = r.store.PutOff(ctx, delivery.PutOff{Campaign: r.campaign, Incident: r.incident, Worker: w, Claim: delivery.Claim{Batch: b.No, Fence: b.Fence},
		Unmade: []delivery.Unmade{{Claimed: b.People[0], Why: delivery.NotMade}}, After: time.Hour})
	if err != nil || r.statuses()[outcome.Pending] != 5 || r.count("true", "decision") != 0 {
		t.Errorf("%v, %v", r.statuses(), err)
	}
}
