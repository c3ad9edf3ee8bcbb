package campaign

import (
	"context"
	"errors"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// ErrNoPlan means that no plan was made of the settings as they are.
var ErrNoPlan = fault.New(fault.Conflict, "no_such_plan", nil)

// Launch is what a person confirms at launch.
type Launch struct {
	PlanHash  canon.Hash `json:"plan_sha256"`
	Confirmed int64      `json:"confirm_recipients"` // typed; must equal the plan's count
}

// Approve binds legal to one plan by its hash. Another hash, an author of the
// text or a builder of the plan is refused, here and in the database.
func (s Service) Approve(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (Campaign, error) {
	if err := access.DecidePlan.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Decide, no, func(tx DecideTx, c Campaign) (Campaign, error) {
		people, err := tx.People(c)
		if err != nil {
			return c, err
		}
		if c, err = c.approve(by, plan, people); err != nil {
			return c, err
		}
		if _, err := refuseChanged(tx, c); err != nil {
			return c, err
		}
		if err := tx.Approve(c, by.User, comment); err != nil {
			return c, err
		}
		return c, save(tx, c, entry(by, ledger.PlanApproved, c).With(map[string]any{"plan_sha256": plan, "comment": comment}))
	})
}

// Reject sends a plan back, with the reason.
func (s Service) Reject(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (Campaign, error) {
	if err := access.RejectPlan.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Decide, no, func(tx DecideTx, c Campaign) (Campaign, error) {
		c, err := c.reject(plan, Reason{Code: "person", By: by.String(), Text: comment})
		if err != nil {
			return c, err
		}
		return c, save(tx, c, entry(by, ledger.PlanRejected, c).With(map[string]any{"plan_sha256": plan, "comment": comment}))
	})
}

// Launch starts what was approved, once. Every press but the first finds it
// launched. The plan is built anew and compared field by field: a change
// refuses the launch and is named, also where it has voided the plan.
func (s Service) Launch(ctx context.Context, by access.Actor, no id.Campaign, l Launch) (Campaign, error) {
	if err := access.Launch.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Decide, no, func(tx DecideTx, c Campaign) (Campaign, error) {
		people, err := tx.People(c)
		if err != nil {
			return c, err
		}
		if c, err = c.launch(by, l, people, tx.Now()); err != nil {
			return c, nameVoided(tx, c, l, err)
		}
		plan, err := refuseChanged(tx, c)
		if err != nil {
			return c, err
		}
		if err := refuseUncoded(tx, c, plan); err != nil {
			return c, err
		}
		if err := refuseUndecided(tx, no); err != nil {
			return c, err
		}
		return goLive(tx, c, by, l)
	})
}

func goLive(tx DecideTx, c Campaign, by access.Actor, l Launch) (Campaign, error) {
	if err := tx.Launch(c, l, by.User); err != nil {
		return c, err
	}
	if err := save(tx, c, entry(by, ledger.CampaignLaunched, c).With(l)); err != nil {
		return c, err
	}
	if started := c.start(tx.Now()); started.State == Sending {
		c = started
		if err := save(tx, c, entry(by, ledger.CampaignStarted, c)); err != nil {
			return c, err
		}
	}
	return c, tx.Enqueue(task.Task{Name: task.Send, Object: int64(c.ID)})
}

// refuseUndecided keeps a launch from dropping anybody silently. The plan stays
// approved.
func refuseUndecided(tx WorldTx, no id.Campaign) error {
	n, err := tx.Undecided(no)
	if err == nil && n > 0 {
		return fault.New(fault.Conflict, "people_undecided", fault.Values{"people": n})
	}
	return err
}

// refuseChanged gives the plan that was made, unless it is no longer what would
// be sent.
func refuseChanged(tx DecideTx, c Campaign) (Plan, error) {
	approved, now, err := tx.Rebuild(c)
	if err != nil {
		return approved, err
	}
	return approved, refuseDrift(approved, now)
}

// nameVoided adds to a refusal what was changed since the plan that is to be
// launched was made: an edit, or new checks, took its approval away.
func nameVoided(tx DecideTx, c Campaign, l Launch, refusal error) error {
	f, ok := fault.As(refusal)
	if !ok || f.Code != needsApproval || !c.in(Draft, Ready) {
		return refusal
	}
	c.PlanHash = l.PlanHash
	_, err := refuseChanged(tx, c)
	if changed, ok := fault.As(err); ok && changed.Kind == fault.Mismatch {
		f.Fields = changed.Fields
		return f
	}
	if err != nil && !errors.Is(err, ErrNoPlan) {
		return err
	}
	return refusal
}

// needReason refuses an action that stands on record without a why.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Wrong("reason", "reason_missing", nil)
	}
	return nil
}
