package delivery

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/logkey"
)

// Engine sends campaigns in one worker process.
type Engine struct {
	Store   Store
	Wire    Wire
	Limiter Limiter
	Worker  Worker
	Pace    float64 // ≥ 1: divides waits in tests; 1 in production
	Log     *slog.Logger
	GiveUp  func() // ends the worker's lease: the record refused an outcome. It may be called any number of times

	// groups numbers the groups of this process over all campaigns.
	groups   atomic.Int64
	relays   sync.Map // relay number → *known
	refusals sync.Map // campaign number → *tallies

	holdings holdings
}

// Run sends what is free of a campaign and returns when nothing is, when the
// campaign is no longer sending, or when ctx ends. After ctx ended it begins no
// new message, waits for those under way until hard ends, and gives the rest of
// its batches back. It may run at any time and any number of times; two runs
// share the work.
func (e *Engine) Run(ctx, hard context.Context, job Job) error {
	if len(job.Relays) == 0 {
		return errors.New("run campaign: the plan names no relay")
	}
	if job.Guard == nil {
		return errors.New("run campaign: nobody reads its letters back")
	}
	standing, err := e.Store.Stand(ctx, job.Campaign, job.Relays)
	if err != nil || !standing.Sending {
		return err
	}
	relay, how := choose(job.Relays, standing)
	if how == nothing {
		return nil
	}
	soft, stop := context.WithCancel(ctx)
	defer stop()
	wire, cut := context.WithCancel(hard)
	defer cut()
	r := e.newRun(job, relay, how)
	r.stop, r.wire, r.cut = stop, wire, cut
	r.follow(standing)
	defer r.known.seats.leave(r.party)
	e.holdings.enter(job.Campaign, r.open)
	defer e.holdings.over(job.Campaign)
	var watching sync.WaitGroup
	watching.Go(func() { r.watch(soft, hard) })
	err = r.send(soft, hard)
	stop()
	close(r.over)
	watching.Wait()
	return errors.Join(err, r.giveBack(hard))
}

// giveBack gives back what the run claimed.
func (r *run) giveBack(hard context.Context) error {
	return r.holdings.leave(r.job.Campaign, r.open, func(kept []Claim) error { return r.release(hard, r.job.Campaign, kept) })
}

// release gives back all but what other runs work on. A batch that is held by
// a living worker and by none of its runs would be sent by nobody, so this
// waits for a record that is away. At the end of everything it tries once: the
// worker's end frees what it still holds.
func (e *Engine) release(hard context.Context, campaign int64, kept []Claim) error {
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(hard), releasePatience)
		err := e.Store.Release(ctx, campaign, e.Worker, kept)
		cancel()
		if err == nil || fault.KindOf(err) != fault.Unavailable || pause(hard, 200*time.Millisecond) != nil {
			return err
		}
	}
}

// releasePatience is how long one try to give batches back may take.
const releasePatience = 3 * time.Second

// known is what this process has learnt about a relay, over all runs.
type known struct {
	gate     *gate
	seats    *seats
	circuit  *circuit
	accepted atomic.Int64 // unix nanoseconds of its last acceptance
	failed   atomic.Int64 // probes in a row
	doubted  atomic.Int64 // nanoseconds of the process until it was last said that it did not prove who it is; 0: never
}

func (e *Engine) knows(relay int64) *known {
	k, ok := e.relays.Load(relay)
	if !ok {
		k, _ = e.relays.LoadOrStore(relay, &known{gate: newGate(e.Pace), seats: newSeats(e.Pace), circuit: newCircuit(e.Pace)})
	}
	return k.(*known)
}

// run is one run of one campaign.
type run struct {
	*Engine
	job      Job
	relay    Relay // the one that this run sends through
	how      how
	stop     context.CancelFunc // begins nothing more
	wire     context.Context    // ends when not a byte more may go to the relay
	cut      context.CancelFunc
	moved    atomic.Bool
	over     chan struct{} // closed when nothing is under way any more
	standing atomic.Pointer[Standing]
	probing  crew
	trials   sync.Map // *connection that tries a relay → what cuts its wire
	tripping crew
	known    *known
	party    *party
	throttle *throttle
	domains  *domains
	open     *batches
	commits  *committer
	ready    chan letterOf
	dry      chan struct{} // closed when nothing will come out of ready any more
	ending   sync.Once
	clock    atomic.Pointer[clock]
}

// clock follows the database's clock: its reading at a claim, and what has
// passed since by our own monotonic one.
type clock struct {
	reading time.Time
	at      time.Time
}

func (r *run) now() time.Time {
	c := r.clock.Load()
	if c == nil {
		return time.Now()
	}
	return c.reading.Add(time.Since(c.at))
}

// letterOf is a letter and the batch it belongs to.
type letterOf struct {
	Letter
	claim  Claim
	closes time.Time // zero: never
}

// late tells whether a letter's window has closed.
func (l letterOf) late(now time.Time) bool { return !l.closes.IsZero() && !now.Before(l.closes) }

// letGo gives a letter's batch back because its window has closed: whoever
// claims it when the window opens skips those who were told.
func (r *run) letGo(hard context.Context, l letterOf) {
	if !r.open.lose(l.claim) {
		return
	}
	err := r.holdings.give(r.job.Campaign, l.claim, func(kept []Claim) error { return r.release(hard, r.job.Campaign, kept) })
	if err != nil {
		r.Log.Error("batch not given back", logkey.Campaign, r.job.Campaign, logkey.Error, err)
	}
}

func (e *Engine) newRun(job Job, relay Relay, how how) *run {
	r := &run{Engine: e, job: job, relay: relay, how: how, known: e.knows(relay.No), open: newBatches(), domains: newDomains(), dry: make(chan struct{}), over: make(chan struct{})}
	if how == sends {
		r.known.circuit.reset()
	}
	r.throttle = newThrottle(e.Limiter, Allowance{Relay: relay.No, Campaign: job.Campaign, RelayRate: relay.MaxRate, CampaignRate: job.Rate})
	r.party = r.known.seats.join(relay.MaxConnections, r.usable())
	r.ready = make(chan letterOf, ahead(relay, how))
	r.commits = &committer{store: e.Store, job: job, worker: e.Worker, open: r.open, groups: &e.groups, now: r.now, log: e.Log, giveUp: e.GiveUp, in: make(chan submission, relay.MaxConnections)}
	return r
}

// seatSpan is how long a relay may take for a message: no rate needs more
// connections than it sends messages in this time.
const seatSpan = 10 * time.Second

// usable is how many connections the rate can use.
func (r *run) usable() int {
	return max(1, int(min(float64(r.relay.MaxConnections), r.throttle.rate()*seatSpan.Seconds())))
}

// ahead is how many letters are made ahead of the wire.
func ahead(relay Relay, how how) int {
	if how == probes {
		return 1
	}
	return 2 * relay.MaxConnections
}

// send feeds letters to connections until nothing is free.
func (r *run) send(soft, hard context.Context) error {
	var feeding, ushering, connections, committing sync.WaitGroup
	fed := make(chan struct{})
	var first error
	var once sync.Once
	for range feeders {
		feeding.Go(func() {
			if err := r.feed(soft); err != nil {
				once.Do(func() { first = err })
				r.stop()
			}
		})
	}
	committing.Go(func() { r.commits.run(hard) })
	if r.how == sends {
		for range r.relay.MaxConnections {
			connections.Go(func() { (&connection{run: r, relay: r.relay, known: r.known, wire: r.wire}).work(soft, hard) })
		}
	}
	ushering.Go(func() { r.usher(soft, fed) })
	feeding.Wait()
	close(fed)
	ushering.Wait()
	close(r.ready)
	r.more(len(r.ready) > 0)
	err := r.drain(soft, hard)
	connections.Wait()
	r.probing.dismiss()
	close(r.commits.in)
	committing.Wait()
	return errors.Join(first, err, r.told(hard))
}

// told puts on record what the run's last answers said of its relays.
func (r *run) told(hard context.Context) error {
	r.tripping.dismiss()
	return r.save(hard)
}

// drain waits until the run begins nothing more: its connections only wait for
// answers then, and another run may take new work beside it. A run that was
// stopped gives back at once what it did not send; the answers it still waits
// for are appended whoever holds the batch.
func (r *run) drain(soft, hard context.Context) error {
	var err error
	select {
	case <-r.dry:
	case <-soft.Done():
	}
	if soft.Err() != nil {
		err = r.giveBack(hard)
	}
	r.tripping.wait()
	err = errors.Join(err, r.save(hard))
	if r.job.Drained != nil {
		r.job.Drained(r.moved.Load())
	}
	return err
}

// more notes when nothing will come out of ready any more.
func (r *run) more(ok bool) bool {
	if !ok {
		r.ending.Do(func() { close(r.dry) })
	}
	return ok
}
