package campaign

import (
	"context"
	"reflect"
	"slices"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// ErrNoAmendment means that there is no such amendment.
var ErrNoAmendment = fault.New(fault.NotFound, "no_such_amendment", nil)

// AmendTx is a transaction about what a campaign may do beyond its plan.
type AmendTx interface {
	Tx
	People(c Campaign) (access.People, error)
	// RelaysNow reads relays as they stand, with what speaks against them.
	RelaysNow(c Campaign, relays []id.Relay) ([]RelayNow, error)
	// Amendments reads all of a campaign, the oldest first. Reasons stay sealed.
	Amendments(no id.Campaign) ([]Amendment, error)
	InsertAmendment(c Campaign, document []byte, a Amendment) (id.Amendment, error)
	ApproveAmendment(c Campaign, a Amendment, by id.User, comment string) error
}

// AmendStore keeps amendments.
type AmendStore interface {
	Amend(ctx context.Context, f func(AmendTx) error) error
	// Amendment reads one, with its reason.
	Amendment(ctx context.Context, no id.Amendment) (Amendment, error)
	// AmendmentsOf reads all of a campaign, the newest first, with their reasons.
	AmendmentsOf(ctx context.Context, no id.Campaign) ([]Amendment, error)
}

// Amendments answers for what campaigns may do beyond their plans.
type Amendments struct {
	Store     AmendStore
	Campaigns Store
}

// Propose asks for a wider plan of a paused campaign. Nothing changes before
// legal approves it by its hash; a newer one supersedes it.
func (s Amendments) Propose(ctx context.Context, by access.Actor, no id.Campaign, w Wider) (Amendment, error) {
	if err := access.Amend.Allow(by); err != nil {
		return Amendment{}, err
	}
	var made Amendment
	_, err := change(ctx, s.Store.Amend, no, func(tx AmendTx, c Campaign) (Campaign, error) {
		if err := c.Allows(Amending); err != nil {
			return c, err
		}
		if err := w.check(c); err != nil {
			return c, err
		}
		relays, err := tx.RelaysNow(c, w.Relays)
		if err != nil {
			return c, err
		}
		if err := refuseRelays(relays); err != nil {
			return c, err
		}
		before, err := tx.Amendments(no)
		if err != nil {
			return c, err
		}
		made = Amendment{Reason: w.Reason, MadeBy: by.User, Newest: true, Widening: Widening{Format: AmendmentFormat, Campaign: no, Plan: c.PlanHash,
			No: len(before) + 1, MadeAt: tx.Now().UTC().Truncate(time.Microsecond), Relays: planned(relays), MaxRatePerSecond: w.MaxRate}}
		return c, s.keep(tx, c, by, &made)
	})
	return made, err
}

func planned(relays []RelayNow) []PlannedRelay {
	out := make([]PlannedRelay, len(relays))
	for i, r := range relays {
		out[i] = r.PlannedRelay
	}
	return out
}

func (s Amendments) keep(tx AmendTx, c Campaign, by access.Actor, a *Amendment) error {
	document, sum, err := canon.Sum(a.Widening)
	if err != nil {
		return err
	}
	a.Hash = sum
	if a.ID, err = tx.InsertAmendment(c, document, *a); err != nil {
		return err
	}
	return tx.Record(ledger.New(by, ledger.AmendmentProposed, a.ID).In(int64(c.Incident)).
		With(map[string]any{"campaign": c.ID, "sha256": sum, "amendment": a.Widening, "reason": a.Reason}))
}

// Approve binds legal to exactly this amendment by its hash, while the campaign
// is paused. From then on its relays follow those of the plan, and its rate is
// the highest that is allowed. A relay that was changed since, or may not join
// any more, refuses the approval.
func (s Amendments) Approve(ctx context.Context, by access.Actor, no id.Amendment, seen canon.Hash, comment string) (Amendment, error) {
	if err := access.DecidePlan.Allow(by); err != nil {
		return Amendment{}, err
	}
	found, err := s.Store.Amendment(ctx, no)
	if err != nil {
		return found, err
	}
	_, err = change(ctx, s.Store.Amend, found.Campaign, func(tx AmendTx, c Campaign) (Campaign, error) {
		all, err := tx.Amendments(c.ID)
		if err != nil {
			return c, err
		}
		a := all[slices.IndexFunc(all, func(a Amendment) bool { return a.ID == no })]
		if err := s.mayApprove(tx, c, by, a, seen); err != nil {
			return c, err
		}
		if err := tx.ApproveAmendment(c, a, by.User, comment); err != nil {
			return c, err
		}
		if a.MaxRatePerSecond != nil {
			c.Pace = 0
		}
		c.Version++
		told := ledger.New(by, ledger.AmendmentApproved, a.ID).In(int64(c.Incident)).With(map[string]any{"campaign": c.ID, "sha256": seen, "comment": comment})
		return c, save(tx, c, told)
	})
	if err != nil {
		return Amendment{}, err
	}
	return s.Store.Amendment(ctx, no)
}

func (s Amendments) mayApprove(tx AmendTx, c Campaign, by access.Actor, a Amendment, seen canon.Hash) error {
	if err := c.Allows(Amending); err != nil {
		return err
	}
	switch a.State() {
	case AmendmentApproved:
		return fault.New(fault.Conflict, "amendment_approved", nil)
	case AmendmentSuperseded:
		return fault.New(fault.Conflict, "amendment_superseded", nil)
	}
	if seen != a.Hash {
		return fault.New(fault.Mismatch, "other_amendment", nil)
	}
	people, err := tx.People(c)
	if err != nil {
		return err
	}
	people.Builders = append(people.Builders, a.MadeBy)
	if err := people.MayWiden(by.User); err != nil {
		return err
	}
	return refuseMoved(tx, c, a)
}

// refuseMoved refuses an amendment whose relays are no longer what it says.
func refuseMoved(tx AmendTx, c Campaign, a Amendment) error {
	numbers := make([]id.Relay, len(a.Relays))
	for i, r := range a.Relays {
		numbers[i] = r.ID
	}
	now, err := tx.RelaysNow(c, numbers)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(planned(now), a.Relays) {
		return fault.New(fault.Mismatch, "amendment_relay_changed", nil)
	}
	return refuseRelays(now)
}

// Get reads an amendment.
func (s Amendments) Get(ctx context.Context, by access.Actor, no id.Amendment) (Amendment, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Amendment{}, err
	}
	return s.Store.Amendment(ctx, no)
}

// List gives the amendments of a campaign, the newest first.
func (s Amendments) List(ctx context.Context, by access.Actor, no id.Campaign) ([]Amendment, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	if _, err := s.Campaigns.Campaign(ctx, no); err != nil {
		return nil, err
	}
	return s.Store.AmendmentsOf(ctx, no)
}
