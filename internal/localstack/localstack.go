package localstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// Options say what to start and where.
type Options struct {
	// Dir is the folder asked for; see Stack.Dir for the one that was used.
	Dir string
	// Bootstrap runs as superuser after every start, once the roles and the
	// database are there. It must bear a second run. It may be nil.
	Bootstrap func(ctx context.Context, superuserDSN string) error
	// Out takes what a person should know about the start. It may be nil.
	Out io.Writer
	// AllowStandIn lets an in-process Redis take the place of a missing one. It
	// forgets everything when the process ends.
	AllowStandIn bool
	// Throwaway says that the data is removed with the process, so that the
	// first making of the cluster need not wait for the disk. The servers'
	// own durable settings are never changed.
	Throwaway bool
}

// Stack is a running pair of servers.
type Stack struct {
	Dir      string // the folder that holds the data
	SuperURL string // the cluster's superuser, on database forthwith
	OwnerURL string // forthwith_owner, who owns the schema
	AppURL   string // forthwith_app, who every process and test connects as
	RedisURL string
	StandIn  bool // Redis is the in-process stand-in

	lock     *os.File
	servers  []*server
	standIn  *standIn
	failed   chan error
	stopOnce sync.Once
	stopErr  error
}

// Start brings both servers up and returns when they answer, or stops what it
// had started and says why not. A second Start on the same folder in another
// process fails with code stack_running; after the first has stopped, or was
// killed, it finds the same data.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	at, err := locate(o.Dir)
	if err != nil {
		return nil, err
	}
	pg, err := findPostgres(dataVersion(at))
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(at.lockFile())
	if err != nil {
		return nil, err
	}
	s := &Stack{Dir: at.root, lock: lock, failed: make(chan error, 2)}
	if err := s.start(ctx, o, pg, at); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if asked, err := filepath.Abs(o.Dir); err == nil && at.root != asked {
		fmt.Fprintln(o.Out, phrase.Say("stack_elsewhere", fault.Values{"dir": at.root}))
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o Options, pg binaries, at place) error {
	if err := errors.Join(at.endOrphans(), at.prepare()); err != nil {
		return err
	}
	if err := s.startRedis(ctx, o, at); err != nil {
		return err
	}
	cluster := cluster{bin: pg, at: at, throwaway: o.Throwaway}
	srv, err := cluster.start(ctx)
	if err != nil {
		return err
	}
	s.adopt(srv)
	s.SuperURL = at.dsn(superuser, database)
	s.OwnerURL = at.dsn(ownerRole, database)
	s.AppURL = at.dsn(appRole, database)
	if err := cluster.ready(ctx, srv); err != nil {
		return err
	}
	if o.Bootstrap == nil {
		return nil
	}
	if err := o.Bootstrap(ctx, s.SuperURL); err != nil {
		return fmt.Errorf("bootstrap private database: %w", err)
	}
	return nil
}

func (s *Stack) startRedis(ctx context.Context, o Options, at place) error {
	path, err := findRedis()
	if err != nil && o.AllowStandIn {
		fmt.Fprintln(o.Out, phrase.Say("redis_stand_in", fault.Values{"line": InstallLine()}))
		s.standIn, err = startStandIn()
		if err != nil {
			return err
		}
		s.RedisURL, s.StandIn = s.standIn.url(), true
		return nil
	}
	if err != nil {
		return err
	}
	srv, err := startRedis(ctx, path, at)
	if err != nil {
		return err
	}
	s.adopt(srv)
	s.RedisURL = "unix://" + at.redisSocket()
	return nil
}

// adopt keeps a server to be stopped later and reports when it ends by itself.
func (s *Stack) adopt(srv *server) {
	s.servers = append(s.servers, srv)
	go func() {
		<-srv.done
		if !srv.stopping.Load() {
			s.failed <- fmt.Errorf("%s ended by itself, see %s", srv.name, srv.log)
		}
	}()
}

// Failed yields an error when a server ends without having been stopped.
func (s *Stack) Failed() <-chan error { return s.failed }

// Stop ends both servers, PostgreSQL first, and gives the folder free. It waits
// for a clean shutdown, insists after a while, and may be called again.
func (s *Stack) Stop() error {
	s.stopOnce.Do(func() {
		for i := len(s.servers) - 1; i >= 0; i-- {
			s.stopErr = errors.Join(s.stopErr, s.servers[i].stop())
		}
		if s.standIn != nil {
			s.standIn.stop()
		}
		s.stopErr = errors.Join(s.stopErr, s.lock.Close())
	})
	return s.stopErr
}

// Folder is where `up` keeps the stack of a checkout, below its top folder.
const Folder = ".local/stack"

// Forget removes the data that Start on dir made, wherever it went. It fails
// while a process runs the servers, and ends those that a killed one left. A
// second Forget finds nothing to do.
func Forget(dir string) error {
	at, err := locate(dir)
	if err != nil {
		return err
	}
	lock, err := takeLock(at.lockFile())
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := at.endOrphans(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(at.root), os.RemoveAll(filepath.Dir(at.sock))); err != nil {
		return fmt.Errorf("remove private data: %w", err)
	}
	return nil
}

// Listen opens a TCP port on host: the one asked for, or the next free one of
// the hundred above it. Port 0 takes any. The listener is returned rather than
// its number, so that nobody can take the port in between.
func Listen(host string, port int) (net.Listener, error) {
	var last error
	for p := port; p < port+100; p++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(p)))
		if err == nil {
			return l, nil
		}
		if last = err; port == 0 {
			break
		}
	}
	return nil, fmt.Errorf("find a free port from %d: %w", port, last)
}

// until asks again and again, waiting a little longer each time, until ready
// gives nil, the server has ended or the context is over.
func until(ctx context.Context, srv *server, ready func(context.Context) error) error {
	wait := 5 * time.Millisecond
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-srv.done:
			return fmt.Errorf("start %s: it ended, see %s", srv.name, srv.log)
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (%w)", srv.name, err, ctx.Err())
		case <-time.After(wait):
			wait = min(wait*2, 100*time.Millisecond)
		}
	}
}
