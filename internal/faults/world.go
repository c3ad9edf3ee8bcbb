package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"forthwith/internal/access"
	"forthwith/internal/identity"
	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/vault"
)

// world is an installation in production form with a scripted relay.
type world struct {
	options
	folder  string
	relay   *relaytest.Server
	db      *postgres.DB
	sql     *pgx.Conn
	super   string
	name    string
	redis   queue.Redis
	story   *sample.Story
	env     []string
	api     *process
	mu      sync.Mutex
	workers []*process
	made    sample.Campaign
	toSend  int64
	started atomic.Int64
}

// Names of the environment that make faults sets.
const (
	serverVariable = "FORTHWITH_TEST_DATABASE"
	redisVariable  = "FORTHWITH_TEST_REDIS"
)

var worlds atomic.Int64

// newWorld starts everything but workers. The caller closes it.
func newWorld(ctx context.Context, o options, cfg relaytest.Config) (*world, error) {
	w := &world{options: o, super: os.Getenv(serverVariable), name: fmt.Sprintf("faults_%d_%d", os.Getpid(), worlds.Add(1))}
	if w.super == "" || os.Getenv(redisVariable) == "" {
		return nil, fmt.Errorf("%s and %s are not set: run ‘make faults’", serverVariable, redisVariable)
	}
	cfg.Pace = o.pace
	for _, step := range []func(context.Context) error{
		func(context.Context) (err error) { w.relay, err = relaytest.Start(cfg); return },
		func(context.Context) (err error) { w.folder, err = os.MkdirTemp("", "forthwith-faults-"); return },
		w.database, w.redisOpen, w.people, w.startAPI,
	} {
		if err := step(ctx); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// dsn is the database's address for a role, in keywords: it may hold a folder
// of sockets.
func (w *world) dsn(role string) (string, error) {
	cfg, err := pgx.ParseConfig(w.super)
	if err != nil {
		return "", err
	}
	out := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", cfg.Host, cfg.Port, role, w.name)
	if cfg.Password != "" {
		out += " password=" + cfg.Password
	}
	return out, nil
}

func (w *world) database(ctx context.Context) error {
	if err := postgres.Bootstrap(ctx, w.super, w.name); err != nil {
		return err
	}
	owner, err := postgres.Connect(ctx, w.super, postgres.Options{User: postgres.OwnerRole, Database: w.name, MaxConns: 4})
	if err != nil {
		return err
	}
	defer owner.Close()
	if _, err := owner.MigrateUp(ctx, postgres.AppRole); err != nil {
		return err
	}
	if w.db, err = postgres.Connect(ctx, w.super, postgres.Options{User: postgres.AppRole, Database: w.name, MaxConns: 4}); err != nil {
		return err
	}
	private, _, err := ledger.GenerateSigning()
	if err != nil {
		return err
	}
	return w.begin(ctx, vault.GenerateMaster(), private)
}

func (w *world) begin(ctx context.Context, masterText, private string) error {
	master, err := vault.ParseMaster(masterText)
	if err != nil {
		return err
	}
	signer, err := ledger.ParseSigner(private)
	if err != nil {
		return err
	}
	if err := w.db.Begin(ctx, master, signer.Origin(), "test"); err != nil {
		return err
	}
	app, err := w.dsn(postgres.AppRole)
	if err != nil {
		return err
	}
	if w.sql, err = pgx.Connect(ctx, app); err != nil {
		return err
	}
	w.env = []string{"DATABASE_URL=" + app, "REDIS_URL=" + os.Getenv(redisVariable), "FORTHWITH_MASTER_KEY=" + masterText, "FORTHWITH_SIGNING_KEY=" + private,
		"FORTHWITH_RELAY_NETWORKS=127.0.0.0/8", fmt.Sprintf("FORTHWITH_RELAY_PORTS=%d", w.relay.Port()), fmt.Sprintf("FORTHWITH_TEST_PACE=%g", w.pace)}
	return nil
}

func (w *world) redisOpen(ctx context.Context) (err error) {
	if w.redis, err = queue.Connect(os.Getenv(redisVariable)); err != nil {
		return err
	}
	return w.redis.FlushAll(ctx).Err()
}

// people makes the staff, with tokens.
func (w *world) people(ctx context.Context) error {
	store := postgres.IdentityStore{DB: w.db}
	service := identity.Service{Store: store, Reader: store}
	machine := access.Actor{Role: access.Admin, SteppedUp: true}
	client := &sample.Client{HTTP: &http.Client{Timeout: 2 * time.Minute}}
	for _, c := range []struct {
		name string
		role access.Role
	}{{"Ada", access.Legal}, {"Bo", access.Legal}, {"Cem", access.Ops}, {"Dee", access.Auditor}, {"Eli", access.Admin}} {
		e, err := service.Enrol(ctx, machine, identity.NewUser{Email: strings.ToLower(c.name) + "@larkfield.test", Name: c.name, Role: c.role})
		if err != nil {
			return err
		}
		by := access.Actor{User: e.User.ID, Role: c.role, SteppedUp: true}
		_, token, err := service.CreateToken(ctx, by, identity.NewToken{User: e.User.ID, Name: "faults", Scopes: identity.ScopesOf(c.role), ExpiresAt: time.Now().Add(24 * time.Hour)})
		if err != nil {
			return err
		}
		client.People = append(client.People, &sample.Person{Name: c.name, Role: string(c.role), Token: token, TOTPSecret: e.TOTPSecret})
	}
	w.story = &sample.Story{Client: client, Tell: quiet{}, Inbox: w.relay.Addr()}
	return nil
}

type quiet struct{}

func (quiet) Step(string)                   {}
func (quiet) Progress(string, int64, int64) {}

// startAPI starts the API process and waits until it is ready.
func (w *world) startAPI(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := ln.Addr().String()
	_ = ln.Close()
	if w.story.Client.Base != "" {
		address = strings.TrimPrefix(w.story.Client.Base, "http://")
	}
	w.story.Client.Base = "http://" + address
	if w.api, err = start(w.binary, w.folder, "api", append(w.env, "FORTHWITH_ADDR="+address), "api"); err != nil {
		return err
	}
	return until(ctx, 30*time.Second, "the API to be ready", func() (bool, error) {
		res, err := http.Get(w.story.Client.Base + "/readyz")
		if err != nil {
			return false, nil
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK, nil
	})
}

// startWorker adds a worker process.
func (w *world) startWorker() error {
	p, err := start(w.binary, w.folder, fmt.Sprintf("worker-%d", w.started.Add(1)), w.env, "worker")
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.workers = append(w.workers, p)
	return nil
}

// close ends everything that was started and removes the world.
func (w *world) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.workers {
		p.kill()
	}
	if w.api != nil {
		w.api.kill()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if w.sql != nil {
		_ = w.sql.Close(ctx)
	}
	if w.db != nil {
		w.db.Close()
	}
	if w.redis != nil {
		_ = w.redis.(*redis.Client).Close()
	}
	if w.relay != nil {
		_ = w.relay.Close()
	}
	if conn, err := pgx.Connect(ctx, w.super); err == nil {
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+w.name+" WITH (FORCE)")
		_ = conn.Close(ctx)
	}
	if w.folder != "" {
		_ = os.RemoveAll(w.folder)
	}
}

// until waits for a condition.
func until(ctx context.Context, limit time.Duration, what string, cond func() (bool, error)) error {
	deadline := time.Now().Add(limit)
	for {
		ok, err := cond()
		if err != nil || ok {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s in vain for %s", limit, what)
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err())
	case <-timer.C:
		return nil
	}
}
