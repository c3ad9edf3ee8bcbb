// Package dnstest is a DNS server on the loopback, for tests.
package dnstest

import (
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers over UDP and TCP at one address, as a resolver does. What it was not
// told about does not exist.
type Server struct {
	Addr string

	both  []*dns.Server
	ended sync.WaitGroup

	mu    sync.Mutex
	rules map[string]dns.HandlerFunc
	asked []string
}

// Start runs a server until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Open runs a server until it is closed.
func Open() (*Server, error) {
	s := &Server{rules: map[string]dns.HandlerFunc{}}
	packets, listener, err := s.listen()
	if err != nil {
		return nil, err
	}
	var began sync.WaitGroup
	s.both = []*dns.Server{{PacketConn: packets}, {Listener: listener}}
	for _, one := range s.both {
		began.Add(1)
		one.Handler, one.NotifyStartedFunc = dns.HandlerFunc(s.serve), began.Done
		s.ended.Go(func() { _ = one.ActivateAndServe() })
	}
	began.Wait()
	return s, nil
}

// Close ends the server, and waits until its last answer is written.
func (s *Server) Close() {
	for _, one := range s.both {
		_ = one.Shutdown()
	}
	s.ended.Wait()
}

// listen takes one port for both, which somebody else may have for one of them.
func (s *Server) listen() (net.PacketConn, net.Listener, error) {
	for range 20 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		s.Addr = packets.LocalAddr().String()
		if listener, err := net.Listen("tcp", s.Addr); err == nil {
			return packets, listener, nil
		}
		_ = packets.Close()
	}
	return nil, nil, errors.New("no port is free for both UDP and TCP")
}

// Handle has f answer for a name, which ends in a dot.
func (s *Server) Handle(name string, f dns.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[name] = f
}

// Records has records answered for a name, those of the type that is asked for.
// With none the name exists and has nothing.
func (s *Server) Records(name string, lines ...string) {
	all := make([]dns.RR, len(lines))
	for i, line := range lines {
		var err error
		if all[i], err = dns.NewRR(line); err != nil {
			panic(err)
		}
	}
	s.Handle(name, func(w dns.ResponseWriter, q *dns.Msg) {
		m := Reply(q)
		for _, rr := range all {
			if of := rr.Header().Rrtype; of == q.Question[0].Qtype || of == dns.TypeCNAME {
				m.Answer = append(m.Answer, rr)
			}
		}
		_ = w.WriteMsg(m)
	})
}

// Fails has every question about a name answered with a code.
func (s *Server) Fails(name string, code int) {
	s.Handle(name, func(w dns.ResponseWriter, q *dns.Msg) {
		m := Reply(q)
		m.Rcode = code
		_ = w.WriteMsg(m)
	})
}

// Silent has questions about a name never answered.
func (s *Server) Silent(name string) { s.Handle(name, func(dns.ResponseWriter, *dns.Msg) {}) }

// Asked lists the questions so far: over what, which type, which name.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Reply begins the reply of a resolver.
func Reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	m.RecursionAvailable = true
	return m
}

func (s *Server) serve(w dns.ResponseWriter, q *dns.Msg) {
	name := q.Question[0].Name
	s.mu.Lock()
	s.asked = append(s.asked, w.LocalAddr().Network()+" "+dns.TypeToString[q.Question[0].Qtype]+" "+name)
	f := s.rules[name]
	s.mu.Unlock()
	if f != nil {
		f(w, q)
		return
	}
	m := Reply(q)
	m.Rcode = dns.RcodeNameError
	_ = w.WriteMsg(m)
}
