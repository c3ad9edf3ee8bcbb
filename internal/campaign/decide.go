package campaign

import (
	"context"
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
	var c Campaign
	err := s.Store.Decide(ctx, func(tx DecideTx) error {
		var err error
		if c, err = tx.Lock(no); err != nil {
			return err
		}
		people, err := tx.People(c)
		if err != nil {
			return err
		}
		if c, err = c.approve(by, plan, people); err != nil {
			return err
		}
		if err := refuseChanged(tx, c); err != nil {
			return err
		}
		if err := tx.Approve(c, by.User, comment); err != nil {
			return err
		}
		if err := tx.Save(c); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.PlanApproved, no).In(int64(c.Incident)).
			With(map[string]any{"plan_sha256": plan, "comment": comment}))
	})
	return c, err
}

// Reject sends a plan back, with the reason.
func (s Service) Reject(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (Campaign, error) {
	if err := access.RejectPlan.Allow(by); err != nil {
		return Campaign{}, err
	}
	var c Campaign
	err := s.Store.Decide(ctx, func(tx DecideTx) error {
		var err error
		if c, err = tx.Lock(no); err != nil {
			return err
		}
		if c, err = c.reject(plan, Reason{Code: "person", By: by.String(), Text: comment}); err != nil {
			return err
		}
		if err := tx.Save(c); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.PlanRejected, no).In(int64(c.Incident)).
			With(map[string]any{"plan_sha256": plan, "comment": comment}))
	})
	return c, err
}

// Launch starts what was approved, once. Every press but the first finds it
// launched. The plan is built anew and compared field by field: a change
// refuses the launch and is named.
func (s Service) Launch(ctx context.Context, by access.Actor, no id.Campaign, l Launch) (Campaign, error) {
	if err := access.Launch.Allow(by); err != nil {
		return Campaign{}, err
	}
	var c Campaign
	err := s.Store.Decide(ctx, func(tx DecideTx) error {
		var err error
		if c, err = tx.Lock(no); err != nil {
			return err
		}
		people, err := tx.People(c)
		if err != nil {
			return err
		}
		if c, err = c.launch(by, l, people, tx.Now()); err != nil {
			return err
		}
		if err := refuseChanged(tx, c); err != nil {
			return err
		}
		return s.goLive(tx, c, by, l, &c)
	})
	return c, err
}

func (s Service) goLive(tx DecideTx, c Campaign, by access.Actor, l Launch, out *Campaign) error {
	if err := tx.Launch(c, l, by.User); err != nil {
		return err
	}
	if err := tx.Save(c); err != nil {
		return err
	}
	if err := tx.Record(ledger.New(by, ledger.CampaignLaunched, c.ID).In(int64(c.Incident)).With(l)); err != nil {
		return err
	}
	started := c.start(tx.Now())
	if started.State == Sending {
		if err := tx.Save(started); err != nil {
			return err
		}
		if err := tx.Record(ledger.New(by, ledger.CampaignStarted, c.ID).In(int64(c.Incident))); err != nil {
			return err
		}
	}
	*out = started
	return tx.Enqueue(task.Task{Name: task.Send, Object: int64(c.ID)})
}

func refuseChanged(tx DecideTx, c Campaign) error {
	approved, now, err := tx.Rebuild(c)
	if err != nil {
		return err
	}
	return refuseDrift(approved, now)
}

// needReason refuses an action that stands on record without a why.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Wrong("reason", "reason_missing", nil)
	}
	return nil
}
