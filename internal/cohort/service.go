package cohort

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Store keeps cohorts.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Cohort(ctx context.Context, no id.Cohort) (Cohort, error)
	Cohorts(ctx context.Context, incident id.Incident, after id.Cohort, limit int, where ...filter.Equal) ([]Cohort, error)
	// Read shows one moment of an incident.
	Read(ctx context.Context, incident id.Incident, f func(Scene) error) error
	// Hold runs f in one transaction that holds the people of the incident: no
	// import and no freeze comes between.
	Hold(ctx context.Context, incident id.Incident, f func(FreezeTx) error) error
	// Freeze is Hold for the freeze of a cohort. Beside another run for the same
	// one it fails with task.ErrRunsAlready.
	Freeze(ctx context.Context, c Cohort, f func(FreezeTx) error) error
}

// Tx is one transaction over cohorts.
type Tx interface {
	DraftTx
	VersionTx
	Lock(no id.Cohort) (Cohort, error)
	Save(c Cohort) error
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
}

// DraftTx makes and removes drafts. Insert fails with a fault that names the
// field when name or precedence is taken.
type DraftTx interface {
	Insert(c Cohort) (id.Cohort, error)
	Delete(no id.Cohort) error
	// Owed tells whether a frozen cohort left people to this one.
	Owed(c Cohort) (bool, error)
}

// FreezeTx is the transaction of a freeze.
type FreezeTx interface {
	Scene
	Tx
	Now() time.Time
	// Place writes members in the order of their digests, for a first cohort
	// their placements, and gives the root over the digests.
	Place(c Cohort, members Bitset, reason func(person int) Reason) (canon.Hash, error)
	UpgradeTx
	// LeaveOut keeps with the cohort whom its rule matches and who is no member,
	// each with the exclusion that it follows.
	LeaveOut(c Cohort, excluded Bitset) error
}

// Service answers for cohorts.
type Service struct {
	Store  Store
	People People
}

// Create makes a draft.
func (s Service) Create(ctx context.Context, by access.Actor, incident id.Incident, d Draft) (Cohort, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return Cohort{}, err
	}
	d = d.Normalise()
	if err := s.check(ctx, incident, d); err != nil {
		return Cohort{}, err
	}
	c := Cohort{Draft: d, Incident: incident, State: Drafted, Version: 1, Edition: 1, CreatedBy: by.User}
	err := s.Store.Do(ctx, func(tx Tx) error {
		no, err := tx.Insert(c)
		if err != nil {
			return err
		}
		c.ID = no
		return tx.Record(ledger.New(by, ledger.CohortCreated, no).In(int64(incident)).With(d.told()))
	})
	if err != nil {
		return Cohort{}, err
	}
	return s.told(ctx, c.ID)
}

func (s Service) check(ctx context.Context, incident id.Incident, d Draft) error {
	return s.Store.Read(ctx, incident, func(scene Scene) error {
		known, err := scene.Known(ctx)
		if err != nil {
			return err
		}
		return d.Check(known)
	})
}

// told is how the ledger tells a draft.
func (d Draft) told() map[string]any {
	return map[string]any{"name": d.Name, "kind": d.Kind, "precedence": d.Precedence, "basis_campaign": d.Basis, "rule": d.Rule}
}

// Change edits a draft that nobody changed since it was seen.
func (s Service) Change(ctx context.Context, by access.Actor, no id.Cohort, seen int, edit func(Draft) Draft) (Cohort, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return Cohort{}, err
	}
	c, err := s.Store.Cohort(ctx, no)
	if err != nil {
		return c, err
	}
	if err := s.check(ctx, c.Incident, edit(c.Draft).Normalise()); err != nil {
		return c, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if c, err = tx.Lock(no); err != nil {
			return err
		}
		owed, err := tx.Owed(c)
		if err != nil {
			return err
		}
		d := edit(c.Draft).Normalise()
		if c, err = c.change(seen, d, d.sameChoice(c.Draft), owed); err != nil {
			return err
		}
		if err := tx.Save(c); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.CohortChanged, no).In(int64(c.Incident)).With(d.told()))
	})
	if err != nil {
		return c, err
	}
	return s.told(ctx, no)
}

// sameChoice tells whether two drafts choose the same people.
func (d Draft) sameChoice(e Draft) bool {
	a, errA := json.Marshal(d.Rule)
	b, errB := json.Marshal(e.Rule)
	return errA == nil && errB == nil && string(a) == string(b) && d.Precedence == e.Precedence && d.Basis == e.Basis
}

// Delete removes a draft, or gives up a freeze that has not been made: then
// the draft stays.
func (s Service) Delete(ctx context.Context, by access.Actor, no id.Cohort) error {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return err
	}
	return s.Store.Do(ctx, func(tx Tx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if c.State == Freezing {
			return giveUp(tx, by, c)
		}
		owed, err := tx.Owed(c)
		if err != nil {
			return err
		}
		if err := c.remove(owed); err != nil {
			return err
		}
		if err := tx.Delete(no); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.CohortDeleted, no).In(int64(c.Incident)).With(c.told()))
	})
}

func giveUp(tx Tx, by access.Actor, c Cohort) error {
	c, err := c.thaw()
	if err != nil {
		return err
	}
	if err := tx.Save(c); err != nil {
		return err
	}
	return tx.Record(ledger.New(by, ledger.FreezeCancelled, c.ID).In(int64(c.Incident)).With(map[string]any{}))
}

// Get reads a cohort with its figures: a frozen one's as it was frozen, a
// draft's as they are now.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Cohort) (Cohort, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Cohort{}, err
	}
	return s.told(ctx, no)
}

// told reads a cohort with its figures.
func (s Service) told(ctx context.Context, no id.Cohort) (Cohort, error) {
	c, err := s.Store.Cohort(ctx, no)
	if err != nil {
		return c, err
	}
	all, err := s.measured(ctx, c.Incident, []Cohort{c})
	if err != nil {
		return c, err
	}
	return all[0], nil
}

// List gives the cohorts of an incident in order of their ids.
func (s Service) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Cohort, limit int, where ...filter.Equal) ([]Cohort, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	all, err := s.Store.Cohorts(ctx, incident, after, limit, where...)
	if err != nil {
		return nil, err
	}
	return s.measured(ctx, incident, all)
}
