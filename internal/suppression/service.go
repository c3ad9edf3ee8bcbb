package suppression

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/mailaddr"
	"forthwith/internal/reason"
)

// Tx is one transaction over suppressions. No launch, and no end of a preflight,
// comes between.
type Tx interface {
	Now() time.Time
	// Insert keeps one suppression for each address that has none, and gives their
	// ids. Whoever is in the cohort of a campaign that has not ended is matched
	// with it.
	Insert(s Suppression, addresses []mailaddr.Address) ([]id.Suppression, error)
	Lock(no id.Suppression) (Suppression, error)
	Release(s Suppression) error
	FileTx
	Record(e ledger.Entry) error
}

// Store keeps suppressions.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Suppression(ctx context.Context, no id.Suppression) (Suppression, error)
	// Suppressions reads a page in order of ids.
	Suppressions(ctx context.Context, after id.Suppression, limit int, where ...filter.Equal) ([]Suppression, error)
	FileStore
}

// Service answers for suppressions.
type Service struct{ Store Store }

// Add keeps a reason not to mail an address. One that has a reason already is
// refused.
func (s Service) Add(ctx context.Context, by access.Actor, n New) (Suppression, error) {
	if err := access.SuppressPeople.Allow(by); err != nil {
		return Suppression{}, err
	}
	n.Reason = strings.TrimSpace(n.Reason)
	address, err := mailaddr.Parse(n.Email)
	wrong := append(sourceFault(n.Source), reason.Check(n.Reason)...)
	if err != nil {
		wrong = append(wrong, fault.Field{Name: "email", Code: "suppression_email", Values: fault.Values{}})
	}
	if err := fault.Wrongs(wrong); err != nil {
		return Suppression{}, err
	}
	var made []id.Suppression
	err = s.Store.Do(ctx, func(tx Tx) (err error) {
		made, err = tx.Insert(Suppression{Source: n.Source, Reason: n.Reason, By: by.User, At: tx.Now()}, []mailaddr.Address{address})
		if err != nil {
			return err
		}
		if len(made) == 0 {
			return errKnown
		}
		return tx.Record(ledger.New(by, ledger.SuppressionsAdded, made[0]).
			With(map[string]any{"source": n.Source, "suppressions": 1, "given": 1, "reason_sha256": reason.Digest(n.Reason)}))
	})
	if err != nil {
		return Suppression{}, err
	}
	return s.Store.Suppression(ctx, made[0])
}

// Release ends a suppression: who has the address is mailed like anybody else.
func (s Service) Release(ctx context.Context, by access.Actor, no id.Suppression, why string) (Suppression, error) {
	if err := access.EndSuppression.Allow(by); err != nil {
		return Suppression{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(reason.Check(why)); err != nil {
		return Suppression{}, err
	}
	err := s.Store.Do(ctx, func(tx Tx) error {
		old, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if old.Release != nil {
			return errReleased
		}
		old.Release = &Release{Reason: why, By: by.User, At: tx.Now()}
		if err := tx.Release(old); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.SuppressionEnded, no).With(map[string]any{"source": old.Source, "reason_sha256": reason.Digest(why)}))
	})
	if err != nil {
		return Suppression{}, err
	}
	return s.Store.Suppression(ctx, no)
}

// Get reads one.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Suppression) (Suppression, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Suppression{}, err
	}
	return s.Store.Suppression(ctx, no)
}

// List gives suppressions in order of their ids. No address is told.
func (s Service) List(ctx context.Context, by access.Actor, after id.Suppression, limit int, where ...filter.Equal) ([]Suppression, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Suppressions(ctx, after, limit, where...)
}
