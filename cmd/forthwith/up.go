package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"forthwith/internal/config"
	"forthwith/internal/inbox"
	"forthwith/internal/ledger"
	"forthwith/internal/localstack"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
	"forthwith/internal/vault"
)

// upCommand runs everything on one machine, with the sample.
type upCommand struct {
	Quiet bool `help:"Start only; do not carry the sample campaign in front of the reader."`
}

// local is where a checkout keeps its stack.
const local = ".local"

// Run starts servers, API, worker and capture inbox, carries the sample's small
// cohort from list to report on the first run, and stays until ctx ends.
func (u upCommand) Run(ctx context.Context) error {
	if err := os.MkdirAll(local, 0o755); err != nil {
		return err
	}
	cfg, err := config.Read(os.Environ())
	if err != nil {
		return err
	}
	stack, err := u.servers(ctx, &cfg)
	if err != nil {
		return err
	}
	if stack != nil {
		defer func() {
			fmt.Println(phrase.Say("up_stopping", nil))
			_ = stack.Stop()
		}()
	}
	return u.run(ctx, cfg, stack)
}

// servers starts the private PostgreSQL and Redis where the environment names
// none, and brings the schema up to date.
func (u upCommand) servers(ctx context.Context, cfg *config.Config) (*localstack.Stack, error) {
	var stack *localstack.Stack
	if cfg.Database == "" || cfg.Redis == "" {
		var err error
		stack, err = localstack.Start(ctx, localstack.Options{Dir: localstack.Folder, Out: os.Stdout, AllowStandIn: true})
		if err != nil {
			return nil, err
		}
		if stack.StandIn {
			fmt.Println(phrase.Say("up_stand_in", map[string]any{"line": localstack.InstallLine()}))
		}
		fill(&cfg.Redis, stack.RedisURL)
		if cfg.Database == "" {
			cfg.Database, cfg.DatabaseOwner = config.Secret(stack.AppURL), config.Secret(stack.OwnerURL)
		}
	}
	err := keep(cfg)
	if err == nil && cfg.DatabaseOwner != "" {
		err = migrateUp(ctx, cfg.DatabaseOwner.Reveal())
	}
	if err != nil && stack != nil {
		_ = stack.Stop()
	}
	return stack, err
}

func fill(s *config.Secret, value string) {
	if *s == "" {
		*s = config.Secret(value)
	}
}

func migrateUp(ctx context.Context, owner string) error {
	db, err := postgres.Connect(ctx, owner, postgres.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.MigrateUp(ctx, postgres.AppRole)
	return err
}

// keep makes the keys of a private stack on its first run, and finds them on
// the next.
func keep(cfg *config.Config) error {
	var keys struct {
		Master  string `json:"master"`
		Signing string `json:"signing"`
		Public  string `json:"signing_public"`
	}
	path := filepath.Join(local, "keys.json")
	if err := readFile(path, &keys); err != nil {
		return err
	}
	if keys.Master == "" {
		var err error
		keys.Master = vault.GenerateMaster()
		if keys.Signing, keys.Public, err = ledger.GenerateSigning(); err != nil {
			return err
		}
		if err := writeFile(path, keys); err != nil {
			return err
		}
	}
	fill(&cfg.MasterKey, keys.Master)
	fill(&cfg.SigningKey, keys.Signing)
	return nil
}

// run opens the ports and keeps everything going until ctx ends.
func (u upCommand) run(ctx context.Context, cfg config.Config, stack *localstack.Stack) error {
	state, err := readState()
	if err != nil {
		return err
	}
	smtp, err := listen(state.SMTP, "127.0.0.1:2525")
	if err != nil {
		return err
	}
	web, err := listen(hostOf(state.URL), cfg.Addr)
	if err != nil {
		return err
	}
	public, err := listen(hostOf(state.Public), cfg.PublicAddr)
	if err != nil {
		return err
	}
	cfg.RelayNetworks = append(cfg.RelayNetworks, netip.MustParsePrefix("127.0.0.0/8"))
	cfg.RelayPorts = append(cfg.RelayPorts, smtp.Addr().(*net.TCPAddr).Port)
	s, err := open(ctx, cfg, "sample", stack != nil && stack.StandIn)
	if err != nil {
		return err
	}
	defer s.close()
	box, err := inbox.Open(filepath.Join(local, "inbox"))
	if err != nil {
		return err
	}
	defer box.Close()
	if s.log, err = logFile(cfg); err != nil {
		return err
	}
	if s.sample {
		s.onlyRelay = smtp.Addr().String()
	}
	state.URL, state.Public, state.SMTP = "http://"+web.Addr().String(), "http://"+public.Addr().String(), smtp.Addr().String()
	if s.sample && stack != nil {
		s.door = state.openDoor()
	}
	return s.beside(ctx, needsRedis{health{s}}, func(ctx context.Context) error {
		return u.live(ctx, s, state, parts{doors: doors{web, public}, smtp: smtp, box: box, stack: stack})
	})
}

// parts are what a running stack is made of.
type parts struct {
	doors doors
	smtp  net.Listener
	box   *inbox.Box
	stack *localstack.Stack
}

// live runs all parts until ctx ends or one of them fails.
func (u upCommand) live(ctx context.Context, s *system, state state, p parts) error {
	asked := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	part := func(f func() error) {
		all.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				stop(err)
			}
		})
	}
	mail, endMail := context.WithCancel(context.WithoutCancel(ctx)) // outlives the worker: what is under way is answered
	defer endMail()
	var receiving sync.WaitGroup
	receiving.Go(func() { _ = p.box.Serve(mail, p.smtp) })
	part(func() error { return s.serve(ctx, p.doors, p.box) })
	part(func() error { return s.work(ctx) })
	part(func() error { return u.greet(ctx, s, state) })
	part(func() error { return failure(ctx, p.stack) })
	<-ctx.Done()
	all.Wait()
	endMail()
	receiving.Wait()
	if asked.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// failure ends the run when one of the private servers ends.
func failure(ctx context.Context, stack *localstack.Stack) error {
	if stack == nil {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-stack.Failed():
		return err
	}
}

// listen opens the address of an earlier run, or the wanted one, or the next
// that is free.
func listen(before, wanted string) (net.Listener, error) {
	if before != "" {
		if ln, err := net.Listen("tcp", before); err == nil {
			return ln, nil
		}
	}
	host, text, err := net.SplitHostPort(wanted)
	if err != nil {
		return nil, fmt.Errorf("read address %s: %w", wanted, err)
	}
	port, err := net.LookupPort("tcp", text)
	if err != nil {
		return nil, fmt.Errorf("read port of %s: %w", wanted, err)
	}
	return localstack.Listen(host, port)
}
