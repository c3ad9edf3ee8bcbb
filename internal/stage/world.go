package stage

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
)

// World is an installation in production form with a scripted relay: an API
// process, worker processes, a database of its own, and the staff.
type World struct {
	Options
	Folder  string
	Relay   *relaytest.Server
	Second  *relaytest.Server // with Options.Pair
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
	Pair    bool   // campaigns name a second scripted relay after the first
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

// Relays are the scripted relays.
func (w *World) Relays() (all []*relaytest.Server) {
	for _, r := range []*relaytest.Server{w.Relay, w.Second} {
		if r != nil {
			all = append(all, r)
		}
	}
	return all
}

// Messages are those of all scripted relays.
func (w *World) Messages() (all []relaytest.Message) {
	for _, r := range w.Relays() {
		all = append(all, r.Messages()...)
	}
	return all
}

// openRelay starts the scripted relay, unless mail goes elsewhere.
func (w *World) openRelay(cfg relaytest.Config) error {
	if w.RelayAt != "" {
		return nil
	}
	var err error
	if w.Relay, err = relaytest.Start(cfg); err != nil {
		return err
	}
	w.RelayAt = w.Relay.Addr()
	if w.Pair {
		w.Second, err = relaytest.Start(cfg)
	}
	return err
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
	for _, r := range w.Relays() {
		_ = r.Close()
	}
	if conn, err := pgx.Connect(ctx, w.Super); err == nil {
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+w.Name+" WITH (FORCE)")
		_ = conn.Close(ctx)
	}
	if w.Folder != "" {
		_ = os.RemoveAll(w.Folder)
	}
}
