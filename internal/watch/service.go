package watch

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps alerts.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	// Alerts reads a page in order of ids.
	Alerts(ctx context.Context, after id.Alert, limit int, where ...filter.Equal) ([]Alert, error)
	// Newest reads the newest open ones, and counts all of them.
	Newest(ctx context.Context, limit int) (newest []Alert, open int64, err error)
}

// Tx is one transaction over an alert.
type Tx interface {
	Lock(no id.Alert) (Alert, error)
	// Acknowledge closes an open alert, and gives it as it is then.
	Acknowledge(no id.Alert, by id.User) (Alert, error)
	Record(e ledger.Entry) error
}

// Service answers for alerts.
type Service struct{ Store Store }

// List reads a page of alerts in order of ids.
func (s Service) List(ctx context.Context, by access.Actor, after id.Alert, limit int, where ...filter.Equal) ([]Alert, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Alerts(ctx, after, limit, where...)
}

// Newest gives the newest open alerts, and how many there are.
func (s Service) Newest(ctx context.Context, by access.Actor, limit int) ([]Alert, int64, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, 0, err
	}
	return s.Store.Newest(ctx, limit)
}

// Acknowledge says that somebody has seen an alert and takes care of it. What
// happens again afterwards raises a new one. An alert that was acknowledged
// before, or is over, is refused.
func (s Service) Acknowledge(ctx context.Context, by access.Actor, no id.Alert) (Alert, error) {
	if err := MayAcknowledge(by); err != nil {
		return Alert{}, err
	}
	var a Alert
	err := s.Store.Do(ctx, func(tx Tx) error {
		seen, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if seen.State != Open {
			return fault.New(fault.Conflict, "alert_"+string(seen.State), nil)
		}
		if a, err = tx.Acknowledge(no, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.AlertAcknowledged, no).In(int64(a.Incident)).With(map[string]any{"kind": a.Kind, "times": a.Times}))
	})
	return a, err
}

// MayAcknowledge: operations and admins, each with the scope that they have.
func MayAcknowledge(by access.Actor) error {
	if by.Role == access.Admin {
		return access.EditSettings.Allow(by)
	}
	return access.Acknowledge.Allow(by)
}
