package incident

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps incidents and the organisation.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Incident(ctx context.Context, no id.Incident) (Incident, error)
	Incidents(ctx context.Context, after id.Incident, limit int, where ...filter.Equal) ([]Incident, error)
	Organisation(ctx context.Context) (Organisation, int, error)
}

// Tx is one transaction over them.
type Tx interface {
	Insert(i Incident) (id.Incident, error) // with its keys, its partitions and its first facts
	Lock(no id.Incident) (Incident, error)  // for a change
	SaveFacts(i Incident, by id.User) error // as a new version
	SaveOrganisation(o Organisation, seen int, by id.User) (int, error)
	Record(e ledger.Entry) error
}

// Service answers for incidents. Rules says which conditions and profiles there
// are; without it, which is for tests, every name is kept.
type Service struct {
	Store Store
	Rules Rules
}

// Open begins an incident: with keys of its own, and its facts as version 1.
func (s Service) Open(ctx context.Context, by access.Actor, f Facts) (Incident, error) {
	if err := access.EditIncident.Allow(by); err != nil {
		return Incident{}, err
	}
	f = f.Normalise()
	if err := f.Check(); err != nil {
		return Incident{}, err
	}
	if err := s.checkNames(ctx, "conditions", "condition_unknown", nil, f.Conditions); err != nil {
		return Incident{}, err
	}
	i := Incident{State: Open, Version: 1, FactsVersion: 1, Facts: f, CreatedBy: by.User}
	err := s.Store.Do(ctx, func(tx Tx) error {
		no, err := tx.Insert(i)
		if err != nil {
			return err
		}
		i.ID = no
		return tx.Record(ledger.New(by, ledger.IncidentOpened, no).In(int64(no)).With(f))
	})
	if err != nil {
		return Incident{}, err
	}
	return s.Store.Incident(ctx, i.ID)
}

// Get reads an incident.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Incident) (Incident, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Incident{}, err
	}
	return s.Store.Incident(ctx, no)
}

// List gives incidents in order of their ids, after one of them.
func (s Service) List(ctx context.Context, by access.Actor, after id.Incident, limit int, where ...filter.Equal) ([]Incident, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Incidents(ctx, after, limit, where...)
}

// Change replaces the facts by a new version. seen is the version that the
// caller read: when another change came between, nothing happens.
func (s Service) Change(ctx context.Context, by access.Actor, no id.Incident, seen int, edit func(Facts) Facts) (Incident, error) {
	if err := access.EditIncident.Allow(by); err != nil {
		return Incident{}, err
	}
	var out Incident
	err := s.Store.Do(ctx, func(tx Tx) error {
		i, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if out, err = i.change(seen, edit(i.Facts)); err != nil {
			return err
		}
		if err := s.checkNames(ctx, "conditions", "condition_unknown", i.Facts.Conditions, out.Facts.Conditions); err != nil {
			return err
		}
		if err := tx.SaveFacts(out, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.IncidentChanged, no).In(int64(no)).With(out.Facts))
	})
	return out, err
}

// Organisation reads the newest version and its number; 0 before there is one.
func (s Service) Organisation(ctx context.Context, by access.Actor) (Organisation, int, error) {
	if err := access.ReadSettings.Allow(by); err != nil {
		return Organisation{}, 0, err
	}
	return s.Store.Organisation(ctx)
}

// organisationRow names the organisation in the ledger.
type organisationRow struct{}

func (organisationRow) String() string { return "organisation" }

// SetOrganisation makes a new version. seen is the version that the caller read.
func (s Service) SetOrganisation(ctx context.Context, by access.Actor, seen int, o Organisation) (int, error) {
	if err := access.EditSettings.Allow(by); err != nil {
		return 0, err
	}
	o = o.Normalise()
	if err := o.Check(); err != nil {
		return 0, err
	}
	before, _, err := s.Store.Organisation(ctx) // a change in between fails on seen
	if err != nil {
		return 0, err
	}
	if err := s.checkNames(ctx, "profiles", "profile_unknown", before.Profiles, o.Profiles); err != nil {
		return 0, err
	}
	var made int
	err = s.Store.Do(ctx, func(tx Tx) error {
		var err error
		if made, err = tx.SaveOrganisation(o, seen, by.User); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.OrganisationSet, organisationRow{}).With(o))
	})
	return made, err
}

// ErrNoOrganisation means that nobody has said yet who sends the notices.
var ErrNoOrganisation = fault.New(fault.Conflict, "no_organisation", nil)
