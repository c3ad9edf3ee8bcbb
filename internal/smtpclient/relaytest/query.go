package relaytest

import (
	"slices"
	"strings"
	"time"
)

// Events gives everything that happened so far, in order.
func (s *Server) Events() []Event {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	return slices.Clone(s.rec.events)
}

// Clock is how far the clock of events has come.
func (s *Server) Clock() time.Duration { return time.Since(s.rec.start) }

// Messages gives every message whose final dot arrived, accepted or not.
func (s *Server) Messages() []Message {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	return slices.Clone(s.rec.messages)
}

// Accepted gives the accepted messages of one envelope recipient.
func (s *Server) Accepted(rcpt string) []Message {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	var all []Message
	for _, i := range s.rec.byRcpt[strings.ToLower(rcpt)] {
		if s.rec.messages[i].Accepted {
			all = append(all, s.rec.messages[i])
		}
	}
	return all
}

// AcceptedByRcpt counts the accepted messages of each envelope recipient.
func (s *Server) AcceptedByRcpt() map[string]int {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	n := map[string]int{}
	for _, m := range s.rec.messages {
		if !m.Accepted {
			continue
		}
		for _, to := range m.Rcpt {
			n[strings.ToLower(to)]++
		}
	}
	return n
}

// Started is when the record began: what it says of times counts from there.
func (s *Server) Started() time.Time { return s.rec.start }

// Count tells how often a phase was reached.
func (s *Server) Count(p Phase) int {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	return s.rec.counts[p]
}

// MailTimes gives the instant of each MAIL, for the windows of a rate limit.
func (s *Server) MailTimes() []time.Duration {
	s.rec.mu.Lock()
	defer s.rec.mu.Unlock()
	var at []time.Duration
	for _, e := range s.rec.events {
		if e.Phase == Mail {
			at = append(at, e.At)
		}
	}
	return at
}

// Tally is what a sink counts. In recording mode it counts the same.
type Tally struct {
	Connections, Messages, Bytes int64
	Announced                    time.Time // the last MAIL of a sink
}

// Tally gives the counts so far.
func (s *Server) Tally() Tally {
	return Tally{s.connections.Load(), s.messages.Load(), s.bytes.Load(), time.Unix(0, s.announced.Load())}
}

// OpenConnections tells how many connections are open now.
func (s *Server) OpenConnections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
