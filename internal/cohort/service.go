package cohort

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
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
	// Freeze runs f in one transaction that holds the people of the incident:
	// no import and no other freeze comes between.
	Freeze(ctx context.Context, incident id.Incident, f func(FreezeTx) error) error
}

// Tx is one transaction over cohorts.
type Tx interface {
	DraftTx
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
	// Place writes members in the order of their digests, their placements and
	// gives the root over the digests.
	Place(c Cohort, members Bitset, reason func(person int) Reason) (canon.Hash, error)
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
	c := Cohort{Draft: d, Incident: incident, State: Drafted, Version: 1, CreatedBy: by.User}
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
	return map[string]any{"name": d.Name, "kind": d.Kind, "precedence": d.Precedence, "rule": d.Rule}
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
	return errA == nil && errB == nil && string(a) == string(b) && d.Precedence == e.Precedence
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

// measured adds the figures of drafts. A draft that went meanwhile keeps none.
func (s Service) measured(ctx context.Context, incident id.Incident, all []Cohort) ([]Cohort, error) {
	var drafts []id.Cohort
	for _, c := range all {
		if c.State != Frozen {
			drafts = append(drafts, c.ID)
		}
	}
	if len(drafts) == 0 {
		return all, nil
	}
	return all, s.Store.Read(ctx, incident, func(scene Scene) error {
		p, err := paint(ctx, scene, nil)
		if err != nil {
			return err
		}
		figures, err := p.figures(ctx, scene, p.among(drafts)...)
		for i, c := range all {
			if f, ok := figures[c.ID]; ok {
				all[i].Figures = f
			}
		}
		return err
	})
}

func (p picture) among(which []id.Cohort) []id.Cohort {
	var there []id.Cohort
	for _, no := range which {
		if _, ok := p.resolved[no]; ok {
			there = append(there, no)
		}
	}
	return there
}

// unsaved numbers a cohort that is only thought of.
const unsaved id.Cohort = 1<<62 - 1

// Sketch is a rule that is only thought of. Without a precedence it comes after
// all others; with a draft, it stands in that draft's place.
type Sketch struct {
	Rule       Rule
	Precedence int
	Draft      id.Cohort
}

func (k Sketch) cohort() Cohort {
	c := Cohort{ID: k.Draft, State: Drafted, Draft: Draft{Precedence: k.Precedence, Rule: k.Rule}}
	if c.ID == 0 {
		c.ID = unsaved
	}
	if c.Precedence == 0 {
		c.Precedence = mostPrecedence
	}
	return c
}

// Size tells the figures of a draft that is not kept.
func (s Service) Size(ctx context.Context, by access.Actor, incident id.Incident, k Sketch) (Figures, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Figures{}, err
	}
	var out Figures
	err := s.Store.Read(ctx, incident, func(scene Scene) error {
		known, err := scene.Known(ctx)
		if err != nil {
			return err
		}
		if err := k.Rule.Check(known); err != nil {
			return err
		}
		c := k.cohort()
		p, err := paint(ctx, scene, &c)
		if err != nil {
			return err
		}
		figures, err := p.figures(ctx, scene, c.ID)
		out = figures[c.ID]
		return err
	})
	return out, err
}

// Known tells what rules of an incident may speak of.
func (s Service) Known(ctx context.Context, by access.Actor, incident id.Incident) (Known, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Known{}, err
	}
	var known Known
	err := s.Store.Read(ctx, incident, func(scene Scene) (err error) {
		known, err = scene.Known(ctx)
		return err
	})
	return known, err
}

// Overlaps tells which cohorts of an incident share how many people.
func (s Service) Overlaps(ctx context.Context, by access.Actor, incident id.Incident) ([]Pair, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	var all []Pair
	err := s.Store.Read(ctx, incident, func(scene Scene) error {
		p, err := paint(ctx, scene, nil)
		all = p.pairs()
		return err
	})
	return all, err
}

// Freeze asks for the freeze, which runs as a task.
func (s Service) Freeze(ctx context.Context, by access.Actor, no id.Cohort) (Cohort, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return Cohort{}, err
	}
	c, err := s.told(ctx, no)
	if err != nil {
		return c, err
	}
	figures := c.Figures
	if c.State == Drafted && c.Figures.Resolved == 0 {
		return c, errEmpty
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if c, err = tx.Lock(no); err != nil {
			return err
		}
		if c, err = c.begin(by.User); err != nil {
			return err
		}
		if err := tx.Save(c); err != nil {
			return err
		}
		return tx.Enqueue(task.Task{Name: task.FreezeCohort, Object: int64(no)})
	})
	c.Figures = figures
	return c, err
}

var errEmpty = fault.New(fault.Conflict, "cohort_empty", nil)

// FreezeNow does what Freeze asked for, in one transaction: it resolves all
// first cohorts, drafts included, writes members and placements, and the root
// over the digests of the members. A second run finds the cohort frozen and
// does nothing. A cohort that nobody is left in becomes a draft again.
func (s Service) FreezeNow(ctx context.Context, no id.Cohort) error {
	c, err := s.Store.Cohort(ctx, no)
	if err != nil || c.State != Freezing {
		return err
	}
	err = s.Store.Freeze(ctx, c.Incident, func(tx FreezeTx) error { return freeze(ctx, tx, no) })
	switch {
	case fault.Is(err, errNotFreezing.Code):
		return nil
	case fault.Is(err, errEmpty.Code):
		return s.Store.Do(ctx, func(tx Tx) error {
			c, err := tx.Lock(no)
			if err != nil || c.State != Freezing {
				return err
			}
			return giveUp(tx, access.System, c)
		})
	}
	return err
}

func freeze(ctx context.Context, tx FreezeTx, no id.Cohort) error {
	c, err := tx.Lock(no)
	if err != nil {
		return err
	}
	if c.State != Freezing {
		return errNotFreezing
	}
	known, err := tx.Known(ctx)
	if err != nil {
		return err
	}
	p, err := paint(ctx, tx, nil)
	if err != nil {
		return err
	}
	figures, err := p.figures(ctx, tx, no)
	if err != nil {
		return err
	}
	if figures[no].Resolved == 0 {
		return errEmpty
	}
	root, err := tx.Place(c, p.resolved[no].Members, func(person int) Reason { return p.reason(no, person) })
	if err != nil {
		return err
	}
	if c, err = c.freeze(figures[no], root, c.Rule.sources(known.lists()), tx.Now()); err != nil {
		return err
	}
	if err := tx.Save(c); err != nil {
		return err
	}
	return tx.Record(ledger.New(access.Actor{User: c.FrozenBy}, ledger.CohortFrozen, no).In(int64(c.Incident)).With(c.asFrozen()))
}

func (c Cohort) asFrozen() map[string]any {
	return map[string]any{"name": c.Name, "rule": c.Rule, "precedence": c.Precedence, "lists": c.Lists, "root": c.Root,
		"size": c.Figures.Size, "resolved_size": c.Figures.Resolved, "excluded": c.Figures.Excluded, "lost_to": c.Figures.LostTo}
}
