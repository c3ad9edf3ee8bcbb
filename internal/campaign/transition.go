package campaign

import (
	"slices"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
)

// wrongState says what a campaign would have to be for an action.
func (c Campaign) wrongState(verb string) error {
	return fault.New(fault.Conflict, "campaign_wrong_state", fault.Values{"verb": verb, "state": string(c.State)})
}

func (c Campaign) in(states ...State) bool { return slices.Contains(states, c.State) }

// Step is what people do with a plan or a campaign under way.
type Step string

// The steps that pages offer only where they are possible.
const (
	Rejecting Step = "reject"
	Pausing   Step = "pause"
	Resuming  Step = "resume"
	Aborting  Step = "abort"
	Moving    Step = "failover"
	Slowing   Step = "pace"
	Amending  Step = "amend"
	Testing   Step = "test"
)

var steps = map[Step]struct {
	done string
	from []State
}{
	Rejecting: {"sent back", []State{Ready, Approved, Scheduled}},
	Pausing:   {"paused", []State{Sending}},
	Resuming:  {"resumed", []State{Paused}},
	Aborting:  {"aborted", []State{Scheduled, Sending, Paused}},
	Moving:    {"moved to another relay", []State{Scheduled, Sending, Paused}},
	Slowing:   {"slowed", []State{Scheduled, Sending, Paused}},
	Amending:  {"amended", []State{Paused}},
	Testing:   {"sent to staff as a test", []State{Ready, Approved, Scheduled, Sending, Paused}},
}

// Allows refuses a step that a campaign cannot take where it stands.
func (c Campaign) Allows(s Step) error {
	if !c.in(steps[s].from...) {
		return c.wrongState(steps[s].done)
	}
	return nil
}

// edit gives the campaign with other settings, as a draft whose plan is void.
func (c Campaign) edit(seen int, s Settings) (Campaign, error) {
	switch {
	case c.State == Preflighting:
		return c, fault.New(fault.Conflict, "edit_while_preflighting", nil)
	case !c.in(Draft, Ready, Approved, Scheduled):
		return c, c.wrongState("edited")
	case seen != c.Version:
		return c, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	s = s.Normalise()
	if err := s.Check(); err != nil {
		return c, err
	}
	c.Settings = s
	return c.void(nil), nil
}

// void returns a campaign to draft. What narrowed its plan ends with the plan: over
// another one, an old bound of a domain could be the wider.
func (c Campaign) void(why *Reason) Campaign {
	c.State, c.PlanHash, c.Reason = Draft, canon.Hash{}, why
	c.Pace, c.DomainPace = 0, nil
	c.Preflight = Preflight{}
	c.Version++
	return c
}

// beginPreflight numbers the plan that is going to be made.
func (c Campaign) beginPreflight() (Campaign, error) {
	if !c.in(Draft, Ready, Approved) {
		return c, c.wrongState("checked")
	}
	c.State, c.PlanHash, c.Reason = Preflighting, canon.Hash{}, nil
	c.PlanNo++
	c.Version++
	c.Preflight = Preflight{State: Running}
	return c, nil
}

// endPreflight takes the findings; with a plan the campaign is ready.
func (c Campaign) endPreflight(found Preflight) (Campaign, error) {
	if c.State != Preflighting || c.PlanNo != found.PlanNo {
		return c, fault.New(fault.Conflict, "preflight_overtaken", nil)
	}
	c.Preflight, c.PlanHash = found, found.PlanHash
	c.State = Draft
	if found.OK {
		c.State = Ready
	}
	c.Version++
	return c, nil
}

// approve binds a person of legal to exactly this plan.
func (c Campaign) approve(by access.Actor, seen canon.Hash, people access.People) (Campaign, error) {
	switch {
	case !c.in(Ready):
		return c, c.wrongState("approved")
	case seen != c.PlanHash:
		return c, fault.New(fault.Mismatch, "other_plan", nil)
	}
	if err := people.MayApprovePlan(by.User); err != nil {
		return c, err
	}
	c.State = Approved
	c.Version++
	return c, nil
}

// reject returns the plan to its builders.
func (c Campaign) reject(seen canon.Hash, why Reason) (Campaign, error) {
	if err := c.Allows(Rejecting); err != nil {
		return c, err
	}
	if seen != c.PlanHash {
		return c, fault.New(fault.Mismatch, "other_plan", nil)
	}
	return c.void(&why), nil
}

// planAge is how old a plan may be at launch.
const planAge = 7 * 24 * time.Hour

const needsApproval = "launch_needs_approval"

// launch gives the launched campaign. What the world says (relays, drift of
// the plan) is asked before.
func (c Campaign) launch(by access.Actor, l Launch, people access.People, at time.Time) (Campaign, error) {
	switch {
	case c.in(Scheduled, Sending, Paused, Complete, ClosedEarly, Aborted):
		return c, fault.New(fault.Conflict, "launched_already", fault.Values{"state": string(c.State)})
	case !c.in(Approved):
		return c, fault.New(fault.Conflict, needsApproval, fault.Values{"state": string(c.State)})
	case l.PlanHash != c.PlanHash:
		return c, fault.New(fault.Mismatch, "other_plan", nil)
	case c.Preflight.Counts.ToSend == 0:
		return c, fault.New(fault.Conflict, "launch_all_held", fault.Values{"people": c.Preflight.Counts.Held})
	case l.Confirmed != c.Preflight.Counts.ToSend:
		return c, fault.Wrong("confirm_recipients", "launch_count", fault.Values{"typed": l.Confirmed, "planned": c.Preflight.Counts.ToSend})
	case at.Sub(c.Preflight.At) > planAge:
		return c, fault.New(fault.Conflict, "plan_too_old", nil)
	}
	if err := people.MayLaunch(by.User); err != nil {
		return c, err
	}
	c.State = Scheduled
	c.Version++
	return c, nil
}

// start moves a launched campaign to sending when nothing stands before it.
func (c Campaign) start(at time.Time) Campaign {
	if c.State == Scheduled && (c.Settings.ScheduleAt == nil || !c.Settings.ScheduleAt.After(at)) {
		c.State, c.StartedAt = Sending, &at
		c.Version++
	}
	return c
}

func (c Campaign) pause(why Reason, at time.Time) (Campaign, error) {
	if err := c.Allows(Pausing); err != nil {
		return c, err
	}
	c.State, c.Reason, c.PausedAt = Paused, &why, &at
	c.Version++
	return c, nil
}

func (c Campaign) resume() (Campaign, error) {
	if err := c.Allows(Resuming); err != nil {
		return c, err
	}
	c.State, c.Reason, c.PausedAt = Sending, nil, nil
	c.Version++
	return c, nil
}

func (c Campaign) abort(why Reason, at time.Time) (Campaign, error) {
	if err := c.Allows(Aborting); err != nil {
		return c, err
	}
	c.State, c.Reason, c.EndedAt = Aborted, &why, &at
	c.Version++
	return c, nil
}

// slow lowers rates. More than the plan allows, or than was allowed until now,
// is an amendment.
func (c Campaign) slow(p Pace) (Campaign, error) {
	if err := c.Allows(Slowing); err != nil {
		return c, err
	}
	switch {
	case p.MaxRatePerSecond == nil && len(p.MaxPerDomain) == 0:
		return c, fault.Wrong("max_rate_per_second", "field_missing", fault.Values{"name": "max_rate_per_second"})
	case p.MaxRatePerSecond != nil && !(*p.MaxRatePerSecond > 0 && *p.MaxRatePerSecond <= c.Rate()):
		return c, fault.Wrong("max_rate_per_second", "pace_only_lower", fault.Values{"now": c.Rate()})
	}
	if p.MaxRatePerSecond != nil {
		c.Pace = *p.MaxRatePerSecond
	}
	if len(p.MaxPerDomain) > 0 {
		lowered, err := c.PerDomain().lower(p.MaxPerDomain.normalise())
		if err != nil {
			return c, err
		}
		c.DomainPace = lowered
	}
	c.Version++
	return c, nil
}
