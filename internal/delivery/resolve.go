package delivery

import (
	"context"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// ErrNotFound means that there is no such delivery.
var ErrNotFound = fault.New(fault.NotFound, "no_such_delivery", nil)

// Resolution is a person's ruling on an unclear delivery.
type Resolution string

// The resolutions.
const (
	Resend          Resolution = "resend"            // it may arrive twice
	TreatAsAccepted Resolution = "treat_as_accepted" // it may not have arrived
)

// Case is one delivery with its record, locked for a decision.
type Case struct {
	ID       id.Delivery
	Incident int64
	Running  bool // the campaign is sending or paused
	History  outcome.History
}

// ResolveTx is one transaction about a delivery.
type ResolveTx interface {
	Lock(no id.Delivery) (Case, error)
	Decide(c Case, kind outcome.DecisionKind, attempts []int, by access.Actor, reason string, entry ledger.EntryID) error
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
}

// ResolveStore keeps decisions on deliveries.
type ResolveStore interface {
	Do(ctx context.Context, f func(ResolveTx) error) error
}

// Desk takes people's decisions on deliveries.
type Desk struct{ Store ResolveStore }

// Resolve rules on an unclear delivery, with a reason that goes on record. A
// second ruling finds it clear and is refused.
func (d Desk) Resolve(ctx context.Context, by access.Actor, no id.Delivery, r Resolution, reason string) error {
	if err := access.RunCampaign.Allow(by); err != nil {
		return err
	}
	if err := checkResolution(r, reason); err != nil {
		return err
	}
	return d.Store.Do(ctx, func(tx ResolveTx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		kind, attempts, err := c.resolve(r)
		if err != nil {
			return err
		}
		entry := ledger.New(by, ledger.DeliveryDecided, no).In(c.Incident).With(map[string]any{"decision": kind, "attempts": attempts, "reason": reason})
		if err := tx.Decide(c, kind, attempts, by, reason, entry.ID); err != nil {
			return err
		}
		if err := tx.Record(entry); err != nil {
			return err
		}
		return tx.Enqueue(task.Task{Name: task.Send, Object: no.Parent})
	})
}

func checkResolution(r Resolution, reason string) error {
	var wrong []fault.Field
	if r != Resend && r != TreatAsAccepted {
		wrong = append(wrong, fault.Field{Name: "outcome", Code: "field_not_one_of", Values: fault.Values{"name": "outcome", "choices": "resend, treat_as_accepted"}})
	}
	if strings.TrimSpace(reason) == "" {
		wrong = append(wrong, fault.Field{Name: "reason", Code: "reason_missing"})
	}
	return fault.Wrongs(wrong)
}

// resolve finds the attempts that a ruling speaks of.
func (c Case) resolve(r Resolution) (outcome.DecisionKind, []int, error) {
	if s := c.History.Status(); s != outcome.Indeterminate {
		return "", nil, fault.New(fault.Conflict, "not_indeterminate", fault.Values{"status": string(s)})
	}
	kind := outcome.DecideTreatAccepted
	if r == Resend {
		if kind = outcome.DecideResend; !c.Running {
			return "", nil, fault.New(fault.Conflict, "resend_needs_running", nil)
		}
	}
	return kind, c.History.Unclear(), nil
}
