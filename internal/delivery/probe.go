package delivery

import (
	"context"
	"time"

	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// A probe is one message of the campaign through a relay whose circuit is open.
const (
	probeLease   = 2 * time.Minute // how long one process has the right to it
	firstProbe   = 5 * time.Second // after a probe that failed, doubled
	longestProbe = time.Minute
)

// probe tries an open relay with one message, where no other process does.
func (r *run) probe(soft, hard context.Context, relay Relay) {
	mine, err := r.Store.LeaseProbe(hard, relay.No, r.scaled(probeLease))
	if err != nil || !mine {
		return
	}
	k := r.knows(relay.No)
	wire, cut := context.WithCancel(r.wire)
	defer cut()
	c := &connection{run: r, relay: relay, known: k, wire: wire, trial: true}
	r.trials.Store(c, cut)
	defer r.trials.Delete(c)
	took, tried := c.try(soft, hard)
	var again time.Duration
	if tried && !took {
		again = r.scaled(k.nextProbe())
	}
	if took {
		k.failed.Store(0)
	}
	for r.Store.Probed(hard, r.Worker, relay.No, took, again) != nil && pause(hard, watching) == nil {
	}
	r.Log.Info("relay was tried", logkey.Campaign, r.job.Campaign, logkey.Relay, relay.No, logkey.State, map[bool]string{true: "healthy", false: "open"}[took])
}

// nextProbe is how long a relay is left alone after one more probe that failed.
func (k *known) nextProbe() time.Duration {
	n := k.failed.Add(1)
	return min(firstProbe<<min(n-1, 6), longestProbe)
}

func (e *Engine) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / max(e.Pace, 1))
}

// try sends one letter. It is not tried where there is none.
func (c *connection) try(soft, hard context.Context) (took, tried bool) {
	l, ok := c.next(soft, hard)
	if !ok || !c.open.ours(l.claim) {
		return false, false
	}
	if !c.mayTry(soft, l) {
		c.leave(hard)
		return false, false
	}
	if l.late(c.now()) {
		c.leave(hard)
		c.letGo(hard, l)
		return false, false
	}
	c.deliver(soft, hard, l)
	c.leave(hard)
	took = c.last != nil && c.last.Status == outcome.Accepted
	c.flush(hard)
	c.rise()
	return took, true
}

// mayTry waits for the right to send one letter through the relay that is tried.
func (c *connection) mayTry(soft context.Context, l letterOf) bool {
	if !c.enter(soft, l) {
		return false
	}
	defer c.domains.left(l.Domain)
	t := newThrottle(c.Limiter, Allowance{Relay: c.relay.No, RelayRate: c.relay.RateAt(c.standing.Load().Now), Campaign: c.job.Campaign, CampaignRate: c.run.throttle.now.Load().CampaignRate})
	rate, _ := c.domains.bounds(l.Domain)
	if rate == 0 {
		return t.take(soft) == nil
	}
	for {
		ok, _, again := t.ask(soft, l.Domain, rate)
		if ok || pause(soft, again) != nil {
			return ok
		}
	}
}
