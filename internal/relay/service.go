package relay

import (
	"context"
	"reflect"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps relays.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Relay(ctx context.Context, no id.Relay) (Relay, error)
	Relays(ctx context.Context, after id.Relay, limit int, where ...filter.Equal) ([]Relay, error)
	// Contacted reads a page of those who were announced to a relay, in order of
	// campaigns and deliveries, after one.
	Contacted(ctx context.Context, no id.Relay, after id.Delivery, limit int) ([]Contact, error)
	// History lists the last changes of a relay's state, newest first.
	History(ctx context.Context, no id.Relay) ([]Event, error)
}

// Tx is one transaction over a relay. A nil password stays what it is.
type Tx interface {
	Insert(r Relay, password *string, by id.User) (id.Relay, error)
	Lock(no id.Relay) (Relay, error)
	// Save writes name and password, and the settings as a revision where
	// there is none of this number yet.
	Save(r Relay, password *string, by id.User) error
	Quarantine(no id.Relay, by access.Actor, reason string) error
	Release(no id.Relay, by access.Actor, reason string) error
	Record(e ledger.Entry) error
}

// Service answers for relays.
type Service struct {
	Store Store
	Guard Guard
	// OnlyHostPort is the one place that mail may go to: a stack with sample
	// people sends to its own inbox. Empty allows any that Guard allows.
	OnlyHostPort string
}

// recorded is what the ledger keeps of a change.
type recorded struct {
	Name     string `json:"name"`
	Revision int    `json:"revision"`
	Settings
	ShutOnTLSFailure bool `json:"quarantine_on_tls_failure"`
	PasswordSet      bool `json:"password_set"` // by this change
}

// Create adds a relay, healthy, with its settings as revision 1.
func (s Service) Create(ctx context.Context, by access.Actor, c Change) (Relay, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Relay{}, err
	}
	r, err := s.fit(c, Relay{Revision: 1, State: Healthy})
	if err != nil {
		return Relay{}, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		no, err := tx.Insert(r, c.Password, by.User)
		if err != nil {
			return err
		}
		r.ID = no
		return tx.Record(ledger.New(by, ledger.RelayCreated, no).With(recorded{r.Name, r.Revision, r.Settings, r.ShutOnTLSFailure, c.Password != nil}))
	})
	return r, err
}

// Change edits a relay. Another host, port, TLS, login name or limit makes a
// new revision and voids approvals; another name or password does not. seen is
// the revision that the caller read.
func (s Service) Change(ctx context.Context, by access.Actor, no id.Relay, seen int, c Change) (Relay, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Relay{}, err
	}
	var r Relay
	err := s.Store.Do(ctx, func(tx Tx) error {
		before, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if before.Revision != seen {
			return fault.New(fault.Mismatch, "changed_meanwhile", nil)
		}
		if r, err = s.fit(c, before); err != nil {
			return err
		}
		if !reflect.DeepEqual(r.Settings, before.Settings) {
			r.Revision++
		}
		if err := tx.Save(r, c.Password, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.RelayChanged, no).With(recorded{r.Name, r.Revision, r.Settings, r.ShutOnTLSFailure, c.Password != nil}))
	})
	return r, err
}

// fit gives the relay as a change would have it, or says why it may not be.
func (s Service) fit(c Change, before Relay) (Relay, error) {
	if c.Password != nil && len(*c.Password) > longestSecret {
		return before, fault.Wrong("password", "field_too_long", fault.Values{"name": "password", "limit": longestSecret})
	}
	r := c.apply(before).normalise()
	return r, r.check(s.Guard, s.OnlyHostPort)
}

// Get reads a relay.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Relay) (Relay, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return Relay{}, err
	}
	return s.Store.Relay(ctx, no)
}

// List gives relays in order of their ids, after one of them.
func (s Service) List(ctx context.Context, by access.Actor, after id.Relay, limit int, where ...filter.Equal) ([]Relay, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Relays(ctx, after, limit, where...)
}
