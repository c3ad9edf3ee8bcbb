package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/errgroup"

	"forthwith/api"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/inbox"
	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/web"
)

// apiCommand runs one API process.
type apiCommand struct{}

// Run serves until ctx ends.
func (apiCommand) Run(ctx context.Context) error {
	s, err := production(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	at, err := s.openDoors()
	if err != nil {
		return err
	}
	return s.beside(ctx, health{s}, func(ctx context.Context) error { return s.serve(ctx, at, nil) })
}

// goodbye is how long requests under way are waited for at the end.
const goodbye = 10 * time.Second

// serve answers at both doors until ctx ends, and also feeds the outbox to the
// queue, so that a task is asked for even while no worker runs here.
func (s *system) serve(ctx context.Context, at doors, box *inbox.Box) error {
	app := api.New(s.services(box))
	web.Mount(app, s.pages(box), s.pageOptions())
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	go queue.NewClient(s.redis).Feed(feeding, s.db, 100*time.Millisecond, s.log)
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return listenUntil(ctx, app, at.users) })
	both.Go(func() error { return listenUntil(ctx, s.publicPage(), at.public) })
	return both.Wait()
}

// listenUntil answers on a listener until ctx ends.
func listenUntil(ctx context.Context, app *fiber.App, ln net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return shutDown(app, ln, ended)
	}
}

func shutDown(app *fiber.App, ln net.Listener, ended <-chan error) error {
	err := app.ShutdownWithTimeout(goodbye)
	// A server that is told to end before it began knows of no listener yet: it
	// would begin afterwards and answer for ever.
	_ = ln.Close()
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // streams end with the process
	}
	<-ended
	return err
}

func (s *system) services(box *inbox.Box) api.Services {
	people := s.staff()
	incidents := s.incidents()
	campaigns := s.campaigns()
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: s.db}}
	cohorts := s.cohorts()
	notices := s.notices()
	all := api.Services{
		SignIn: people, Requests: postgres.RequestStore{DB: s.db}, Health: health{s},
		Myself: people, Users: people, Tokens: people, Organisations: incidents, Incidents: incidents, Obligations: s.obligations(), RuleSets: s.ruleSets(),
		Lists: s.lists(), Cohorts: cohorts, Recipients: cohorts, Domains: s.domains(), Exclusions: s.exclusions(), Gates: s.gates(), Codes: s.codes(), Suppressions: s.suppressions(), Suppressed: s.suppressed(), Notices: notices, Versions: notices, Comments: notices, Matrices: api.Matrices{Versions: notices, Cohorts: cohorts},
		Relays:  s.relays(),
		Alerts:  s.alerts(),
		Senders: s.senders(), Ledger: ledger.Service{Log: postgres.LedgerStore{DB: s.db}},
		Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Amendments: s.amendments(), Live: campaigns, Tests: campaign.Tester{Store: postgres.CampaignStore{DB: s.db}},
		Deliveries: reports, Reports: reports, Lookup: s.desk(), Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: s.db}},
	}
	if box != nil {
		all.Inbox = box
	}
	return all
}

// health tells whether the API can do its work. Without Redis it can: tasks
// wait in the outbox.
type health struct{ *system }

func (h health) Ready(ctx context.Context) error { return h.db.Ready(ctx) }

func (h health) Degraded(ctx context.Context) []string {
	if h.redis.Ping(ctx).Err() != nil {
		return []string{"redis"}
	}
	return nil
}
