package web

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) showApprovePlan(v *visit) error {
	p, err := v.approvePlanPage()
	if err != nil {
		return err
	}
	return v.show("approve-plan", p)
}

func (v *visit) approvePlanPage() (views.Page, error) {
	c, p, err := v.decision("approve_plan_title", approvedFor)
	if err != nil {
		return p, err
	}
	b := p.Body.(planBody)
	b.Sentence = phrase.Say("approve_plan_sentence", map[string]any{"count": b.Planned})
	if held := b.Planned - b.ToSend; held > 0 {
		b.Sentence += " " + phrase.Say("plan_held", map[string]any{"count": held})
	}
	if b.Why, err = v.whyNoPlan(c); err != nil {
		return p, err
	}
	p.Body = b
	return p, nil
}

// whyNoPlan says why the reader cannot decide on a plan here, and who can.
func (v *visit) whyNoPlan(c campaign.Campaign) (string, error) {
	why, err := v.whyNot(c, access.DecidePlan, access.People.MayApprovePlan)
	if err == nil && why == "" && c.State != campaign.Ready {
		why = phrase.Say("approve_plan_not_ready", map[string]any{"state": phrase.Say("state_campaign_"+string(c.State), nil)})
	}
	return why, err
}

// whyNot says what keeps the reader from a decision on a campaign: their role,
// or the rule of different people. Nothing does when it is empty.
func (v *visit) whyNot(c campaign.Campaign, needs access.Permission, rule func(access.People, id.User) error) (string, error) {
	by := v.actor()
	by.SteppedUp = true // the page asks for the code
	s, err := v.standing(c.Incident)
	if err != nil {
		return "", err
	}
	short := named(s.Campaigns, func(o overview.Campaign) bool { return o.ID == c.ID })
	for _, refusal := range []error{needs.Allow(by), rule(short.People, by.User)} {
		if f, ok := fault.As(refusal); ok {
			return sentence(f.Code, f.Values), nil
		}
	}
	return "", nil
}

// approvePlan signs exactly the plan that the page showed.
func (w *site) approvePlan(v *visit) error {
	v.refused(onScreen("approve-plan", (*visit).approvePlanPage))
	return v.decidePlan(true, w.Plans.Approve)
}

func (w *site) showRejectPlan(v *visit) error {
	p, err := v.rejectPlanPage()
	if err != nil {
		return err
	}
	return v.show("reject-plan", p)
}

func (v *visit) rejectPlanPage() (views.Page, error) {
	c, p, err := v.decision("reject_plan_title", approvedFor)
	if err != nil {
		return p, err
	}
	b := p.Body.(planBody)
	b.Why = whyNoStep(access.RejectPlan.Allow(v.actor()), c.Allows(campaign.Rejecting))
	p.Body = b
	return p, nil
}

// rejectPlan sends a plan back with a reason.
func (w *site) rejectPlan(v *visit) error {
	v.refused(onScreen("reject-plan", (*visit).rejectPlanPage))
	if err := v.needs("comment"); err != nil {
		return err
	}
	return v.decidePlan(false, w.Plans.Reject)
}

func (v *visit) decidePlan(factor bool, do func(context.Context, access.Actor, id.Campaign, canon.Hash, string) (campaign.Campaign, error)) error {
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	plan, err := v.planHash()
	if err == nil && factor {
		err = v.stepUp()
	}
	if err != nil {
		return err
	}
	if _, err := do(v.UserContext(), v.actor(), no, plan, v.field("comment")); err != nil {
		return err
	}
	return v.to(campaignURL(no))
}
