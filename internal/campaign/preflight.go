package campaign

import (
	"sort"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/relay"
)

// PreflightState is how far a preflight has come.
type PreflightState string

// The states of a preflight. The zero value is: never run for these settings.
const (
	Running   PreflightState = "running"
	Done      PreflightState = "done"
	Failed    PreflightState = "failed"
	Cancelled PreflightState = "cancelled"
)

// Preflight is what the check of a campaign found.
type Preflight struct {
	State    PreflightState `json:"state"`
	PlanNo   int            `json:"plan_no"`
	At       time.Time      `json:"at"`
	Progress int64          `json:"progress"` // people whose notice was made
	Total    int64          `json:"total"`
	OK       bool           `json:"ok"`
	PlanHash canon.Hash     `json:"plan_sha256"`
	Blocking []Finding      `json:"blocking"`
	Warnings []Finding      `json:"warnings"`
	Counts   Counts         `json:"counts"`
	Carrier  *Carrier       `json:"carrier,omitempty"`
}

// Carrier is how fast the relay may be sent to that carries a campaign first.
type Carrier struct {
	MaxRatePerSecond float64       `json:"max_rate_per_second"`
	WarmUp           *relay.WarmUp `json:"warm_up,omitempty"`
}

// Finding is one kind of problem with how many people it touches.
type Finding struct {
	Code   string       `json:"code"`
	Values fault.Values `json:"values,omitempty"`
	People int64        `json:"people,omitempty"`
}

// Counts say who gets what.
type Counts struct {
	ToSend         int64            `json:"to_send"`
	Suppressed     int64            `json:"suppressed"`
	Excluded       int64            `json:"excluded"`
	Held           int64            `json:"held"` // approved with the others, and sent to when the gate opens
	Unaddressed    int64            `json:"unaddressed"`
	Individuals    int64            `json:"individuals"`
	ByJurisdiction map[string]int64 `json:"by_jurisdiction"`
	ByVariant      map[string]int64 `json:"by_variant"` // of those who are sent to, or held
}

// Planned is for how many people a plan is approved: those for whom a gate is
// shut, too.
func (c Counts) Planned() int64 { return c.ToSend + c.Held }

// findings gathers problems by kind: a million people who lack one field are
// one line.
type findings struct {
	byKey map[string]*Finding
}

func newFindings() *findings { return &findings{byKey: map[string]*Finding{}} }

// add counts people to a finding; key keeps findings of one code apart.
func (f *findings) add(key string, finding Finding, people int64) {
	if at, ok := f.byKey[finding.Code+"\x00"+key]; ok {
		at.People += people
		return
	}
	finding.People = people
	f.byKey[finding.Code+"\x00"+key] = &finding
}

// list gives them in a stable order, with the count as a value of the sentence.
func (f *findings) list() []Finding {
	keys := make([]string, 0, len(f.byKey))
	for k := range f.byKey {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make([]Finding, len(keys))
	for i, k := range keys {
		out[i] = *f.byKey[k]
		values := fault.Values{}
		for name, v := range out[i].Values {
			values[name] = v
		}
		if out[i].People > 0 {
			values["people"] = out[i].People
		}
		out[i].Values = values
	}
	return out
}
