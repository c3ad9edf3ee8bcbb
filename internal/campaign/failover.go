package campaign

import (
	"context"
	"slices"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Failover moves what a campaign has still to send from one of its approved
// relays to another: within two seconds every worker goes on through the
// other, and nobody accepted is mailed again. The relay that was left is used
// again after a move back.
func (s Service) Failover(ctx context.Context, by access.Actor, no id.Campaign, m Move) (Campaign, error) {
	return s.steer(ctx, by, no, func(tx RunTx, c Campaign) (Campaign, error) {
		if err := c.mayMove(m); err != nil {
			return c, err
		}
		if err := needReason(m.Reason); err != nil {
			return c, err
		}
		told := entry(by, ledger.CampaignMoved, c).With(map[string]any{"from": m.From, "to": m.To, "reason": m.Reason})
		if err := tx.Move(c, m, by, told.ID); err != nil {
			return c, err
		}
		if err := tx.Record(told); err != nil {
			return c, err
		}
		return c, tx.Enqueue(task.Task{Name: task.Send, Object: int64(no)})
	})
}

// Move is a move from one approved relay to another.
type Move struct {
	From, To id.Relay
	Reason   string
}

// mayMove holds a move against the relays of the plan.
func (c Campaign) mayMove(m Move) error {
	if err := c.Allows(Moving); err != nil {
		return err
	}
	if len(c.Relays()) < 2 {
		return fault.New(fault.Conflict, "failover_one_relay", nil)
	}
	var wrong []fault.Field
	for name, r := range map[string]id.Relay{"from": m.From, "to": m.To} {
		if !slices.Contains(c.Relays(), r) {
			wrong = append(wrong, fault.Field{Name: name, Code: "relay_not_of_plan", Values: fault.Values{"relay": r.String()}})
		}
	}
	if m.From == m.To {
		wrong = append(wrong, fault.Field{Name: "to", Code: "relay_same"})
	}
	return fault.Wrongs(wrong)
}
