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
	// Claim takes one free batch for a worker, at most most people of it; what
	// is left over becomes a batch of its own. ErrNothingFree when there is none.
	Claim(ctx context.Context, job Job, w Worker, most int) (Batch, error)
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
	// Pace tells the rate that is allowed now. ErrNotSending ends the run.
	Pace(ctx context.Context, campaign int64) (perSecond float64, err error)
}

// Wire opens connections to relays. A failure is an outcome.Reply with the
// phase in which it ended.
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
	Close()
}

// Limiter hands out the right to send one message, under rates that all
// processes share. It fails closed: with an error nothing may be sent.
type Limiter interface {
	// Try takes a right that this process has at hand already.
	Try(a Allowance) bool
	// Wait returns when one message may be sent.
	Wait(ctx context.Context, a Allowance) error
}

// Allowance names what a message counts against: its relay, over all
// campaigns, and its campaign, over all relays. Rates are messages a second.
type Allowance struct {
	Relay, Campaign         int64
	RelayRate, CampaignRate float64
}

// Rate is the lower of the two.
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
	// Conclude starts campaigns whose time has come and completes those whose
	// every delivery is explained.
	Conclude(ctx context.Context) error
}
