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

// Why a letter to staff is not sent.
const (
	TestNoRelay   = "test_no_relay"   // none of the campaign's may be used now
	TestOvertaken = "test_overtaken"  // the campaign has another plan, or is over
	TestUserGone  = "test_user_since" // the user was disabled meanwhile
	WordMoot      = "word_moot"       // nothing of what it tells waits any more, or nobody chose who sends it
)

// StaffJob is what is left to do of one mail to staff: a test of a plan, or word
// of what waits.
type StaffJob struct {
	No       int64
	Campaign int64   // 0: of none
	Relays   []Relay // that may be used, in their order
	Patient  bool    // it waits for a relay that may not be used now
	Rate     float64
	Letters  []StaffLetter
	Guard    interface{ Check(l Letter) error }
}

// StaffLetter is one user's letter. Where Unsent says why, there is none.
type StaffLetter struct {
	User int64
	Letter
	Unsent string
}

// StaffIntent announces one user's letter.
type StaffIntent struct {
	Send, User int64
	Worker     Worker
	Relay      int64
	Hash       canon.Hash
}

// StaffStore keeps what became of mail to staff.
type StaffStore interface {
	// AnnounceStaff puts on record that a letter goes out. False: one was
	// announced before, or was not to be sent.
	AnnounceStaff(ctx context.Context, in StaffIntent) (bool, error)
	// TellStaff puts an answer on record.
	TellStaff(ctx context.Context, in StaffIntent, reply outcome.Reply) error
	// DropStaff puts on record why nothing is sent, unless something was announced.
	DropStaff(ctx context.Context, in StaffIntent, why string) error
}

// ErrStaffLater means that a mail to staff could not go on for now: nothing of what is
// left was announced.
var ErrStaffLater = errors.New("a mail to staff has to wait")

// staffPatience is how long a letter waits for a connection and for
// the right to be sent, before it is tried again later.
const staffPatience = time.Minute

// Staff sends what is left of a mail to staff, one letter after the other, each at
// most once whatever happens. After soft ended it begins nothing more. It may
// run at any time and any number of times.
func (e *Engine) Staff(soft, hard context.Context, job StaffJob, record StaffStore) error {
	for _, l := range job.Letters {
		if soft.Err() != nil {
			return nil
		}
		t := &trial{Engine: e, job: job, record: record, letter: l, in: StaffIntent{Send: job.No, User: l.User, Worker: e.Worker, Hash: l.Hash}}
		if err := t.run(soft, hard); err != nil {
			return err
		}
	}
	return nil
}

// trial is one letter on its way.
type trial struct {
	*Engine
	job    StaffJob
	record StaffStore
	letter StaffLetter
	in     StaffIntent
}

func (t *trial) run(soft, hard context.Context) error {
	if t.letter.Unsent != "" {
		return t.record.DropStaff(hard, t.in, t.letter.Unsent)
	}
	if err := t.job.Guard.Check(t.letter.Letter); err != nil {
		t.Log.Error("letter to staff withheld", logkey.Campaign, t.job.Campaign, logkey.Error, err)
		return t.record.DropStaff(hard, t.in, Withheld)
	}
	relay, rate, ok, err := t.choose(soft)
	if err != nil {
		return err
	}
	if !ok && t.job.Patient {
		return ErrStaffLater
	}
	if !ok {
		return t.record.DropStaff(hard, t.in, TestNoRelay)
	}
	party := t.knows(relay.No).seats.join(relay.MaxConnections, 1)
	defer t.knows(relay.No).seats.leave(party)
	ctx, cancel := context.WithTimeout(soft, t.scaled(staffPatience))
	defer cancel()
	if !t.knows(relay.No).seats.take(ctx, nil, party) {
		return ErrStaffLater
	}
	defer t.knows(relay.No).seats.give(party)
	right := newThrottle(t.Limiter, Allowance{Relay: relay.No, Campaign: t.job.Campaign, RelayRate: rate, CampaignRate: t.job.Rate})
	if right.take(ctx) != nil {
		return ErrStaffLater
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
		return errors.Join(err, ErrStaffLater)
	}
	t.in.Relay = relay.No
	granted, err := t.record.AnnounceStaff(soft, t.in)
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
	s, err := t.reach(wire, relay)
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
	err := t.record.TellStaff(hard, t.in, reply)
	for err != nil && fault.KindOf(err) == fault.Unavailable && pause(hard, watching) == nil {
		err = t.record.TellStaff(hard, t.in, reply)
	}
	return err
}
