package cohort

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/reason"
)

// ExclusionTx is one transaction over exclusions. No freeze of the incident, no
// approval, launch or end of a preflight comes between.
type ExclusionTx interface {
	// Open holds an incident; a closed one is refused.
	Open(no id.Incident) error
	// Insert keeps an exclusion with its people, and gives it as it stands with
	// the root over their digests. One who is not there, or a list that is not
	// imported, is a fault that names the field.
	Insert(e Exclusion, of Exclude, entry ledger.EntryID) (Exclusion, canon.Hash, error)
	// Narrow rules on the deliveries of plans that were made already: who was not
	// handed over and is not in hand is excluded, who is in hand is not tried
	// again. It puts on record what it did.
	Narrow(e Exclusion, by access.Actor) (Narrowed, error)
	ExclusionLifts
}

// ExclusionLifts is the part of it that takes exclusions back.
type ExclusionLifts interface {
	Now() time.Time
	Lock(no id.Exclusion) (Exclusion, error)
	Lift(e Exclusion, entry ledger.EntryID) error
	Record(e ledger.Entry) error
}

// Narrowed is what an exclusion changed in plans that were made before it.
type Narrowed struct {
	Deliveries int64
	Approved   int64 // of these, in plans that legal had approved
}

// ExclusionStore keeps exclusions.
type ExclusionStore interface {
	Do(ctx context.Context, f func(ExclusionTx) error) error
	Exclusion(ctx context.Context, no id.Exclusion) (Exclusion, error)
	// Exclusions reads a page in order of ids.
	Exclusions(ctx context.Context, incident id.Incident, after id.Exclusion, limit int, where ...filter.Equal) ([]Exclusion, error)
	// People reads a page of those whom an exclusion speaks of, masked.
	People(ctx context.Context, e Exclusion, after int64, limit int) ([]Recipient, error)
	// Excluded gives who is excluded from an incident now.
	Excluded(ctx context.Context, incident id.Incident) (Excluded, error)
}

// Exclusions answers for who is not told.
type Exclusions struct{ Store ExclusionStore }

// Exclude keeps people from being told, from now on: no cohort takes them, no
// preflight sends to them. Of plans that were made already it excludes whoever
// was not handed over; where legal has approved one, only legal may. Nobody who
// was accepted is changed.
func (s Exclusions) Exclude(ctx context.Context, by access.Actor, incident id.Incident, d Exclude) (Exclusion, error) {
	if err := access.ExcludePeople.Allow(by); err != nil {
		return Exclusion{}, err
	}
	d = d.normalise()
	if err := d.check(incident); err != nil {
		return Exclusion{}, err
	}
	if err := d.Kind.mayExclude(by); err != nil {
		return Exclusion{}, err
	}
	var made Exclusion
	err := s.Store.Do(ctx, func(tx ExclusionTx) (err error) {
		if err = tx.Open(incident); err != nil {
			return err
		}
		told := ledger.New(by, ledger.PeopleExcluded, incident).In(int64(incident))
		e := Exclusion{Incident: incident, Kind: d.Kind, List: d.List, Reason: d.Reason, By: by.User, At: tx.Now()}
		var root canon.Hash
		if made, root, err = tx.Insert(e, d, told.ID); err != nil {
			return err
		}
		n, err := tx.Narrow(made, by)
		if err != nil {
			return err
		}
		if n.Approved > 0 && access.ExcludeFreely.Allow(by) != nil {
			return fault.New(fault.Forbidden, "exclusion_needs_legal", fault.Values{"people": n.Approved})
		}
		told.Object = made.ID.String()
		return tx.Record(told.With(made.told(root, n)))
	})
	if err != nil {
		return Exclusion{}, err
	}
	return s.Store.Exclusion(ctx, made.ID)
}

// told is how the ledger tells an exclusion: nobody is named, and the reason is
// a digest.
func (e Exclusion) told(root canon.Hash, n Narrowed) map[string]any {
	return map[string]any{"kind": e.Kind, "list": e.List, "people": e.People, "root": root, "reason_sha256": reason.Digest(e.Reason), "deliveries": n.Deliveries}
}

// Lift takes an exclusion back. Cohorts that freeze and plans that are made
// after it take its people again; what was frozen or planned before stays as it
// is.
func (s Exclusions) Lift(ctx context.Context, by access.Actor, no id.Exclusion, why string) (Exclusion, error) {
	if err := access.ExcludePeople.Allow(by); err != nil {
		return Exclusion{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(reason.Check(why)); err != nil {
		return Exclusion{}, err
	}
	err := s.Store.Do(ctx, func(tx ExclusionTx) error {
		e, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if err := e.Kind.mayExclude(by); err != nil {
			return err
		}
		if e, err = e.lift(by, why, tx.Now()); err != nil {
			return err
		}
		told := ledger.New(by, ledger.ExclusionLifted, no).In(int64(e.Incident))
		if err := tx.Lift(e, told.ID); err != nil {
			return err
		}
		return tx.Record(told.With(map[string]any{"kind": e.Kind, "people": e.People, "reason_sha256": reason.Digest(why)}))
	})
	if err != nil {
		return Exclusion{}, err
	}
	return s.Store.Exclusion(ctx, no)
}

// Get reads one.
func (s Exclusions) Get(ctx context.Context, by access.Actor, no id.Exclusion) (Exclusion, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Exclusion{}, err
	}
	return s.Store.Exclusion(ctx, no)
}

// List gives the exclusions of an incident in order of their ids.
func (s Exclusions) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Exclusion, limit int, where ...filter.Equal) ([]Exclusion, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Exclusions(ctx, incident, after, limit, where...)
}

// People gives a page of those whom an exclusion speaks of, masked.
func (s Exclusions) People(ctx context.Context, by access.Actor, e Exclusion, after int64, limit int) ([]Recipient, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.People(ctx, e, after, limit)
}

// Tally counts who is excluded now, by kind: each person once, under the oldest
// exclusion that holds.
func (s Exclusions) Tally(ctx context.Context, by access.Actor, incident id.Incident) (map[ExclusionKind]int, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	all, err := s.Store.Excluded(ctx, incident)
	return all.Tally(), err
}
