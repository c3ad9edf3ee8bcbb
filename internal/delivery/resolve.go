package delivery

import (
	"context"
	"maps"
	"slices"
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

// Cases are the unclear deliveries of one campaign, locked for a decision.
type Cases struct {
	Campaign id.Campaign
	Incident int64
	Running  bool
	Unclear  map[int64][]int // the attempts that nobody knows about, by delivery
}

// ResolveTx is one transaction about deliveries.
type ResolveTx interface {
	Lock(no id.Delivery) (Case, error)
	// LockUnclear locks those of a campaign, or those of them that went through
	// one relay. ErrNotFound when there is no such campaign.
	LockUnclear(no id.Campaign, through id.Relay) (Cases, error)
	// Decide appends one decision for each unclear attempt, and restates the
	// deliveries.
	Decide(c Cases, kind outcome.DecisionKind, by access.Actor, reason string, entry ledger.EntryID) error
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
		return decide(tx, Cases{Campaign: id.Campaign(no.Parent), Incident: c.Incident, Unclear: map[int64][]int{no.No: attempts}}, kind, by, reason, entry)
	})
}

func decide(tx ResolveTx, c Cases, kind outcome.DecisionKind, by access.Actor, reason string, entry ledger.Entry) error {
	if err := tx.Decide(c, kind, by, reason, entry.ID); err != nil {
		return err
	}
	if err := tx.Record(entry); err != nil {
		return err
	}
	return tx.Enqueue(task.Task{Name: task.Send, Object: int64(c.Campaign)})
}

// Many is a ruling on all unclear deliveries of a campaign.
type Many struct {
	Outcome   Resolution `json:"outcome"`
	Reason    string     `json:"reason"`
	Relay     id.Relay   `json:"relay"`              // only those that went through it; 0: all
	Confirmed int64      `json:"confirm_deliveries"` // typed; must equal their number
}

// ResolveMany rules on all unclear deliveries of a campaign, or on those that
// went through one relay, in one transaction and with one entry in the ledger.
// Their number must be the one that the person saw. It gives the number; a second
// ruling finds none.
func (d Desk) ResolveMany(ctx context.Context, by access.Actor, no id.Campaign, m Many) (int64, error) {
	if err := access.RunCampaign.Allow(by); err != nil {
		return 0, err
	}
	if err := checkResolution(m.Outcome, m.Reason); err != nil {
		return 0, err
	}
	var n int64
	err := d.Store.Do(ctx, func(tx ResolveTx) error {
		c, err := tx.LockUnclear(no, m.Relay)
		if err != nil {
			return err
		}
		n = int64(len(c.Unclear))
		kind, err := c.resolve(m)
		if err != nil {
			return err
		}
		seqs := slices.Sorted(maps.Keys(c.Unclear))
		entry := ledger.New(by, ledger.DeliveryDecided, no).In(c.Incident).With(map[string]any{"decision": kind, "deliveries": n, "seqs": seqs, "reason": m.Reason})
		return decide(tx, c, kind, by, m.Reason, entry)
	})
	return n, err
}

// resolve finds the decision that a ruling on many makes.
func (c Cases) resolve(m Many) (outcome.DecisionKind, error) {
	n := int64(len(c.Unclear))
	switch {
	case n == 0:
		return "", fault.New(fault.Conflict, "deliveries_unclear", nil)
	case m.Confirmed != n:
		return "", fault.Wrong("confirm_deliveries", "resolve_count", fault.Values{"typed": m.Confirmed, "found": n})
	case m.Outcome == TreatAsAccepted:
		return outcome.DecideTreatAccepted, nil
	case !c.Running:
		return "", fault.New(fault.Conflict, "resend_needs_running", nil)
	}
	return outcome.DecideResend, nil
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
