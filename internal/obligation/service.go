package obligation

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/regime"
)

// Store reads incidents and keeps ticks.
type Store interface {
	// Scene reads an incident at one moment.
	Scene(ctx context.Context, no id.Incident) (Scene, error)
	// Standing reads what became of everybody of an incident. While a campaign runs it
	// may be half a minute old.
	Standing(ctx context.Context, no id.Incident) (Standing, error)
	Do(ctx context.Context, f func(Tx) error) error
}

// Tx is one transaction over ticks.
type Tx interface {
	Tick(no id.Incident, t Tick) error // its reference may speak of somebody, and is sealed
	Record(e ledger.Entry) error
}

// Rules gives the rule set in use.
type Rules interface {
	Current(ctx context.Context) (regime.Set, error)
}

// Service answers for duties.
type Service struct {
	Store Store
	Rules Rules
}

// ErrNoDuty means that no rule in play has such a duty.
var ErrNoDuty = fault.New(fault.NotFound, "no_such_duty", nil)

// Clock reckons the duties of an incident as everything stands now.
func (s Service) Clock(ctx context.Context, by access.Actor, no id.Incident) (Clock, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Clock{}, err
	}
	return s.clock(ctx, no)
}

func (s Service) clock(ctx context.Context, no id.Incident) (Clock, error) {
	rules, err := s.Rules.Current(ctx)
	if err != nil {
		return Clock{}, err
	}
	scene, err := s.Store.Scene(ctx, no)
	if err != nil {
		return Clock{}, err
	}
	r, err := rules.Due(scene.situation())
	return Clock{Reckoning: r, At: scene.At, Lines: lines(r, scene), Sends: scene.Sends, zone: scene.zone()}, err
}

// RuleSet gives the rules in use, for forms that ask for what they know.
func (s Service) RuleSet(ctx context.Context) (regime.Set, error) { return s.Rules.Current(ctx) }

// Tick records that a duty was done, for ever. One that was ticked before is
// ticked anew, which corrects it: both stay on record. A duty that no rule in
// play has is refused.
func (s Service) Tick(ctx context.Context, by access.Actor, no id.Incident, duty string, d Did) (Line, error) {
	if err := access.TickDuties.Allow(by); err != nil {
		return Line{}, err
	}
	now, err := s.clock(ctx, no)
	if err != nil {
		return Line{}, err
	}
	line, known := now.Find(duty)
	if !known {
		return line, ErrNoDuty
	}
	t, err := d.tick(now.At.In(now.zone))
	if err != nil {
		return line, err
	}
	t.Duty, t.By, t.Ticked = duty, by.User, now.At
	err = s.Store.Do(ctx, func(tx Tx) error {
		if err := tx.Tick(no, t); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.DutyDone, no).In(int64(no)).With(ticked{duty, t.At}))
	})
	line.Tick, line.State = &t, Done
	return line, err
}

// ticked is what the ledger shows of a tick.
type ticked struct {
	Duty string `json:"duty"`
	At   string `json:"at"`
}
