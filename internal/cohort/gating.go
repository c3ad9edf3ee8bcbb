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

// GateTx is one transaction over gates. No launch of the cohort's campaigns comes
// between.
type GateTx interface {
	Now() time.Time
	// Free locks the campaigns of a cohort, and gives the name of one that tells
	// it now, or none.
	Free(no id.Cohort) (campaign string, err error)
	// Insert keeps a gate. A cohort that is not the incident's is a fault that
	// names the field.
	Insert(g Gate, entry ledger.EntryID) (id.Gate, error)
	Lock(no id.Gate) (Gate, error)
	Lift(g Gate, entry ledger.EntryID) error
	Record(e ledger.Entry) error
	// ReviewGates has the gates of an incident looked at.
	ReviewGates(no id.Incident) error
}

// ReviewTx is the transaction of a review. No other review of the incident runs
// beside it.
type ReviewTx interface {
	Leaves
	// Gates gives those that hold, of frozen cohorts.
	Gates() ([]Gate, error)
	Members(ctx context.Context, no id.Cohort) (Bitset, error)
	// Passed gives those for whom a gate is open on record.
	Passed(g Gate) (Bitset, error)
	// Keep writes down for whom a gate opened, and for whom it shut again, and
	// gives the root over the digests of all of them.
	Keep(g Gate, opened, shut Bitset, entry ledger.EntryID) (canon.Hash, error)
	// Apply lets those through in plans that were made already, and holds the
	// others, unless they were told.
	Apply() error
	Record(e ledger.Entry) error
}

// GateStore keeps gates.
type GateStore interface {
	Do(ctx context.Context, f func(GateTx) error) error
	// Read shows one moment of an incident.
	Read(ctx context.Context, incident id.Incident, f func(Scene) error) error
	// Review runs f in one transaction; where no gate stands, it does not.
	Review(ctx context.Context, incident id.Incident, f func(ReviewTx) error) error
	Gate(ctx context.Context, no id.Gate) (Gate, error)
	// Gates reads a page in order of ids.
	Gates(ctx context.Context, incident id.Incident, after id.Gate, limit int, where ...filter.Equal) ([]Gate, error)
	Reviews(ctx context.Context, no id.Gate, limit int) ([]GateReview, error)
	// Named reads people by their numbers, masked.
	Named(ctx context.Context, incident id.Incident, people []int64) ([]Recipient, error)
}

// Gates answers for what must be known of people before they are told.
type Gates struct{ Store GateStore }

// Create puts a gate before a cohort. Plans that were made before it are no
// longer what would be sent; while a campaign tells the cohort it is refused.
func (s Gates) Create(ctx context.Context, by access.Actor, incident id.Incident, d GateDraft) (GateNow, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return GateNow{}, err
	}
	d = d.normalise()
	if err := s.check(ctx, incident, d); err != nil {
		return GateNow{}, err
	}
	var made id.Gate
	err := s.Store.Do(ctx, func(tx GateTx) error {
		if err := free(tx, d.Cohort); err != nil {
			return err
		}
		told := ledger.New(by, ledger.GateCreated, incident).In(int64(incident))
		var err error
		if made, err = tx.Insert(Gate{GateDraft: d, Incident: incident, By: by.User, At: tx.Now()}, told.ID); err != nil {
			return err
		}
		told.Object = made.String()
		if err := tx.Record(told.With(d.told())); err != nil {
			return err
		}
		return tx.ReviewGates(incident)
	})
	if err != nil {
		return GateNow{}, err
	}
	return s.Get(ctx, by, made)
}

func (s Gates) check(ctx context.Context, incident id.Incident, d GateDraft) error {
	return s.Store.Read(ctx, incident, func(scene Scene) error {
		known, err := scene.Known(ctx)
		if err != nil {
			return err
		}
		return d.check(known)
	})
}

// free refuses while a campaign tells a cohort.
func free(tx GateTx, no id.Cohort) error {
	campaign, err := tx.Free(no)
	if err == nil && campaign != "" {
		err = errTold(campaign)
	}
	return err
}

// Lift takes a gate away: nobody is held by it in plans that are made after. Plans
// that were made before are no longer what would be sent.
func (s Gates) Lift(ctx context.Context, by access.Actor, no id.Gate, why string) (GateNow, error) {
	if err := access.BuildCohorts.Allow(by); err != nil {
		return GateNow{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(reason.Check(why)); err != nil {
		return GateNow{}, err
	}
	err := s.Store.Do(ctx, func(tx GateTx) error {
		g, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if g.Lifting != nil {
			return fault.New(fault.Conflict, "gate_lifted", nil)
		}
		if err := free(tx, g.Cohort); err != nil {
			return err
		}
		g.Lifting = &Lifting{Reason: why, By: by.User, At: tx.Now()}
		told := ledger.New(by, ledger.GateLifted, no).In(int64(g.Incident))
		if err := tx.Lift(g, told.ID); err != nil {
			return err
		}
		return tx.Record(told.With(map[string]any{"cohort": g.Cohort, "reason_sha256": reason.Digest(why)}))
	})
	if err != nil {
		return GateNow{}, err
	}
	return s.Get(ctx, by, no)
}

// Review writes down what lists say about the gates of an incident, and lets
// people through in plans that wait for them. It may run at any time and as often
// as one likes: where nothing changed, it leaves nothing.
func (s Gates) Review(ctx context.Context, incident id.Incident) error {
	return s.Store.Review(ctx, incident, func(tx ReviewTx) error {
		all, err := tx.Gates()
		if err != nil {
			return err
		}
		for _, g := range all {
			if err := g.review(ctx, tx); err != nil {
				return err
			}
		}
		return tx.Apply()
	})
}

func (g Gate) review(ctx context.Context, tx ReviewTx) error {
	members, err := tx.Members(ctx, g.Cohort)
	if err != nil {
		return err
	}
	passed, err := tx.Passed(g)
	if err != nil {
		return err
	}
	now, _, err := g.sides(ctx, tx, members)
	if err != nil {
		return err
	}
	opened, shut := now.Minus(passed), passed.Minus(now)
	if opened.Len()+shut.Len() == 0 {
		return nil
	}
	told := ledger.New(access.System, ledger.GateReviewed, g.ID).In(int64(g.Incident))
	root, err := tx.Keep(g, opened, shut, told.ID)
	if err != nil {
		return err
	}
	return tx.Record(told.With(map[string]any{"cohort": g.Cohort, "opened": opened.Len(), "shut": shut.Len(), "root": root}))
}
