package campaign

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// steer runs one change of a campaign under way.
func (s Service) steer(ctx context.Context, by access.Actor, no id.Campaign, f func(RunTx, Campaign) (Campaign, error)) (Campaign, error) {
	if err := access.RunCampaign.Allow(by); err != nil {
		return Campaign{}, err
	}
	var out Campaign
	err := s.Store.Run(ctx, func(tx RunTx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		out, err = f(tx, c)
		return err
	})
	return out, err
}

// Pause stops new mail within two seconds in every worker: from its commit on
// no intent is granted. What is under way ends as it ends.
func (s Service) Pause(ctx context.Context, by access.Actor, no id.Campaign, reason string) (Campaign, error) {
	if err := needReason(reason); err != nil {
		return Campaign{}, err
	}
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		c, err := c.pause(Reason{Code: "person", By: by.String(), Text: reason}, tx.Now())
		if err != nil {
			return c, err
		}
		if err := tx.Save(c); err != nil {
			return c, err
		}
		if err := tx.Recall(no); err != nil {
			return c, err
		}
		return c, tx.Record(ledger.New(by, ledger.CampaignPaused, no).In(int64(c.Incident)).With(map[string]string{"reason": reason}))
	})
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
		if err := tx.Save(c); err != nil {
			return c, err
		}
		if paused != nil {
			if err := tx.Shift(no, tx.Now().Sub(*paused)); err != nil {
				return c, err
			}
		}
		if err := tx.Record(ledger.New(by, ledger.CampaignResumed, no).In(int64(c.Incident))); err != nil {
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
		if err := tx.Save(c); err != nil {
			return c, err
		}
		if err := tx.Recall(no); err != nil {
			return c, err
		}
		entry := ledger.New(by, ledger.CampaignAborted, no).In(int64(c.Incident))
		cancelled, err := tx.Cancel(c, entry.ID, by)
		if err != nil {
			return c, err
		}
		return c, tx.Record(entry.With(map[string]any{"reason": reason, "cancelled": cancelled}))
	})
}

// Slow lowers the rate at once, in every worker.
func (s Service) Slow(ctx context.Context, by access.Actor, no id.Campaign, perSecond float64) (Campaign, error) {
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		c, err := c.slow(perSecond)
		if err != nil {
			return c, err
		}
		if err := tx.Save(c); err != nil {
			return c, err
		}
		return c, tx.Record(ledger.New(by, ledger.CampaignSlowed, no).In(int64(c.Incident)).With(map[string]float64{"max_rate_per_second": perSecond}))
	})
}
