package delivery

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// Why a letter of a test send is not sent.
const (
	TestNoRelay   = "test_no_relay"   // none of the campaign's may be used now
	TestOvertaken = "test_overtaken"  // the campaign has another plan, or is over
	TestUserGone  = "test_user_since" // the user was disabled meanwhile
)

// TestJob is what is left to do of one test send.
type TestJob struct {
	No       int64
	Campaign int64
	Relays   []Relay // that may be used, in the plan's order
	Rate     float64
	Letters  []TestLetter
	Guard    interface{ Check(l Letter) error }
}

// TestLetter is one user's letter. Where Unsent says why, there is none.
type TestLetter struct {
	User int64
	Letter
	Unsent string
}

// TestIntent announces one user's letter of a test send.
type TestIntent struct {
	Test, User int64
	Worker     Worker
	Relay      int64
	Hash       canon.Hash
}

// TestStore keeps what became of test sends.
type TestStore interface {
	// AnnounceTest puts on record that a letter goes out. False: one was
	// announced before, or was not to be sent.
	AnnounceTest(ctx context.Context, in TestIntent) (bool, error)
	// TellTest puts an answer on record.
	TellTest(ctx context.Context, in TestIntent, reply outcome.Reply) error
	// DropTest puts on record why nothing is sent, unless something was announced.
	DropTest(ctx context.Context, in TestIntent, why string) error
}

// ErrTestLater means that a test could not go on for now: nothing of what is
// left was announced.
var ErrTestLater = errors.New("a test send has to wait")

// testPatience is how long a letter of a test waits for a connection and for
// the right to be sent, before it is tried again later.
const testPatience = time.Minute

// Test sends what is left of a test send, one letter after the other, each at
// most once whatever happens. After soft ended it begins nothing more. It may
// run at any time and any number of times.
func (e *Engine) Test(soft, hard context.Context, job TestJob, record TestStore) error {
	for _, l := range job.Letters {
		if soft.Err() != nil {
			return nil
		}
		t := &trial{Engine: e, job: job, record: record, letter: l, in: TestIntent{Test: job.No, User: l.User, Worker: e.Worker, Hash: l.Hash}}
		if err := t.run(soft, hard); err != nil {
			return err
		}
	}
	return nil
}

// trial is one letter of a test send on its way.
type trial struct {
	*Engine
	job    TestJob
	record TestStore
	letter TestLetter
	in     TestIntent
}

func (t *trial) run(soft, hard context.Context) error {
	if t.letter.Unsent != "" {
		return t.record.DropTest(hard, t.in, t.letter.Unsent)
	}
	if err := t.job.Guard.Check(t.letter.Letter); err != nil {
		t.Log.Error("test letter withheld", logkey.Campaign, t.job.Campaign, logkey.Error, err)
		return t.record.DropTest(hard, t.in, Withheld)
	}
	relay, rate, ok, err := t.choose(soft)
	if err != nil {
		return err
	}
	if !ok {
		return t.record.DropTest(hard, t.in, TestNoRelay)
	}
	party := t.knows(relay.No).seats.join(relay.MaxConnections, 1)
	defer t.knows(relay.No).seats.leave(party)
	ctx, cancel := context.WithTimeout(soft, t.scaled(testPatience))
	defer cancel()
	if !t.knows(relay.No).seats.take(ctx, nil, party) {
		return ErrTestLater
	}
	defer t.knows(relay.No).seats.give(party)
	right := newThrottle(t.Limiter, Allowance{Relay: relay.No, Campaign: t.job.Campaign, RelayRate: rate, CampaignRate: t.job.Rate})
	if right.take(ctx) != nil {
		return ErrTestLater
	}
	return t.through(soft, hard, relay)
}

// choose takes the first relay that is free, as a run does, at the rate that it
// has now.
func (t *trial) choose(ctx context.Context) (relay Relay, rate float64, ok bool, err error) {
	standing, err := t.Store.Stand(ctx, t.job.Campaign, t.job.Relays)
	if err != nil {
		return relay, 0, false, err
	}
	relay, how := choose(t.job.Relays, standing)
	return relay, relay.RateAt(standing.Now), how == sends, nil
}

// through announces the letter and hands it to a relay, unless things have
// changed while it waited.
func (t *trial) through(soft, hard context.Context, relay Relay) error {
	if now, _, ok, err := t.choose(soft); err != nil || !ok || now != relay {
		return errors.Join(err, ErrTestLater)
	}
	t.in.Relay = relay.No
	granted, err := t.record.AnnounceTest(soft, t.in)
	if err != nil || !granted {
		return err
	}
	wire, cut := context.WithCancel(hard)
	defer cut()
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() { defer close(watched); t.watch(wire, cut, relay, over) }()
	reply := t.send(wire, relay)
	close(over)
	<-watched
	return t.tell(hard, reply)
}

// watch cuts the wire when the relay is shut.
func (t *trial) watch(ctx context.Context, cut context.CancelFunc, relay Relay, over <-chan struct{}) {
	ticker := time.NewTicker(watching)
	defer ticker.Stop()
	for {
		select {
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
			s, err := t.Store.Stand(ctx, t.job.Campaign, []Relay{relay})
			if err == nil && s.Relays[relay.No] == WayShut {
				cut()
			}
		}
	}
}

// send is one transaction over a connection of its own.
func (t *trial) send(wire context.Context, relay Relay) outcome.Reply {
	s, err := t.Wire.Dial(wire, relay)
	if err != nil {
		var reply outcome.Reply
		if !errors.As(err, &reply) {
			reply = outcome.Reply{Phase: outcome.PhaseConnect, Lost: true}
		}
		return reply
	}
	defer func() {
		if wire.Err() != nil {
			s.Cut()
		} else {
			s.Close()
		}
	}()
	reply := s.Envelope(wire, t.letter.From, t.letter.To)
	if reply.Phase != outcome.PhaseRcpt || reply.Code/100 != 2 {
		return reply
	}
	if canon.Hash(sha256.Sum256(t.letter.Raw)) != t.letter.Hash {
		return outcome.Withheld
	}
	return s.Deliver(wire, t.letter.Raw)
}

// tell puts the answer on record, and waits for a record that is away: what is
// not told by the end of the process is unclear.
func (t *trial) tell(hard context.Context, reply outcome.Reply) error {
	err := t.record.TellTest(hard, t.in, reply)
	for err != nil && fault.KindOf(err) == fault.Unavailable && pause(hard, watching) == nil {
		err = t.record.TellTest(hard, t.in, reply)
	}
	return err
}
