package main

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/codes"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/logkey"
	"forthwith/internal/obligation"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/redislimit"
	"forthwith/internal/smtpclient"
	"forthwith/internal/suppression"
	"forthwith/internal/task"
	"forthwith/internal/watch"
	"forthwith/worker"
)

// workerCommand runs one worker process.
type workerCommand struct{}

// Run works until ctx ends.
func (workerCommand) Run(ctx context.Context) error {
	s, err := production(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	collectLess()
	if err := queue.Keeps(ctx, s.redis, s.standIn); err != nil {
		return err
	}
	return s.beside(ctx, needsRedis{health{s}}, s.work)
}

// garbage is how much a worker may allocate, in percent of what it holds,
// before it is collected. It holds little and allocates a letter for everybody:
// at the usual 100 a sixth of its time goes into collecting. More than this would
// hold more than a send may, as make bench NAMES=send_memory measures it.
const garbage = 180

// heap is what a worker may hold before it collects sooner, in bytes. A send
// stays far below it; an import of a million rows would take twice as much.
const heap = 200 << 20

// collectLess leaves the choices to whoever made them (GOGC, GOMEMLIMIT).
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heap)
	}
}

// work runs the worker again under a new number whenever its lease is over: lost
// in a long outage of the database, or given up.
func (s *system) work(ctx context.Context) error {
	for {
		err := worker.Run(ctx, s.workerConfig())
		if ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, worker.ErrLeaseLost) {
			s.log.Error("worker ended", logkey.Error, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (s *system) workerConfig() worker.Config {
	deliveries, campaigns := postgres.DeliveryStore{DB: s.db}, postgres.CampaignStore{DB: s.db}
	opener := worker.Opener{Campaigns: campaigns, People: s.db, Tests: campaigns, Words: postgres.AlertStore{DB: s.db}, Alarm: campaign.Service{Store: campaigns}.Alarm,
		Stop: campaign.Service{Store: campaigns}.Stop}
	return worker.Config{
		Name: name(), Redis: s.redis, Record: s.db, Roll: deliveries, Office: deliveries, Store: deliveries,
		Wire: counted{smtpclient.Wire{Settings: s.relaySettings}, s.meter}, Limiter: limiter{redislimit.New(s.redis)},
		Clocks:    obligation.Alarms{Service: s.obligations(), Alarms: postgres.ObligationStore{DB: s.db}},
		Approvals: watch.Approvals{Store: postgres.AlertStore{DB: s.db}},
		Uploads:   uploads{s.lists(), postgres.ListStore{DB: s.db}},
		Ramps:     campaign.Ramps{Store: campaigns, Pace: s.cfg.TestPace},
		Jobs:      opener, Staff: opener, StaffStore: deliveries,
		Signer: s.signer, Tasks: s.tasks(campaigns), Concurrency: 10, Pace: s.cfg.TestPace, Log: s.log,
	}
}

func (s *system) tasks(campaigns postgres.CampaignStore) map[task.Name]queue.Handler {
	checker := campaign.Checker{Store: campaigns, Bench: campaigns, Gates: s.gates()}
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: s.db}}
	return map[task.Name]queue.Handler{
		task.ImportList:   func(ctx context.Context, no int64) error { return s.lists().Import(ctx, id.List(no)) },
		task.WithdrawList: func(ctx context.Context, no int64) error { return s.lists().WithdrawNow(ctx, id.List(no)) },
		task.FreezeCohort: func(ctx context.Context, no int64) error { return s.cohorts().FreezeNow(ctx, id.Cohort(no)) },
		task.ReviewGates:  func(ctx context.Context, no int64) error { return s.gates().Review(ctx, id.Incident(no)) },
		task.CheckDomains: func(ctx context.Context, no int64) error { return s.domains().Look(ctx, id.Incident(no)) },
		task.Preflight:    func(ctx context.Context, no int64) error { return checker.Run(ctx, id.Campaign(no)) },
		task.MakeExport:   func(ctx context.Context, no int64) error { return reports.Make(ctx, id.Export(no)) },
	}
}

func (s *system) lists() intake.Service {
	store := postgres.ListStore{DB: s.db}
	return intake.Service{Store: store, Uploads: store, Importer: store, Withdrawals: store, Comparison: store, Files: store, Books: s.books, MostFile: int64(s.cfg.MaxFileMiB) << 20}
}

func (s *system) domains() intake.Domains {
	d := intake.Domains{Store: postgres.DomainStore{DB: s.db}, Pace: s.cfg.TestPace}
	if s.names != nil {
		d.Resolver = s.names
	}
	return d
}

// uploads is what the worker destroys: the store finds it, the service does it.
type uploads struct {
	intake.Service
	store postgres.ListStore
}

func (u uploads) Unconfirmed(ctx context.Context) ([]id.List, error) { return u.store.Unconfirmed(ctx) }

func (s *system) cohorts() cohort.Service {
	store := postgres.CohortStore{DB: s.db}
	return cohort.Service{Store: store, People: store}
}

func (s *system) exclusions() cohort.Exclusions {
	return cohort.Exclusions{Store: postgres.ExclusionStore{DB: s.db}}
}

func (s *system) gates() cohort.Gates {
	return cohort.Gates{Store: postgres.GateStore{DB: s.db}}
}

func (s *system) codes() codes.Service {
	return codes.Service{Store: postgres.CodeStore{DB: s.db}}
}

func (s *system) suppressions() suppression.Service {
	return suppression.Service{Store: postgres.SuppressionStore{DB: s.db}}
}

func (s *system) suppressed() suppression.Desk {
	return suppression.Desk{Store: postgres.SuppressionStore{DB: s.db}}
}

// limiter names the buckets of a relay and of a campaign.
type limiter struct{ shared *redislimit.Limiter }

func (l limiter) Try(a delivery.Allowance) bool { return l.shared.Try(buckets(a)...) }

func (l limiter) Wait(ctx context.Context, a delivery.Allowance) error {
	return l.shared.Wait(ctx, buckets(a)...)
}

func (l limiter) Ask(ctx context.Context, a delivery.Allowance) (delivery.Answer, error) {
	limits := buckets(a)
	got, err := l.shared.Ask(ctx, limits...)
	bounded := limits[len(limits)-1].Key == bucketOf(a.Domain)
	return delivery.Answer{Granted: got.Granted, Again: got.Again, Domain: bounded && got.Short == len(limits)-1}, err
}

func (l limiter) Enter(ctx context.Context, d delivery.Domain, most int) (string, bool, error) {
	return l.shared.Enter(ctx, "under_way_"+bucketOf(d), most)
}

func (l limiter) Leave(ctx context.Context, name string) { l.shared.Leave(ctx, name) }

// bucketOf names a domain's bucket by its keyed digest. All campaigns share it.
func bucketOf(d delivery.Domain) string { return "dom_" + hex.EncodeToString(d[:]) }

// buckets leaves out the campaign's where the relay's is the narrower anyway. A
// domain's comes last.
func buckets(a delivery.Allowance) []redislimit.Limit {
	all := []redislimit.Limit{{Key: id.Relay(a.Relay).String(), PerSecond: a.RelayRate}}
	if a.CampaignRate < a.RelayRate {
		all = append(all, redislimit.Limit{Key: id.Campaign(a.Campaign).String(), PerSecond: a.CampaignRate})
	}
	if a.DomainRate > 0 {
		all = append(all, redislimit.Limit{Key: bucketOf(a.Domain), PerSecond: a.DomainRate})
	}
	return all
}

// relaySettings gives what is needed to reach a relay of a plan.
func (s *system) relaySettings(ctx context.Context, r delivery.Relay) (smtpclient.Relay, error) {
	a, err := postgres.RelayStore{DB: s.db}.Address(ctx, id.Relay(r.No), r.Revision)
	if err != nil {
		return smtpclient.Relay{}, err
	}
	return smtpclient.Relay{Host: a.Host, Port: a.Port, TLS: smtpclient.TLSMode(a.TLS), Auth: smtpclient.AuthMode(a.Auth), Username: a.Username, Password: a.Password,
		Hello: "forthwith", Guard: s.guard(), Pace: s.cfg.TestPace}, nil
}
