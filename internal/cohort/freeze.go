package cohort

import (
	"context"
	"errors"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

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
	if err := figures.decided(); c.State == Drafted && err != nil {
		return c, err
	}
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

// decided refuses a freeze while people who match were placed in a broader
// cohort before, and nobody has said what they are to hear.
func (f Figures) decided() error {
	n := 0
	for _, u := range f.Upgrades {
		n += u.Size
	}
	if n > 0 {
		return fault.New(fault.Conflict, "cohort_undecided", fault.Values{"people": n})
	}
	return nil
}

var errEmpty = fault.New(fault.Conflict, "cohort_empty", nil)

// FreezeNow does what Freeze asked for, in one transaction: it resolves all
// first cohorts, drafts included, writes members and placements, the root over
// the digests of the members, and who was left out as excluded. A second run finds the cohort frozen and
// does nothing. A cohort that nobody is left in becomes a draft again.
func (s Service) FreezeNow(ctx context.Context, no id.Cohort) error {
	c, err := s.Store.Cohort(ctx, no)
	if err != nil || c.State != Freezing {
		return err
	}
	err = s.Store.Freeze(ctx, c, func(tx FreezeTx) error { return freeze(ctx, tx, no) })
	switch {
	case fault.Is(err, errNotFreezing.Code), errors.Is(err, task.ErrRunsAlready):
		return nil
	case fault.Is(err, errEmpty.Code), fault.Is(err, "cohort_undecided"):
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
	if err := figures[no].decided(); err != nil {
		return err
	}
	if figures[no].Resolved == 0 {
		return errEmpty
	}
	root, err := tx.Place(c, p.resolved[no].Members, func(person int) Reason { return p.reason(no, person) })
	if err != nil {
		return err
	}
	if err := tx.LeaveOut(c, p.resolved[no].Excluded); err != nil {
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
	return map[string]any{"name": c.Name, "rule": c.Rule, "precedence": c.Precedence, "basis_campaign": c.Basis, "lists": c.Lists, "root": c.Root,
		"considered": c.Figures.Considered, "excluded_by": c.Figures.ExcludedBy, "size": c.Figures.Size, "resolved_size": c.Figures.Resolved, "excluded": c.Figures.Excluded, "lost_to": c.Figures.LostTo}
}
