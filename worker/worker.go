package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/logkey"
	"forthwith/internal/queue"
	"forthwith/internal/task"
)

// ErrLeaseLost means that others have declared this worker dead. Its batches
// are theirs; it begins again under another number.
var ErrLeaseLost = errors.New("the worker's lease was lost")

// ErrGaveUp means that the record refused what this worker learnt. It has ended
// its lease, so that the attempts it left are written down as unclear; it begins
// again under another number.
var ErrGaveUp = errors.New("the worker gave its lease up")

// Record is what a worker needs of the record beside sending.
type Record interface {
	queue.Outbox
	Waiting(ctx context.Context) ([]task.Task, error)
	Sequence(ctx context.Context, s *ledger.Signer, limit int) (int, error)
}

// Roll enlists and retires workers.
type Roll interface {
	Enlist(ctx context.Context, name string, lease time.Duration) (delivery.Worker, error)
	Retire(ctx context.Context, w delivery.Worker) error
}

// Uploads destroys files that nobody confirmed in time.
type Uploads interface {
	Unconfirmed(ctx context.Context) ([]id.List, error)
	// Expire does nothing for a list that was confirmed meanwhile.
	Expire(ctx context.Context, no id.List) error
}

// Lookout tells people of what comes with time: sends that would end too late
// for the law, approvals that wait too long.
type Lookout interface {
	Look(ctx context.Context) error
}

// Jobs opens what a worker has to know to send a campaign.
type Jobs interface {
	Open(ctx context.Context, campaign int64) (delivery.Job, error)
}

// Ramps moves campaigns on that begin with few people.
type Ramps interface {
	Advance(ctx context.Context) error
}

// StaffJobs opens what a worker has to know to mail staff.
type StaffJobs interface {
	OpenStaff(ctx context.Context, no int64) (delivery.StaffJob, error)
}

// Config puts a worker together.
type Config struct {
	Name        string
	Redis       queue.Redis
	Record      Record
	Roll        Roll
	Office      delivery.Office
	Store       delivery.Store
	Wire        delivery.Wire
	Limiter     delivery.Limiter
	Jobs        Jobs
	Ramps       Ramps
	Staff       StaffJobs
	StaffStore  delivery.StaffStore
	Uploads     Uploads
	Clocks      Lookout
	Approvals   Lookout
	Signer      *ledger.Signer
	Tasks       map[task.Name]queue.Handler // all that send nothing
	Concurrency int
	Pace        float64 // ≥ 1: divides leases and sweeps
	Log         *slog.Logger
}

// The rhythm of a worker.
const (
	lease      = 30 * time.Second
	renewal    = 5 * time.Second
	sweeping   = 5 * time.Second
	reminding  = 30 * time.Second
	sequencing = 500 * time.Millisecond
	tidying    = time.Minute
	feeding    = 100 * time.Millisecond
	farewell   = 25 * time.Second // how long messages under way are waited for
)

// Run works until ctx ends, then ends in order. It fails with ErrLeaseLost when
// it was declared dead meanwhile, and with ErrGaveUp when it ended by itself.
func Run(ctx context.Context, c Config) error {
	me, err := c.Roll.Enlist(ctx, c.Name, c.scaled(lease))
	if err != nil {
		return err
	}
	soft, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	hard, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	p := &process{Config: c, me: me, soft: soft, hard: hard, stop: stop}
	p.engine = &delivery.Engine{Store: c.Store, Wire: c.Wire, Limiter: c.Limiter, Worker: me, Pace: c.Pace, Log: c.Log,
		GiveUp: func() { stop(ErrGaveUp) }}
	return p.run(end)
}

func (c Config) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / max(c.Pace, 1))
}

// process is one enlisted worker.
type process struct {
	Config
	me         delivery.Worker
	engine     *delivery.Engine
	soft, hard context.Context
	stop       context.CancelCauseFunc
	sending    sync.Map // campaign number → the run that claims for it
	runs       sync.WaitGroup
	closing    sync.RWMutex // held while a run begins, so that none begins after the last was waited for
}

func (p *process) run(end context.CancelFunc) error {
	tasks := map[task.Name]queue.Handler{task.Send: p.send, task.StaffMail: p.staffMail}
	for name, h := range p.Tasks {
		tasks[name] = p.interruptible(h)
	}
	server := queue.NewServer(p.Redis, tasks, p.Concurrency, p.Log)
	if err := server.Start(); err != nil {
		return errors.Join(err, p.Roll.Retire(p.hard, p.me))
	}
	background := p.loops(queue.NewClient(p.Redis))
	<-p.soft.Done()
	timer := time.AfterFunc(p.scaled(farewell), end)
	defer timer.Stop()
	p.lastRuns()
	end()
	server.Stop()
	background.Wait()
	why := context.Cause(p.soft)
	if errors.Is(why, ErrLeaseLost) {
		return why
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(p.hard), 3*time.Second)
	defer cancel()
	err := p.Roll.Retire(last, p.me)
	if errors.Is(why, ErrGaveUp) {
		err = errors.Join(why, err)
	}
	return err
}

// interruptible ends long work when the process does; it starts again
// elsewhere, since it commits once at its end.
func (p *process) interruptible(h queue.Handler) queue.Handler {
	return func(ctx context.Context, object int64) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(p.soft, cancel)()
		return h(ctx, object)
	}
}

// lastRuns waits for the runs under way. Whoever was just beginning one holds
// the lock until it is counted.
func (p *process) lastRuns() {
	p.closing.Lock()
	defer p.closing.Unlock()
	p.runs.Wait()
}

// loops starts everything that happens by the clock.
func (p *process) loops(client *queue.Client) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() { client.Feed(p.soft, p.Record, p.scaled(feeding), p.Log) })
	all.Go(func() { p.every(p.hard, renewal, "renew lease", p.renew) })
	all.Go(func() { p.every(p.soft, sweeping, "sweep", p.sweep) })
	all.Go(func() {
		p.every(p.soft, reminding, "remind", func(ctx context.Context) error { return p.remind(ctx, client) })
	})
	all.Go(func() { p.every(p.soft, tidying, "expire uploads", p.expireUploads) })
	all.Go(func() { p.every(p.soft, tidying, "look at the law's clocks", p.Clocks.Look) })
	all.Go(func() { p.every(p.soft, tidying, "look at what waits for legal", p.Approvals.Look) })
	all.Go(func() { p.every(p.soft, sequencing, "sequence the ledger", p.sequence) })
	return &all
}

// every runs f at once and then by the clock, until ctx ends. A failure is
// logged and the next turn tries again.
func (p *process) every(ctx context.Context, d time.Duration, what string, f func(context.Context) error) {
	ticker := time.NewTicker(p.scaled(d))
	defer ticker.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			p.Log.Warn("background work failed", logkey.Task, what, logkey.Error, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (p *process) renew(ctx context.Context) error {
	alive, err := p.Office.Renew(ctx, p.me, p.scaled(lease))
	if err == nil && !alive {
		p.stop(ErrLeaseLost)
	}
	return err
}

func (p *process) sequence(ctx context.Context) error {
	for {
		n, err := p.Record.Sequence(ctx, p.Signer, 5000)
		if err != nil || n < 5000 {
			return err
		}
	}
}
