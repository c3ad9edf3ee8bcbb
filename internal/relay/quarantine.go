package relay

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// Contact is one person whose message was announced to a relay: the relay has
// seen the address.
type Contact struct {
	Delivery  id.Delivery
	Recipient id.Recipient
	Status    outcome.Status
	Attempts  int       // through this relay
	At        time.Time // of the last of them
}

// Quarantine shuts a relay: within two seconds no worker sends it another byte,
// what is under way becomes unclear, and its password is marked to be replaced.
// A relay that is shut already is refused.
func (s Service) Quarantine(ctx context.Context, by access.Actor, no id.Relay, reason string) (Relay, error) {
	if err := mayQuarantine(by); err != nil {
		return Relay{}, err
	}
	return s.move(ctx, no, reason, func(tx Tx, r Relay) (Relay, error) {
		if r.State == Quarantined {
			return r, fault.New(fault.Conflict, "relay_is_quarantined", nil)
		}
		r.State, r.Rotate = Quarantined, r.HasPassword
		return r, tx.Quarantine(no, by, reason)
	})
}

// Release lets mail through a quarantined relay again.
func (s Service) Release(ctx context.Context, by access.Actor, no id.Relay, reason string) (Relay, error) {
	if err := access.ReleaseRelay.Allow(by); err != nil {
		return Relay{}, err
	}
	return s.move(ctx, no, reason, func(tx Tx, r Relay) (Relay, error) {
		if r.State != Quarantined {
			return r, fault.New(fault.Conflict, "relay_not_quarantined", nil)
		}
		r.State = Healthy
		return r, tx.Release(no, by, reason)
	})
}

// mayQuarantine: operations and admins, each with the scope that they have.
func mayQuarantine(by access.Actor) error {
	if by.Role == access.Admin {
		return access.EditSettings.Allow(by)
	}
	return access.Quarantine.Allow(by)
}

func (s Service) move(ctx context.Context, no id.Relay, reason string, rule func(Tx, Relay) (Relay, error)) (r Relay, err error) {
	if strings.TrimSpace(reason) == "" {
		return r, fault.Wrong("reason", "reason_missing", nil)
	}
	if len(reason) > longestReason {
		return r, fault.Wrong("reason", "field_too_long", fault.Values{"name": "reason", "limit": longestReason})
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if r, err = tx.Lock(no); err != nil {
			return err
		}
		r, err = rule(tx, r)
		return err
	})
	return r, err
}

// Contacted reads a page of the people whose messages were announced to a
// relay.
func (s Service) Contacted(ctx context.Context, by access.Actor, no id.Relay, after id.Delivery, limit int) ([]Contact, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	if _, err := s.Store.Relay(ctx, no); err != nil {
		return nil, err
	}
	return s.Store.Contacted(ctx, no, after, limit)
}

// History lists the last changes of a relay's state, newest first.
func (s Service) History(ctx context.Context, by access.Actor, no id.Relay) ([]Event, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.History(ctx, no)
}
