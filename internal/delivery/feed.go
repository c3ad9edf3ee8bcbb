package delivery

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"time"

	"forthwith/internal/logkey"
)

// claimSpan is how much of its rate a worker claims at most in one go: what it
// holds is what others must wait for if it dies.
const claimSpan = 5 * time.Second

// mostPeople is the size of a block, and so the most that one claim takes.
const mostPeople = 512

// feeders is how many batches are claimed and composed at once: while one waits
// for the record, the other composes.
var feeders = max(2, runtime.GOMAXPROCS(0)/2)

// feed claims batches and composes their letters ahead of the wire.
func (r *run) feed(ctx context.Context) error {
	for ctx.Err() == nil {
		most := min(mostPeople, max(1, int(r.throttle.rate()*claimSpan.Seconds())))
		if r.how == probes {
			most = 1
		}
		full := r.domains.full()
		b, err := r.claim(ctx, Want{Most: most, Full: full})
		switch {
		case errors.Is(err, ErrNothingFree) && ctx.Err() == nil && (r.rest(ctx) || len(full) > 0):
			continue // a claim that leaves out full domains says nothing of who waits there
		case errors.Is(err, ErrNotSending):
			r.forgetRefusals()
			return nil
		case errors.Is(err, ErrNothingFree), ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		r.clock.Store(&clock{reading: b.Now, at: time.Now()})
		if err := r.feedBatch(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// claim takes a batch and notes it before any other run gives back what no
// run holds.
func (r *run) claim(ctx context.Context, want Want) (Batch, error) {
	r.holdings.claiming.RLock()
	defer r.holdings.claiming.RUnlock()
	b, err := r.Store.Claim(ctx, r.job, r.Worker, want)
	if err == nil {
		r.open.claimed(Claim{Batch: b.No, Fence: b.Fence}, len(b.People))
	}
	return b, err
}

func (r *run) feedBatch(ctx context.Context, b Batch) error {
	claim := Claim{Batch: b.No, Fence: b.Fence}
	people, ours, err := r.admit(ctx, claim, b.People)
	if err != nil || !ours {
		return err
	}
	letters, err := r.job.Composer.Compose(ctx, people, b.Now)
	if err != nil {
		return err
	}
	r.open.claimed(claim, len(people)+1) // one for us: it is not finished before the last is handed on
	unmade, err := r.handOn(ctx, letters, claim, b.Closes)
	if ctx.Err() != nil {
		return nil // the batch is given back
	}
	if err != nil || !r.open.without(claim, unmade+1) {
		return err
	}
	g := r.commits.empty()
	g.Finished = []Claim{claim}
	if _, err = r.Store.Commit(ctx, g); err == nil {
		r.open.finished(g.Finished)
	}
	return err
}

// handOn hands letters to the connections in lots. While these are busy a lot is
// small, so that little lies ready. Where they wait because letters are made
// slowly it is the whole batch: then their answers go on record in company, and
// not each alone. It counts those that cannot be made, which are put off before
// their lot goes, and stops when ctx ends.
func (r *run) handOn(ctx context.Context, letters iter.Seq2[Letter, *Unmade], claim Claim, closes time.Time) (unmade int, err error) {
	l := lot{ready: make([]letterOf, 0, mostPeople)}
	for letter, u := range letters {
		if u != nil {
			l.unmade = append(l.unmade, *u)
			unmade++
			continue
		}
		if len(l.ready) >= cap(r.ready) && len(r.ready) > 0 {
			if err := r.hand(ctx, claim, l); err != nil {
				return unmade, err
			}
			clear(l.ready)
			l = lot{ready: l.ready[:0]}
		}
		l.ready = append(l.ready, letterOf{letter, claim, closes})
	}
	return unmade, r.hand(ctx, claim, l)
}

// lot is a part of a batch.
type lot struct {
	ready  []letterOf
	unmade []Unmade
}

// hand puts off whom a lot leaves out, and then hands its letters on. It fails
// with what ended ctx, if that comes first.
func (r *run) hand(ctx context.Context, claim Claim, l lot) error {
	for _, u := range l.unmade {
		r.domains.left(u.Claimed.Domain)
	}
	if len(l.unmade) > 0 {
		if err := r.putOff(ctx, claim, l.unmade); err != nil {
			return err
		}
	}
	for _, letter := range l.ready {
		select {
		case r.ready <- letter:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// retryUnmade is when a delivery that could not be made is looked at again:
// somebody has to correct what it lacks.
const retryUnmade = 15 * time.Minute

func (r *run) putOff(ctx context.Context, claim Claim, unmade []Unmade) error {
	for _, u := range unmade {
		r.Log.Error("letter could not be made", logkey.Campaign, r.job.Campaign, logkey.Delivery, u.Claimed.Seq, logkey.Error, u.Reason)
	}
	return r.Store.PutOff(ctx, r.putOffOf(claim, unmade))
}

func (r *run) putOffOf(claim Claim, unmade []Unmade) PutOff {
	return PutOff{Campaign: r.job.Campaign, Incident: r.job.Incident, Worker: r.Worker, Claim: claim, Unmade: unmade, After: r.scaled(retryUnmade)}
}
