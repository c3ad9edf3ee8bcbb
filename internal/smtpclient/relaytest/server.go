package relaytest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what the relay offers.
type Config struct {
	Addr        string      // default a free port of 127.0.0.1
	Name        string      // host name in banner and EHLO, default relay.test
	TLS         *tls.Config // with it STARTTLS is offered
	Implicit    bool        // TLS from the first byte
	Mechanisms  []string    // PLAIN, LOGIN, XOAUTH2, SCRAM-SHA-256
	Username    string
	Password    string
	RequireAuth bool // 530 to MAIL before AUTH
	Pipelining  bool
	NoEnhanced  bool // replies and EHLO without enhanced codes
	SMTPUTF8    bool
	NoEHLO      bool    // knows HELO only
	Pace        float64 // divides every delay; 0 stands for 1
	RecordFile  string  // append-only record beside the one in memory
	DropRaw     bool    // keep hash and size of messages, not their bytes
	Inspect     func(Message)
	Sink        bool                    // count and hash, nothing else
	Slow        map[Phase]time.Duration // before each reply of a sink
}

// Server is a running relay.
type Server struct {
	cfg   Config
	addr  *net.TCPAddr
	ln    net.Listener
	rec   *record
	rules rules
	done  chan struct{}
	wg    sync.WaitGroup
	once  sync.Once

	mu    sync.Mutex
	conns map[net.Conn]struct{}

	connections, messages, bytes atomic.Int64
	announced                    atomic.Int64 // unix nanoseconds of the last MAIL of a sink
}

// Start opens the relay and serves until Close.
func Start(cfg Config) (*Server, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("open relay: %w", err)
	}
	s, err := New(cfg)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	s.ln, s.addr = ln, ln.Addr().(*net.TCPAddr)
	s.wg.Add(1)
	go func() { defer s.wg.Done(); s.accept(ln) }()
	return s, nil
}

// New makes a relay that serves the listeners it is given to Serve.
func New(cfg Config) (*Server, error) {
	if cfg.Name == "" {
		cfg.Name = "relay.test"
	}
	if cfg.Pace < 1 {
		cfg.Pace = 1
	}
	rec, err := newRecord(cfg.RecordFile, !cfg.DropRaw)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, rec: rec, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}, nil
}

// Serve takes connections until the listener or the server is closed.
func (s *Server) Serve(ln net.Listener) { s.accept(ln) }

// Addr is where the relay listens, Port its port alone.
func (s *Server) Addr() string { return s.addr.String() }

// Port is the port of Addr.
func (s *Server) Port() int { return s.addr.Port }

// On puts a rule in force above the others, and returns how to end it.
func (s *Server) On(r Rule) (off func()) { return s.rules.add(r) }

// Obey ends every rule.
func (s *Server) Obey() { s.rules.clear() }

// Pause closes the listener, as a relay does that is down, and ends the open
// connections. Resume opens the same port again.
func (s *Server) Pause() error {
	err := s.ln.Close()
	s.dropAll()
	return err
}

// Resume listens on the port of before.
func (s *Server) Resume() error {
	ln, err := net.Listen("tcp", s.addr.String())
	if err != nil {
		return fmt.Errorf("open relay again: %w", err)
	}
	s.ln = ln
	s.wg.Add(1)
	go func() { defer s.wg.Done(); s.accept(ln) }()
	return nil
}

// Close ends the relay and every connection, and reports whether its record
// could be written.
func (s *Server) Close() error {
	s.once.Do(func() {
		close(s.done)
		if s.ln != nil {
			_ = s.ln.Close()
		}
		s.dropAll()
	})
	s.wg.Wait()
	return s.rec.close()
}

func (s *Server) dropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

func (s *Server) accept(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		s.wg.Add(1)
		n := int(s.connections.Add(1))
		go func() {
			defer s.wg.Done()
			newConn(s, c, n).run()
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
	}
}

// rest waits for a delay at the server's pace, or until the server ends.
func (s *Server) rest(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(time.Duration(float64(d) / s.cfg.Pace))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.done:
		return false
	}
}
