package stage

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

// World is an installation in production form with a scripted relay: an API
// process, worker processes, a database of its own, and the staff.
type World struct {
	Options
	Folder  string
	Relay   *relaytest.Server
	DB      *postgres.DB
	SQL     *pgx.Conn
	Super   string
	Name    string
	Redis   queue.Redis
	Story   *sample.Story
	Env     []string
	API     *Process
	Mu      sync.Mutex
	Workers []*Process
	Made    sample.Campaign
	ToSend  int64
	started atomic.Int64
}

// Options say which program runs and how fast its clock goes.
type Options struct {
	Pace    float64 // divides every wait of the program and of the relay
	Binary  string
	RelayAt string // host:port of a relay elsewhere; empty: a scripted one is started
}

// Names of the environment that make faults sets.
const (
	serverVariable = "FORTHWITH_TEST_DATABASE"
	redisVariable  = "FORTHWITH_TEST_REDIS"
)

var worlds atomic.Int64

// New starts everything but workers. The caller closes it.
func New(ctx context.Context, o Options, cfg relaytest.Config) (*World, error) {
	w := &World{Options: o, Super: os.Getenv(serverVariable), Name: fmt.Sprintf("faults_%d_%d", os.Getpid(), worlds.Add(1))}
	if w.Super == "" || os.Getenv(redisVariable) == "" {
		return nil, fmt.Errorf("%s and %s are not set: run ‘make faults’", serverVariable, redisVariable)
	}
	cfg.Pace = o.Pace
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return w.openRelay(cfg) },
		func(context.Context) (err error) { w.Folder, err = os.MkdirTemp("", "forthwith-faults-"); return },
		w.database, w.redisOpen, w.people, w.StartAPI,
	} {
		if err := step(ctx); err != nil {
			w.Close()
			return nil, err
		}
	}
	return w, nil
}

// openRelay starts the scripted relay, unless mail goes elsewhere.
func (w *World) openRelay(cfg relaytest.Config) error {
	if w.RelayAt != "" {
		return nil
	}
	var err error
	if w.Relay, err = relaytest.Start(cfg); err == nil {
		w.RelayAt = w.Relay.Addr()
	}
	return err
}

// DSN is the database's address for a role, in keywords: it may hold a folder
// of sockets.
func (w *World) DSN(role string) (string, error) {
	cfg, err := pgx.ParseConfig(w.Super)
	if err != nil {
		return "", err
	}
	out := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", cfg.Host, cfg.Port, role, w.Name)
	if cfg.Password != "" {
		out += " password=" + cfg.Password
	}
	return out, nil
}

func (w *World) database(ctx context.Context) error {
	if err := postgres.Bootstrap(ctx, w.Super, w.Name); err != nil {
		return err
	}
	owner, err := postgres.Connect(ctx, w.Super, postgres.Options{User: postgres.OwnerRole, Database: w.Name, MaxConns: 4})
	if err != nil {
		return err
	}
	defer owner.Close()
	if _, err := owner.MigrateUp(ctx, postgres.AppRole); err != nil {
		return err
	}
	if w.DB, err = postgres.Connect(ctx, w.Super, postgres.Options{User: postgres.AppRole, Database: w.Name, MaxConns: 4}); err != nil {
		return err
	}
	private, _, err := ledger.GenerateSigning()
	if err != nil {
		return err
	}
	return w.begin(ctx, vault.GenerateMaster(), private)
}

func (w *World) begin(ctx context.Context, masterText, private string) error {
	master, err := vault.ParseMaster(masterText)
	if err != nil {
		return err
	}
	signer, err := ledger.ParseSigner(private)
	if err != nil {
		return err
	}
	if err := w.DB.Begin(ctx, master, signer.Origin(), "test"); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(w.RelayAt)
	if err != nil {
		return err
	}
	app, err := w.DSN(postgres.AppRole)
	if err != nil {
		return err
	}
	if w.SQL, err = pgx.Connect(ctx, app); err != nil {
		return err
	}
	w.Env = []string{"DATABASE_URL=" + app, "REDIS_URL=" + os.Getenv(redisVariable), "FORTHWITH_MASTER_KEY=" + masterText, "FORTHWITH_SIGNING_KEY=" + private,
		"FORTHWITH_RELAY_NETWORKS=127.0.0.0/8", "FORTHWITH_RELAY_PORTS=" + port, fmt.Sprintf("FORTHWITH_TEST_PACE=%g", w.Pace)}
	return nil
}

func (w *World) redisOpen(ctx context.Context) (err error) {
	if w.Redis, err = queue.Connect(os.Getenv(redisVariable)); err != nil {
		return err
	}
	return w.Redis.FlushAll(ctx).Err()
}

// people makes the staff, with tokens.
func (w *World) people(ctx context.Context) error {
	store := postgres.IdentityStore{DB: w.DB}
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
	w.Story = &sample.Story{Client: client, Tell: quiet{}, Inbox: w.RelayAt}
	return nil
}

type quiet struct{}

func (quiet) Step(string)                   {}
func (quiet) Progress(string, int64, int64) {}

// StartAPI starts the API process and waits until it is ready.
func (w *World) StartAPI(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := ln.Addr().String()
	_ = ln.Close()
	if w.Story.Client.Base != "" {
		address = strings.TrimPrefix(w.Story.Client.Base, "http://")
	}
	w.Story.Client.Base = "http://" + address
	if w.API, err = start(w.Binary, w.Folder, "api", append(w.Env, "FORTHWITH_ADDR="+address), "api"); err != nil {
		return err
	}
	return Until(ctx, 30*time.Second, "the API to be ready", func() (bool, error) {
		res, err := http.Get(w.Story.Client.Base + "/readyz")
		if err != nil {
			return false, nil
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK, nil
	})
}

// StartWorker adds a worker process.
func (w *World) StartWorker() error {
	p, err := start(w.Binary, w.Folder, fmt.Sprintf("worker-%d", w.started.Add(1)), w.Env, "worker")
	if err != nil {
		return err
	}
	w.Mu.Lock()
	defer w.Mu.Unlock()
	w.Workers = append(w.Workers, p)
	return nil
}

// Close ends everything that was started and removes the world.
func (w *World) Close() {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	for _, p := range w.Workers {
		p.Kill()
	}
	if w.API != nil {
		w.API.Kill()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if w.SQL != nil {
		_ = w.SQL.Close(ctx)
	}
	if w.DB != nil {
		w.DB.Close()
	}
	if w.Redis != nil {
		_ = w.Redis.(*redis.Client).Close()
	}
	if w.Relay != nil {
		_ = w.Relay.Close()
	}
	if conn, err := pgx.Connect(ctx, w.Super); err == nil {
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+w.Name+" WITH (FORCE)")
		_ = conn.Close(ctx)
	}
	if w.Folder != "" {
		_ = os.RemoveAll(w.Folder)
	}
}

// Until waits for a condition.
func Until(ctx context.Context, limit time.Duration, what string, cond func() (bool, error)) error {
	deadline := time.Now().Add(limit)
	for {
		ok, err := cond()
		if err != nil || ok {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s in vain for %s", limit, what)
		}
		if err := Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// Sleep waits, or ends with ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err())
	case <-timer.C:
		return nil
	}
}
