package inbox

import (
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// SimulatorDomain is reserved (RFC 2606): what is sent to the addresses below
// ends as their names say, so that a send can be tried with every ending. A tag
// makes many people of one, as in bounce+7@simulator.test. Any other address
// of the domain is taken like everybody's.
const SimulatorDomain = "simulator.test"

// role is how the inbox answers for a recipient.
type role string

// The roles, by their local parts.
const (
	taken    role = "accept"
	slow     role = "slow"     // RCPT and the final answer come after a while
	later    role = "defer"    // put off twice for each message, then taken
	bounce   role = "bounce"   // there is no such mailbox
	full     role = "full"     // the mailbox is full
	policy   role = "policy"   // the relay does not want to
	silent   role = "silent"   // taken, and thrown away
	drop     role = "drop"     // the connection ends after the final dot
	complain role = "complain" // taken
)

// refusals are answers to RCPT (RFC 5321 4.2, RFC 3463).
var refusals = map[role]*smtp.SMTPError{
	bounce: {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"},
	full:   {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "mailbox full"},
	policy: {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not allowed"},
}

var (
	tryLater   = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "try again later"}
	threwAway  = &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "ok"}
	errDropped = errors.New("connection dropped on purpose")
)

// roleOf gives the role of an address; most have that of everybody.
func roleOf(to string) role {
	local, domain, _ := strings.Cut(to, "@")
	if !strings.EqualFold(domain, SimulatorDomain) {
		return taken
	}
	name, _, _ := strings.Cut(local, "+")
	switch r := role(strings.ToLower(name)); r {
	case slow, later, bounce, full, policy, silent, drop:
		return r
	}
	return taken
}

// slowness is how long a slow mailbox takes for an answer.
const slowness = 3 * time.Second

// tries is how often a message is put off that is to be deferred.
const tries = 2

// mostPutOff bounds what is remembered. Beyond it everything is forgotten, and
// put off anew.
const mostPutOff = 100_000

// waiting counts how often messages were put off. It is in memory only.
type waiting struct {
	mu   sync.Mutex
	seen map[string]int
}

// again tells whether a message has to come once more.
func (w *waiting) again(to, id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil || len(w.seen) >= mostPutOff {
		w.seen = map[string]int{}
	}
	key := strings.ToLower(to) + " " + id
	if w.seen[key] >= tries {
		return false
	}
	w.seen[key]++
	return true
}

// linger waits as a slow mailbox does, or until the inbox ends.
func (s *session) linger() {
	timer := time.NewTimer(s.box.slowness)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ending:
	}
}

// perform plays the roles of a message's recipients, and gives those for whom
// it is kept. An error is the answer.
func (s *session) perform(id string) (kept []string, err error) {
	for _, to := range s.to {
		switch roleOf(to) {
		case drop:
			_ = s.conn.Conn().Close()
			return nil, errDropped
		case later:
			if s.box.waiting.again(to, id) {
				return nil, tryLater
			}
		case slow:
			s.linger()
		case silent:
			continue
		}
		kept = append(kept, to)
	}
	if len(kept) == 0 {
		return nil, threwAway
	}
	return kept, nil
}
