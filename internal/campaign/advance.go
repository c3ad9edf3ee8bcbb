package campaign

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// RampTx is a transaction that moves a ramp on.
type RampTx interface {
	RunTx
	// Rested tells whether every message of the present step was tried.
	Rested(c id.Campaign) (bool, error)
	// Hold waits for the answers of the present step for so long.
	Hold(c id.Campaign, span time.Duration) error
	// Advance opens the next step.
	Advance(c id.Campaign) error
	// Refused counts the step's messages by relay and by domain. Those of which
	// none was refused may be left out.
	Refused(c id.Campaign) ([]Share, error)
}

// Share is how many messages were refused through one relay, or to one domain.
type Share struct {
	Relay  id.Relay // 0: it speaks of a domain
	Domain string
	outcome.Refusals
}

// RampStore keeps ramps.
type RampStore interface {
	Ramp(ctx context.Context, f func(RampTx) error) error
	// Resting lists the campaigns whose ramp may move on.
	Resting(ctx context.Context) ([]id.Campaign, error)
}

// Ramps moves ramps on. It may run in any process at any time.
type Ramps struct {
	Store RampStore
	Pace  float64 // ≥ 1: divides how long answers are waited for
}

// Advance looks at every ramp whose present step was tried: it begins to wait
// for its answers, and once it has waited, opens the next step, or pauses the
// campaign where surely too many were refused. The step is open then all the
// same, for whoever resumes it has seen why it stopped.
func (r Ramps) Advance(ctx context.Context) error {
	resting, err := r.Store.Resting(ctx)
	if err != nil {
		return err
	}
	for _, no := range resting {
		_, err := change(ctx, r.Store.Ramp, no, r.advance)
		if err != nil {
			return err
		}
	}
	return nil
}

func (r Ramps) advance(tx RampTx, c Campaign) (Campaign, error) {
	rested, err := tx.Rested(c.ID)
	if err != nil || !rested || !c.in(Sending) || c.Ramp.Step >= len(c.Settings.Ramp) {
		return c, err
	}
	if c.Ramp.Until == nil {
		hold := time.Duration(c.Settings.Ramp[c.Ramp.Step].HoldSeconds) * time.Second
		if err := tx.Hold(c.ID, time.Duration(float64(hold)/max(r.Pace, 1))); err != nil {
			return c, err
		}
		return c, tx.Record(entry(access.System, ledger.RampHeld, c).With(map[string]any{"step": c.Ramp.Step + 1, "seconds": hold.Seconds()}))
	}
	if c.Ramp.Until.After(tx.Now()) {
		return c, nil
	}
	bad, err := r.judge(tx, c)
	if err != nil {
		return c, err
	}
	if err := tx.Advance(c.ID); err != nil {
		return c, err
	}
	if err := tx.Record(entry(access.System, ledger.RampAdvanced, c).With(map[string]any{"step": c.Ramp.Step + 1})); err != nil {
		return c, err
	}
	if bad != nil {
		return stopItself(tx, c, bad.reason())
	}
	return c, tx.Enqueue(task.Task{Name: task.Send, Object: int64(c.ID)})
}

// judge finds the relay or domain that refused surely too many, or nil.
func (r Ramps) judge(tx RampTx, c Campaign) (*Share, error) {
	if c.Settings.StopAbove == nil {
		return nil, nil
	}
	shares, err := tx.Refused(c.ID)
	for _, s := range shares {
		if s.SurelyAbove(*c.Settings.StopAbove) {
			return &s, err
		}
	}
	return nil, err
}

// Stop pauses a campaign because surely too many messages were refused. A
// campaign that is not being sent stays as it is.
func (s Service) Stop(ctx context.Context, no id.Campaign, bad Share) error {
	_, err := change(ctx, s.Store.Run, no, func(tx RunTx, c Campaign) (Campaign, error) {
		if !c.in(Sending) {
			return c, nil
		}
		return stopItself(tx, c, bad.reason())
	})
	return err
}

// code is the sentence about a campaign that stopped for such a share.
func (s Share) code() string {
	if s.Relay != 0 {
		return "paused_relay_refuses"
	}
	return "paused_domain_refuses"
}

func (s Share) reason() Reason {
	r := Reason{Code: s.code(), Refused: s.Refused, All: s.All, Text: s.Domain}
	if s.Relay != 0 {
		r.Relay = s.Relay
	}
	return r
}
