package sender

import (
	"context"
	"reflect"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps sender identities.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Sender(ctx context.Context, no id.Sender) (Sender, error)
	Senders(ctx context.Context, after id.Sender, limit int) ([]Sender, error)
	Keys(ctx context.Context, no id.Sender) ([]Key, error)
	CheckStore
}

// Tx is one transaction over an identity.
type Tx interface {
	Insert(s Sender, by id.User) (id.Sender, error)
	Lock(no id.Sender) (Sender, error)
	// Save writes the name, and the details as a revision where there is none
	// of this number yet.
	Save(s Sender, by id.User) error
	KeyTx
	CheckTx
	Record(e ledger.Entry) error
}

// Service answers for sender identities.
type Service struct {
	Store Store
	Names Names // nil: nobody is to be asked
}

// recorded is what the ledger keeps of a change.
type recorded struct {
	Name     string `json:"name"`
	Revision int    `json:"revision"`
	Details
}

// Create adds an identity with its details as revision 1.
func (s Service) Create(ctx context.Context, by access.Actor, c Change) (Sender, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Sender{}, err
	}
	v := c.apply(Sender{Revision: 1}).normalise()
	if err := v.check(); err != nil {
		return Sender{}, err
	}
	err := s.Store.Do(ctx, func(tx Tx) error {
		no, err := tx.Insert(v, by.User)
		if err != nil {
			return err
		}
		v.ID = no
		return tx.Record(ledger.New(by, ledger.SenderCreated, no).With(recorded{v.Name, v.Revision, v.Details}))
	})
	return v, err
}

// Change edits an identity. Other details make a new revision and void
// approvals; another name does not. seen is the revision that the caller read.
func (s Service) Change(ctx context.Context, by access.Actor, no id.Sender, seen int, c Change) (Sender, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return Sender{}, err
	}
	var v Sender
	err := s.Store.Do(ctx, func(tx Tx) error {
		before, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if before.Revision != seen {
			return fault.New(fault.Mismatch, "changed_meanwhile", nil)
		}
		v = c.apply(before).normalise()
		if err := v.check(); err != nil {
			return err
		}
		if !reflect.DeepEqual(v.Details, before.Details) {
			v.Revision++
		}
		if err := tx.Save(v, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.SenderChanged, no).With(recorded{v.Name, v.Revision, v.Details}))
	})
	return v, err
}

// Get reads an identity.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Sender) (Sender, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return Sender{}, err
	}
	return s.Store.Sender(ctx, no)
}

// List gives identities in order of their ids, after one of them.
func (s Service) List(ctx context.Context, by access.Actor, after id.Sender, limit int) ([]Sender, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Senders(ctx, after, limit)
}
