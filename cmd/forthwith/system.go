package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"forthwith/internal/config"
	"forthwith/internal/dns"
	"forthwith/internal/fault"
	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/smtpclient"
	"forthwith/internal/spreadsheet"
	"forthwith/internal/vault"
	"forthwith/web"
)

// system is what both kinds of process stand on.
type system struct {
	cfg     config.Config
	db      *postgres.DB
	redis   queue.Redis
	signer  *ledger.Signer
	log     *slog.Logger
	meter   *meter
	books   *spreadsheet.Books
	standIn bool // Redis is the in-process stand-in

	names *dns.Resolver // nil: nobody is asked about domains

	sample    bool        // the installation has sample people
	onlyRelay string      // host:port of the one relay that a stack with the sample may use
	door      web.Options // how the sample's door opens; only up sets it
}

// production opens what an api or a worker process stands on.
func production(ctx context.Context) (*system, error) {
	cfg, err := settings("DATABASE_URL", "REDIS_URL", "FORTHWITH_MASTER_KEY", "FORTHWITH_SIGNING_KEY")
	if err != nil {
		return nil, err
	}
	return open(ctx, cfg, "production", false)
}

// open connects to everything and opens the keys. marker says what sort of
// installation is begun when the database is empty.
func open(ctx context.Context, cfg config.Config, marker string, standIn bool) (*system, error) {
	master, err := vault.ParseMaster(cfg.MasterKey.Reveal())
	if err != nil {
		return nil, fault.New(fault.Invalid, "master_key_form", nil)
	}
	signer, err := ledger.ParseSigner(cfg.SigningKey.Reveal())
	if err != nil {
		return nil, fault.New(fault.Invalid, "signing_key_form", nil)
	}
	s := &system{cfg: cfg, signer: signer, standIn: standIn, log: logger(cfg), books: spreadsheet.New()}
	if s.db, err = postgres.Connect(ctx, cfg.Database.Reveal(), postgres.Options{}); err != nil {
		return nil, err
	}
	s.meter = newMeter(s.db.Backlog)
	if err := s.prepare(ctx, master, marker); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *system) prepare(ctx context.Context, master *vault.Master, marker string) error {
	if err := s.db.Ready(ctx); err != nil {
		return err
	}
	if err := s.db.Begin(ctx, master, s.signer.Origin(), marker); err != nil {
		return err
	}
	have, err := s.db.Marker(ctx)
	if err != nil {
		return err
	}
	if s.cfg.TestPace > 1 && have != "test" {
		return fault.New(fault.Invalid, "test_pace_refused", nil)
	}
	s.names = resolver(s.cfg.DNS, have)
	if s.sample = have == "sample"; s.sample {
		s.onlyRelay = nowhere
	}
	if s.redis, err = queue.Connect(s.cfg.Redis.Reveal()); err != nil {
		return err
	}
	if err := queue.Keeps(ctx, s.redis, s.standIn); fault.Is(err, "redis_evicts") {
		return err // one that is down may come back; one that forgets may not be used
	}
	return nil
}

// resolver asks the server that the environment names. A sample or test
// installation never asks the system's: its domains are made up.
func resolver(setting, marker string) *dns.Resolver {
	switch {
	case setting == config.NoDNS || setting == config.SystemDNS && marker != "production":
		return nil
	case setting == config.SystemDNS:
		return dns.New("")
	}
	return dns.New(setting)
}

// nowhere is where a stack with sample people sends when it has no inbox.
const nowhere = "127.0.0.1:0"

// guard says where relays may stand.
func (s *system) guard() smtpclient.Guard {
	return smtpclient.Guard{Networks: s.cfg.RelayNetworks, Ports: s.cfg.RelayPorts}
}

func (s *system) close() {
	if s.redis != nil {
		_ = s.redis.Close()
	}
	s.db.Close()
}

func logger(cfg config.Config) *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
}

// settings reads the environment of a process that needs its own servers.
func settings(needed ...string) (config.Config, error) {
	cfg, err := config.Read(os.Environ())
	if err != nil {
		return cfg, err
	}
	return cfg, cfg.Require(needed...)
}

// name tells worker processes apart in the record.
func name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}
