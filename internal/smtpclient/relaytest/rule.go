package relaytest

import (
	"strings"
	"sync"
	"time"
)

// Phase is a point at which a rule can take hold.
type Phase string

// The phases. Body is reached with the first byte after 354, Dot with the
// final dot.
const (
	Banner   Phase = "banner"
	Ehlo     Phase = "ehlo"
	StartTLS Phase = "starttls"
	Auth     Phase = "auth"
	Mail     Phase = "mail"
	Rcpt     Phase = "rcpt"
	Data     Phase = "data"
	Body     Phase = "body"
	Dot      Phase = "dot"
	Rset     Phase = "rset"
	Noop     Phase = "noop"
	Quit     Phase = "quit"
)

// End says how a phase ends.
type End int

// The ends. The first replies and goes on; those named Then reply first.
const (
	GoOn        End = iota
	ThenClose       // reply, then close
	ThenReset       // reply, then RST
	CloseMute       // close without a reply
	ResetMute       // RST without a reply
	SilenceMute     // never reply; the connection stays until the other side ends it
)

// Action is what the relay does at a phase. The zero value is the ordinary
// reply, at once.
type Action struct {
	Code     int           // another reply code; 0 keeps the ordinary one
	Enhanced string        // RFC 3463 code before the text
	Text     string        // text of the reply
	Delay    time.Duration // before the reply, divided by the server's Pace
	PerByte  time.Duration // between the bytes of the reply, divided likewise
	End      End
	Bytes    int    // at Body: take hold after so many bytes
	Discard  bool   // at Dot: answer as usual but lose the message
	Hide     string // at Ehlo: do not offer this extension, as a machine in the middle would
}

// Rule binds an action to a phase.
type Rule struct {
	At    Phase
	Rcpt  string // this envelope recipient only; empty for every one
	Match func(Transaction) bool
	Skip  int // let so many matches pass first
	Times int // then hold so many times; 0 for ever
	Do    Action
}

// Transaction is what the relay knows when a rule is asked.
type Transaction struct {
	Conn int
	From string
	Rcpt string
	N    int // messages this server has seen to the final dot so far
}

// Nth is a rule for the nth match alone.
func Nth(n int, at Phase, do Action) Rule { return Rule{At: at, Skip: n - 1, Times: 1, Do: do} }

// For is a rule for one recipient.
func For(rcpt string, at Phase, do Action) Rule { return Rule{At: at, Rcpt: rcpt, Do: do} }

// rules is the set of rules in force, safe for use while connections run.
type rules struct {
	mu   sync.Mutex
	next int
	all  []*liveRule
}

type liveRule struct {
	Rule
	id, seen int
}

// add puts a rule above the others and returns how to take it away.
func (r *rules) add(rule Rule) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	id := r.next
	r.all = append(r.all, &liveRule{Rule: rule, id: id})
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for i, l := range r.all {
			if l.id == id {
				r.all = append(r.all[:i], r.all[i+1:]...)
				return
			}
		}
	}
}

func (r *rules) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = nil
}

// at finds the action for a phase; the youngest rule that fits counts.
func (r *rules) at(p Phase, t Transaction) Action {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.all) - 1; i >= 0; i-- {
		if r.all[i].holds(p, t) {
			return r.all[i].Do
		}
	}
	return Action{}
}

func (l *liveRule) holds(p Phase, t Transaction) bool {
	if l.At != p || l.Rcpt != "" && !strings.EqualFold(l.Rcpt, t.Rcpt) || l.Match != nil && !l.Match(t) {
		return false
	}
	l.seen++
	return l.seen > l.Skip && (l.Times == 0 || l.seen <= l.Skip+l.Times)
}
