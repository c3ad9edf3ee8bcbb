package delivery

import (
	"context"
	"sync"
	"time"

	"forthwith/internal/logkey"
)

// how is what a run does with its relay.
type how int

const (
	nothing how = iota // no relay may be used: the next wake-up looks again
	sends              // through a relay that is free
	probes             // every relay's circuit is open: they are tried with one message at a time
)

// choose takes the first relay, in the plan's order, that is free.
func choose(relays []Relay, s Standing) (Relay, how) {
	for _, r := range relays {
		if s.Relays[r.No] == WayFree {
			return r, sends
		}
	}
	for _, r := range relays {
		if w := s.Relays[r.No]; w == WayOpen || w == WayDue {
			return r, probes
		}
	}
	return Relay{}, nothing
}

// elsewhere tells whether another relay than this can go on.
func (r *run) elsewhere(but Relay) bool {
	for no, way := range r.standing.Load().Relays {
		if no != but.No && way == WayFree {
			return true
		}
	}
	return false
}

// watching is how often a run looks at what it may do.
const watching = 500 * time.Millisecond

// watch follows the pace and the relays, and ends the run when the campaign is
// no longer sending, or should go on through another relay.
func (r *run) watch(soft, hard context.Context) {
	ticker := time.NewTicker(watching)
	defer ticker.Stop()
	var fell <-chan struct{}
	if r.how == sends {
		fell = r.known.circuit.falls()
	}
	for {
		select {
		case <-hard.Done():
			return
		case <-r.over:
			return
		case <-fell:
			fell = nil
			r.move()
		case <-ticker.C:
			r.look(soft, hard)
		}
	}
}

// look asks how things stand. A run that only waits for answers is still cut
// when its relay is shut.
func (r *run) look(soft, hard context.Context) {
	s, err := r.Store.Stand(hard, r.job.Campaign, r.job.Relays)
	if err != nil {
		return
	}
	r.follow(s)
	r.trials.Range(func(trial, cut any) bool {
		if s.Relays[trial.(*connection).relay.No] == WayShut {
			cut.(context.CancelFunc)()
		}
		return true
	})
	for _, relay := range r.job.Relays {
		if s.Relays[relay.No] == WayDue && soft.Err() == nil {
			r.probing.start(func() { r.probe(soft, hard, relay) })
		}
	}
}

// follow acts on how things stand.
func (r *run) follow(s Standing) {
	r.standing.Store(&s)
	if !s.Sending {
		r.forgetRefusals()
		r.stop()
	} else {
		r.throttle.pace(s.PerSecond, r.relay.RateAt(s.Now))
		r.domains.follow(s.Domains)
		r.known.seats.resize(r.party, r.usable())
	}
	if r.how == probes {
		if r.elsewhere(Relay{}) {
			r.move()
		}
		return
	}
	switch s.Relays[r.relay.No] {
	case WayFree:
	case WayShut:
		r.known.circuit.fall()
		r.cut()
		r.move()
	case WayOpen, WayDue:
		r.known.circuit.fall()
		r.move()
	default:
		r.move()
	}
}

// move ends the run so that another one goes on through another relay.
func (r *run) move() {
	r.moved.Store(true)
	r.stop()
}

// trip opens a relay's circuit for all processes.
func (r *run) trip(relay Relay) {
	r.Log.Error("relay fails, its circuit opens", logkey.Campaign, r.job.Campaign, logkey.Relay, relay.No)
	r.tripping.start(func() {
		for r.Store.Trip(r.wire, r.Worker, relay.No, r.scaled(firstProbe)) != nil && pause(r.wire, watching) == nil {
		}
	})
}

// save makes due again what a broken relay may have refused, once its outcome
// is on record: of this campaign, and of those of which no run is left that would.
func (r *run) save(hard context.Context) error {
	for _, relay := range r.job.Relays {
		c := r.knows(relay.No).circuit
		for _, campaign := range c.toSaveOf() {
			mine := campaign == r.job.Campaign
			if !mine && r.holdings.working(campaign) {
				continue
			}
			s := Saving{Campaign: campaign, Worker: r.Worker, Tried: c.saved(campaign)}
			if len(s.Tried) == 0 {
				continue // another run was quicker
			}
			if !mine || !r.elsewhere(relay) {
				s.After = r.scaled(repeatAfter)
			}
			if err := r.saveAll(hard, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) saveAll(hard context.Context, s Saving) error {
	ctx, cancel := context.WithTimeout(hard, savePatience)
	defer cancel()
	for {
		missing, err := r.Store.Save(ctx, s)
		if err != nil || missing == 0 {
			return err
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			r.Log.Error("outcomes never came on record", logkey.Campaign, s.Campaign, logkey.Count, missing)
			return nil
		}
	}
}

// savePatience is how long outcomes are waited for that are on their way to
// the record.
const savePatience = 30 * time.Second

// crew are goroutines that may be started until they are dismissed.
type crew struct {
	mu     sync.Mutex
	closed bool
	under  []chan struct{} // closed when one of them ends
}

func (c *crew) start(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	ended := make(chan struct{})
	c.under = append(c.under, ended)
	go func() {
		defer close(ended)
		f()
	}()
}

// wait waits for those that were started so far.
func (c *crew) wait() {
	c.mu.Lock()
	under := c.under
	c.mu.Unlock()
	for _, ended := range under {
		<-ended
	}
}

// dismiss lets nobody start any more, and waits for those under way.
func (c *crew) dismiss() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.wait()
}
