package campaign

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Widening is what a campaign may do beyond its plan. Its canonical JSON has one
// SHA-256, which legal approves while the campaign is paused.
type Widening struct {
	Format           string         `json:"format"`
	Campaign         id.Campaign    `json:"campaign"`
	Plan             canon.Hash     `json:"plan_sha256"`
	No               int            `json:"no"` // within the campaign
	MadeAt           time.Time      `json:"made_at"`
	Relays           []PlannedRelay `json:"relays"`              // after those that it has, in this order
	MaxRatePerSecond *float64       `json:"max_rate_per_second"` // nil: as before
}

// AmendmentFormat names the form of the document.
const AmendmentFormat = "forthwith/amendment/v1"

// Amendment is a widening with who asked for it and who approved it.
type Amendment struct {
	ID         id.Amendment
	Hash       canon.Hash
	Reason     string // sealed at rest
	MadeBy     id.User
	ApprovedBy id.User // 0: nobody yet
	ApprovedAt *time.Time
	Newest     bool // none was made after it
	Widening
}

// AmendmentState is how an amendment stands.
type AmendmentState string

// The states. Only the newest can be approved.
const (
	AmendmentProposed   AmendmentState = "proposed"
	AmendmentApproved   AmendmentState = "approved"
	AmendmentSuperseded AmendmentState = "superseded"
)

// State is derived from the approval and from what came after.
func (a Amendment) State() AmendmentState {
	switch {
	case a.ApprovedBy != 0:
		return AmendmentApproved
	case !a.Newest:
		return AmendmentSuperseded
	}
	return AmendmentProposed
}

// ReadWidening reads a stored document back.
func ReadWidening(document []byte) (Widening, error) {
	var w Widening
	if err := json.Unmarshal(document, &w); err != nil {
		return w, fmt.Errorf("read amendment: %w", err)
	}
	return w, nil
}

// Wider is what ops asks for.
type Wider struct {
	Relays  []id.Relay `json:"relays"`
	MaxRate *float64   `json:"max_rate"`
	Reason  string     `json:"reason"`
}

// Relays are those that the campaign may use: of its plan, and of approved
// amendments.
func (c Campaign) Relays() []id.Relay {
	all := slices.Clone(c.Settings.Relays)
	for _, w := range c.Widened {
		for _, r := range w.Relays {
			if !slices.Contains(all, r.ID) {
				all = append(all, r.ID)
			}
		}
	}
	return all
}

// MaxRate is the highest rate that was approved.
func (c Campaign) MaxRate() float64 {
	rate := c.Settings.MaxRatePerSecond
	for _, w := range c.Widened {
		if w.MaxRatePerSecond != nil {
			rate = *w.MaxRatePerSecond
		}
	}
	return rate
}

// check refuses what would widen nothing, naming each field. What is wrong with
// a relay is asked of relays.
func (w Wider) check(c Campaign) error {
	var wrong []fault.Field
	bad := func(name, code string, values fault.Values) {
		wrong = append(wrong, fault.Field{Name: name, Code: code, Values: values})
	}
	if len(w.Relays) == 0 && w.MaxRate == nil {
		bad("relays", "amendment_empty", nil)
	}
	has := c.Relays()
	if len(has)+len(w.Relays) > mostRelays {
		bad("relays", "field_out_of_range", fault.Values{"name": "relays", "from": 1, "to": mostRelays})
	}
	for _, r := range w.Relays {
		if slices.Contains(has, r) {
			bad("relays", "relay_of_plan", fault.Values{"relay": r.String()})
		}
		has = append(has, r)
	}
	if w.MaxRate != nil && !(*w.MaxRate > c.MaxRate() && *w.MaxRate <= fastestRate) {
		bad("max_rate", "amendment_not_faster", fault.Values{"now": c.MaxRate(), "to": fastestRate})
	}
	if err := needReason(w.Reason); err != nil {
		bad("reason", "reason_missing", nil)
	}
	return fault.Wrongs(wrong)
}

// refuseRelays refuses relays that may not join.
func refuseRelays(relays []RelayNow) error {
	var wrong []fault.Field
	for _, r := range relays {
		switch {
		case r.Quarantined:
			wrong = append(wrong, fault.Field{Name: "relays", Code: "amendment_relay_quarantined", Values: fault.Values{"relay": r.Name}})
		case r.Excluded:
			wrong = append(wrong, fault.Field{Name: "relays", Code: "amendment_relay_excluded", Values: fault.Values{"relay": r.Name}})
		}
	}
	return fault.Wrongs(wrong)
}
