package delivery

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/logkey"
)

// groupWait is how long the first member of a group waits for others, thinWait
// when few come: over a slow relay most of them would wait for nobody.
const (
	groupWait = 2 * time.Millisecond
	thinWait  = groupWait / 4
)

// submission is what a connection wants written: its last outcome, its next
// intent, or both. granted gets the answer for the intent once the group is
// committed.
type submission struct {
	outcome *Outcome
	claim   Claim // of the outcome
	intent  *Intent
	granted chan bool
}

// committer gathers the submissions of all connections of a run and commits
// them in groups. One goroutine commits: two tie or lose.
type committer struct {
	store  Store
	job    Job
	worker Worker
	open   *batches
	groups *atomic.Int64
	now    func() time.Time
	log    *slog.Logger
	giveUp func()

	in     chan submission
	active atomic.Int64
	thin   bool // the last group had few members
}

// submit hands in a submission and waits for its commit. False means that the
// intent was not granted, or that ctx ended and nothing is known.
func (c *committer) submit(ctx context.Context, s submission) chan bool {
	s.granted = make(chan bool, 1)
	select {
	case c.in <- s:
	case <-ctx.Done():
		s.granted <- false
	}
	return s.granted
}

// run commits until in is closed.
func (c *committer) run(ctx context.Context) {
	for first := range c.in {
		all := c.gather(first)
		c.thin = int64(len(all)) < c.active.Load()/4
		c.commit(ctx, all)
	}
}

func (c *committer) gather(first submission) []submission {
	all := []submission{first}
	wait := groupWait
	if c.thin {
		wait = thinWait
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for int64(len(all)) < max(1, c.active.Load()/2) {
		select {
		case s, ok := <-c.in:
			if !ok {
				return all
			}
			all = append(all, s)
		case <-timer.C:
			return c.drain(all)
		}
	}
	return c.drain(all)
}

// drain takes what already waits.
func (c *committer) drain(all []submission) []submission {
	for {
		select {
		case s, ok := <-c.in:
			if !ok {
				return all
			}
			all = append(all, s)
		default:
			return all
		}
	}
}

// commit writes a group. When the record refuses it, it is split until what is
// refused stands alone; when the record is away, it waits for it. A refused
// outcome is one that nobody will ever know from us: the worker gives up, and
// whoever buries it writes its attempt down as unclear.
func (c *committer) commit(ctx context.Context, all []submission) {
	g, index := c.group(all)
	granted, err := c.insist(ctx, g)
	if parts := divide(all); err != nil && len(parts) > 1 && ctx.Err() == nil {
		for _, s := range all {
			if s.outcome != nil {
				c.open.unanswered(s.claim)
			}
		}
		for _, s := range parts {
			c.commit(ctx, []submission{s})
		}
		return
	}
	if err != nil {
		c.log.Error("group not committed", logkey.Campaign, c.job.Campaign, logkey.Count, len(all), logkey.Error, err)
		if len(g.Outcomes) > 0 && ctx.Err() == nil {
			c.giveUp()
		}
	}
	if err == nil {
		c.open.finished(g.Finished)
	}
	for i, s := range all {
		s.granted <- err == nil && (index[i] < 0 || granted[index[i]])
	}
}

// divide gives the parts of a group: its members, or the outcome and the intent
// of the only one.
func divide(all []submission) []submission {
	if len(all) != 1 || all[0].outcome == nil || all[0].intent == nil {
		return all
	}
	s := all[0]
	return []submission{{outcome: s.outcome, claim: s.claim, granted: make(chan bool, 1)}, {intent: s.intent, granted: s.granted}}
}

// empty gives a group that holds nothing yet.
func (c *committer) empty() Group {
	return Group{Campaign: c.job.Campaign, Incident: c.job.Incident, Worker: c.worker, No: int64(c.worker.No)<<32 | c.groups.Add(1), At: c.now()}
}

func (c *committer) group(all []submission) (Group, []int) {
	g := c.empty()
	g.Outcomes, g.Intents = make([]Outcome, 0, len(all)), make([]Intent, 0, len(all))
	index := make([]int, len(all))
	for i, s := range all {
		index[i] = -1
		if s.outcome != nil {
			g.Outcomes = append(g.Outcomes, *s.outcome)
			if c.open.answered(s.claim) {
				g.Finished = append(g.Finished, s.claim)
			}
		}
		if s.intent != nil {
			index[i] = len(g.Intents)
			g.Intents = append(g.Intents, *s.intent)
		}
	}
	return g, index
}

// insist repeats a commit while the record is away. Any other failure is the
// group's own.
func (c *committer) insist(ctx context.Context, g Group) ([]bool, error) {
	for {
		granted, err := c.store.Commit(ctx, g)
		if err == nil || ctx.Err() != nil {
			return granted, errors.Join(err, ctx.Err())
		}
		if fault.KindOf(err) != fault.Unavailable {
			return nil, err
		}
		g.Again = true
		c.log.Warn("record is away, group waits", logkey.Campaign, c.job.Campaign, logkey.Count, len(g.Outcomes)+len(g.Intents), logkey.Error, err)
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
