package delivery

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/outcome"
)

// ErrNothingFree means that no batch of a campaign waits for a worker now.
var ErrNothingFree = errors.New("no batch is free")

// ErrNotSending means that a campaign is not being sent: paused, aborted,
// complete, or not launched.
var ErrNotSending = errors.New("campaign is not sending")

// Store is what the send loop asks of the record.
type Store interface {
	// Claim takes one free batch for a worker, at most so many people of it; what
	// is left over becomes a batch of its own. ErrNothingFree when there is none.
	Claim(ctx context.Context, job Job, w Worker, want Want) (Batch, error)
	// SetAside moves people of a claimed batch into free batches of their own, one
	// for each domain; the claim keeps the others. It is false, and nothing
	// happened, where the claim is no longer the worker's.
	SetAside(ctx context.Context, s SetAside) (bool, error)
	// Commit writes a group in one transaction and tells for each intent whether
	// it was granted: it is not when the batch's fence has moved on. After a lost
	// answer it finds out by itself whether the group was made.
	Commit(ctx context.Context, g Group) ([]bool, error)
	// Release gives back every batch of a campaign that a worker holds, but for
	// those that it keeps: also one whose claim was made and never answered.
	// Whoever claims them next skips what has an intent.
	Release(ctx context.Context, campaign int64, w Worker, kept []Claim) error
	// PutOff defers deliveries of a claimed batch whose letters could not be
	// made, and puts on record why. Where the claim is no longer the worker's
	// nothing happens.
	PutOff(ctx context.Context, p PutOff) error
	// Stand tells what a campaign may send now, and through which of the relays.
	Stand(ctx context.Context, campaign int64, relays []Relay) (Standing, error)
	// Trip opens the circuit of a relay that is healthy, for every process; it
	// may be probed after the wait. One that is not healthy stays as it is.
	Trip(ctx context.Context, w Worker, relay int64, wait time.Duration) error
	// Unproven says that a relay did not prove who it is: people are told, and
	// where its own rule says so it is quarantined. It may be said again.
	Unproven(ctx context.Context, w Worker, relay int64) error
	// LeaseProbe takes the right to try an open relay with one message, for so
	// long. It is false where nobody may yet, or another has it.
	LeaseProbe(ctx context.Context, relay int64, lease time.Duration) (bool, error)
	// Probed says how the try went: the relay is healthy again, or may be tried
	// again after the wait.
	Probed(ctx context.Context, w Worker, relay int64, took bool, again time.Duration) error
	// Save makes deliveries due again that a broken relay refused or lost, after
	// the wait. Refusals for good become deferred, with a decision on record;
	// whoever was accepted, or is unclear, stays as they are. The number is of
	// attempts whose outcome is not on record yet; these it has not touched.
	Save(ctx context.Context, s Saving) (missing int, err error)
}

// Standing is what a campaign may do at the moment.
type Standing struct {
	Now       time.Time // by the database's clock
	Sending   bool      // otherwise a run begins nothing more
	PerSecond float64
	Domains   DomainRates
	Relays    map[int64]Way // by number; one that is not there may not be used
}

// Way is whether a relay may be used now.
type Way string

// The ways. WayOpen waits for the next probe.
const (
	WayFree  Way = "free"
	WayOpen  Way = "open"  // its circuit is open
	WayDue   Way = "due"   // its circuit is open, and may be probed
	WayShut  Way = "shut"  // quarantined: not a byte more
	WayAside Way = "aside" // people moved the campaign elsewhere
)

// Saving is what a broken relay may have refused.
type Saving struct {
	Campaign int64
	Worker   Worker
	Tried    []Tried
	After    time.Duration
}

// ErrUnproven means that a relay did not prove who it is: it offered no
// STARTTLS, its certificate is not good, or its TLS is too old. Nobody has
// logged in and nothing was announced.
var ErrUnproven = errors.New("the relay did not prove who it is")

// Wire opens connections to relays. A failure is an outcome.Reply with the
// phase in which it ended; ErrUnproven may stand beside it. One that is
// fault.Unavailable says nothing of the relay.
type Wire interface {
	Dial(ctx context.Context, r Relay) (Session, error)
}

// Session is one connection, used by one goroutine at a time.
type Session interface {
	// Envelope sends MAIL and RCPT. A 2xx at PhaseRcpt means that DATA may follow.
	Envelope(ctx context.Context, from, to string) outcome.Reply
	// Deliver sends DATA and exactly these bytes.
	Deliver(ctx context.Context, raw []byte) outcome.Reply
	// Reset gives up an envelope. A connection that does not follow is closed.
	Reset(ctx context.Context) error
	// Usable tells whether another message may be sent over the connection.
	Usable() bool
	Evidence() Evidence
	// Close says goodbye and closes the connection.
	Close()
	// Cut closes it without another byte.
	Cut()
}

// Limiter hands out the right to send one message, under rates that all
// processes share. It fails closed: with an error nothing may be sent.
type Limiter interface {
	// Try takes a right that this process has at hand already.
	Try(a Allowance) bool
	// Wait returns when one message may be sent.
	Wait(ctx context.Context, a Allowance) error
	// Ask takes a right now or not at all. One that was granted must be used at
	// once.
	Ask(ctx context.Context, a Allowance) (Answer, error)
	// Enter takes one of so many places for a message to a domain, or says that
	// all are taken. Leave gives it back.
	Enter(ctx context.Context, d Domain, most int) (name string, ok bool, err error)
	Leave(ctx context.Context, name string)
}

// Allowance names what a message counts against: its relay, over all
// campaigns, its campaign, over all relays, and its domain, over all of both,
// where that has a bound. Rates are messages a second.
type Allowance struct {
	Relay, Campaign         int64
	RelayRate, CampaignRate float64
	Domain                  Domain
	DomainRate              float64 // 0: without a bound
}

// Answer is what came of asking for a right.
type Answer struct {
	Granted bool
	Again   time.Duration // after which one could be had
	Domain  bool          // it is the domain that makes one wait so long
}

// Rate is the lower of relay's and campaign's.
func (a Allowance) Rate() float64 { return min(a.RelayRate, a.CampaignRate) }

// Office is what the sweeps ask of the record. Each of its methods is safe to
// run in any process at any time.
type Office interface {
	// Renew extends a worker's lease. False: it was declared dead meanwhile.
	Renew(ctx context.Context, w Worker, lease time.Duration) (bool, error)
	// Bury declares workers dead whose lease has ended: their batches become
	// free, and each attempt that they left without an outcome is written down as
	// lost. It returns how many attempts.
	Bury(ctx context.Context) (int, error)
	// Gather makes retry batches of deliveries that fall due, and lets those
	// expire whose time is over. It returns the campaigns with free work.
	Gather(ctx context.Context) ([]int64, error)
	// Stranded tells people of campaigns that no relay carries any more.
	Stranded(ctx context.Context) error
	// Conclude starts campaigns whose time has come and completes those whose
	// every delivery is explained.
	Conclude(ctx context.Context) error
}
