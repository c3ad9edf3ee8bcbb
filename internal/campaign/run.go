package campaign

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// steer runs one change of a campaign under way.
func (s Service) steer(ctx context.Context, by access.Actor, no id.Campaign, f func(RunTx, Campaign) (Campaign, error)) (Campaign, error) {
	if err := access.RunCampaign.Allow(by); err != nil {
		return Campaign{}, err
	}
	return change(ctx, s.Store.Run, no, f)
}

// Pause stops new mail within two seconds in every worker: from its commit on
// no intent is granted. What is under way ends as it ends.
func (s Service) Pause(ctx context.Context, by access.Actor, no id.Campaign, reason string) (Campaign, error) {
	if err := needReason(reason); err != nil {
		return Campaign{}, err
	}
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		return stop(tx, c, by, Reason{Code: "person", By: by.String(), Text: reason}, reason)
	})
}

// Alarm pauses a campaign because the program found something wrong with what
// it was about to send. Nobody asks for it, so the system is on record as who
// did. A campaign that is not being sent stays as it is, so that any number of
// workers may call.
func (s Service) Alarm(ctx context.Context, no id.Campaign) error {
	_, err := change(ctx, s.Store.Run, no, func(tx RunTx, c Campaign) (Campaign, error) {
		if !c.in(Sending) {
			return c, nil
		}
		return stopItself(tx, c, Reason{Code: alarmed})
	})
	return err
}

// alarmed is the sentence about a campaign that the program paused.
const alarmed = "paused_letter_withheld"

// stop pauses a campaign, and puts on record who did it and why.
func stop(tx RunTx, c Campaign, by access.Actor, why Reason, reason string) (Campaign, error) {
	c, err := c.pause(why, tx.Now())
	if err != nil {
		return c, err
	}
	if err := halt(tx, c); err != nil {
		return c, err
	}
	return c, tx.Record(entry(by, ledger.CampaignPaused, c).With(map[string]string{"reason": reason}))
}

// stopItself pauses a campaign that nobody asked to pause.
func stopItself(tx RunTx, c Campaign, why Reason) (Campaign, error) {
	why.By = access.System.String()
	c, err := stop(tx, c, access.System, why, why.Code)
	if err != nil {
		return c, err
	}
	return c, tx.Warn(c)
}

// textWithdrawn is the sentence about a campaign whose text legal withdrew.
const textWithdrawn = "stopped_text_withdrawn"

// TakeBack stops a campaign whose text legal withdraws, in the same transaction: it
// tells nobody more what the public page already disowns. One that waits for its
// time is a draft again, one that is being sent is paused, any other stays.
func TakeBack(tx RunTx, no id.Campaign) error {
	c, err := tx.Lock(no)
	if err != nil {
		return err
	}
	why := Reason{Code: textWithdrawn, By: access.System.String()}
	switch c.State {
	case Scheduled:
		told := entry(access.System, ledger.PlanRejected, c).With(map[string]any{"plan_sha256": c.PlanHash, "comment": textWithdrawn})
		return save(tx, c.void(&why), told)
	case Sending:
		_, err = stopItself(tx, c, why)
	}
	return err
}

// Resumable tells whether a campaign is paused and may go on one day: not one that
// was paused because its text was withdrawn.
func (c Campaign) Resumable() bool {
	return c.State == Paused && (c.Reason == nil || c.Reason.Code != textWithdrawn)
}

// refuseWithdrawn keeps a campaign paused whose text was withdrawn.
func refuseWithdrawn(tx RunTx, c Campaign) error {
	withdrawn, err := tx.Withdrawn(c)
	if err == nil && withdrawn {
		return fault.New(fault.Conflict, "resume_text_withdrawn", nil)
	}
	return err
}

// halt writes a campaign that sends no more: no intent is granted for what is
// claimed.
func halt(tx RunTx, c Campaign) error {
	if err := tx.Save(c); err != nil {
		return err
	}
	return tx.Recall(c.ID)
}

// Resume goes on with those who wait; nobody accepted is mailed again. Time
// spent paused does not count against anybody's expiry.
func (s Service) Resume(ctx context.Context, by access.Actor, no id.Campaign) (Campaign, error) {
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		paused := c.PausedAt
		c, err := c.resume()
		if err != nil {
			return c, err
		}
		if err := refuseWithdrawn(tx, c); err != nil {
			return c, err
		}
		if err := tx.Save(c); err != nil {
			return c, err
		}
		if paused != nil {
			if err := tx.Shift(no, tx.Now().Sub(*paused)); err != nil {
				return c, err
			}
		}
		if err := tx.Record(entry(by, ledger.CampaignResumed, c)); err != nil {
			return c, err
		}
		return c, tx.Enqueue(task.Task{Name: task.Send, Object: int64(no)})
	})
}

// Abort ends a campaign for good: whoever still waits is cancelled.
func (s Service) Abort(ctx context.Context, by access.Actor, no id.Campaign, reason string) (Campaign, error) {
	if err := needReason(reason); err != nil {
		return Campaign{}, err
	}
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		c, err := c.abort(Reason{Code: "person", By: by.String(), Text: reason}, tx.Now())
		if err != nil {
			return c, err
		}
		if err := halt(tx, c); err != nil {
			return c, err
		}
		told := entry(by, ledger.CampaignAborted, c)
		cancelled, err := tx.Cancel(c, told.ID, by)
		if err != nil {
			return c, err
		}
		return c, tx.Record(told.With(map[string]any{"reason": reason, "cancelled": cancelled}))
	})
}

// Pace is what may be lowered under way: the rate of the whole, and the bounds
// of domains. What is left out stays.
type Pace struct {
	MaxRatePerSecond *float64  `json:"max_rate_per_second,omitempty"`
	MaxPerDomain     PerDomain `json:"max_per_domain,omitempty"`
}

// Slow lowers rates at once, in every worker.
func (s Service) Slow(ctx context.Context, by access.Actor, no id.Campaign, p Pace) (Campaign, error) {
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		c, err := c.slow(p)
		if err != nil {
			return c, err
		}
		return c, save(tx, c, entry(by, ledger.CampaignSlowed, c).With(p))
	})
}
