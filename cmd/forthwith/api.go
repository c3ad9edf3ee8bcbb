package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/api"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/incident"
	"forthwith/internal/ledger"
	"forthwith/internal/logkey"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/web"
)

// apiCommand runs one API process.
type apiCommand struct{}

// Run serves until ctx ends.
func (apiCommand) Run(ctx context.Context) error {
	cfg, err := settings("DATABASE_URL", "REDIS_URL", "FORTHWITH_MASTER_KEY", "FORTHWITH_SIGNING_KEY")
	if err != nil {
		return err
	}
	s, err := open(ctx, cfg, "production", false)
	if err != nil {
		return err
	}
	defer s.close()
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	s.log.Info("api listens", logkey.Addr, ln.Addr().String())
	return s.serve(ctx, ln, nil)
}

// goodbye is how long requests under way are waited for at the end.
const goodbye = 10 * time.Second

// serve answers on a listener until ctx ends, and also feeds the outbox to the
// queue, so that a task is asked for even while no worker runs here.
func (s *system) serve(ctx context.Context, ln net.Listener, box api.Inbox) error {
	app := api.New(s.services(box))
	web.Mount(app, s.pages(), s.pageOptions())
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	go queue.NewClient(s.redis).Feed(feeding, s.db, 200*time.Millisecond, s.log)
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(ln) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return shutDown(app, ended)
	}
}

func shutDown(app *fiber.App, ended <-chan error) error {
	err := app.ShutdownWithTimeout(goodbye)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // streams end with the process
	}
	<-ended
	return err
}

func (s *system) services(box api.Inbox) api.Services {
	people := s.staff()
	incidents := incident.Service{Store: postgres.IncidentStore{DB: s.db}}
	store := postgres.CampaignStore{DB: s.db}
	campaigns := campaign.Service{Store: store, Plans: store, Counter: store}
	reports := evidence.Service{Store: postgres.EvidenceStore{DB: s.db}}
	cohorts := s.cohorts()
	notices := notice.Service{Store: postgres.NoticeStore{DB: s.db}, Scene: postgres.NoticeStore{DB: s.db}}
	return api.Services{
		SignIn: people, Requests: postgres.RequestStore{DB: s.db}, Health: health{s},
		Myself: people, Users: people, Tokens: people, Organisations: incidents, Incidents: incidents,
		Lists: s.lists(), Cohorts: cohorts, Recipients: cohorts, Notices: notices, Versions: notices,
		Relays:  relay.Service{Store: postgres.RelayStore{DB: s.db}, Guard: s.guard(), OnlyHostPort: s.onlyRelay},
		Senders: sender.Service{Store: postgres.SenderStore{DB: s.db}}, Ledger: ledger.Service{Log: postgres.LedgerStore{DB: s.db}},
		Campaigns: campaigns, Plans: campaigns, Controls: campaigns, Live: campaigns,
		Deliveries: reports, Reports: reports, Resolver: delivery.Desk{Store: postgres.ResolveStore{DB: s.db}}, Inbox: box,
	}
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
