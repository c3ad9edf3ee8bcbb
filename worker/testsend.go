package worker

import (
	"context"
	"fmt"
	"slices"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/phrase"
)

// openTest makes those of a test send: the notice of the plan that it was asked
// for, marked, and filled for nobody who exists.
func (o Opener) openTest(ctx context.Context, job delivery.StaffJob, t campaign.TestSend, left []campaign.Addressee) (delivery.StaffJob, error) {
	c, err := o.Campaigns.Campaign(ctx, t.Campaign)
	if err != nil {
		return job, err
	}
	job.Campaign, job.Rate = int64(c.ID), c.Rate()
	if t.Overtaken(c) {
		job.Letters = unsent(left, delivery.TestOvertaken)
		return job, nil
	}
	if err := o.fillTest(ctx, &job, c, t, left); err != nil {
		return job, fmt.Errorf("open %s: %w", t.ID, err)
	}
	return job, nil
}

// fillTest makes a letter for everybody who is left, and says which relays it
// may take.
func (o Opener) fillTest(ctx context.Context, job *delivery.StaffJob, c campaign.Campaign, t campaign.TestSend, left []campaign.Addressee) error {
	plan, err := o.plan(ctx, c)
	if err != nil {
		return err
	}
	excluded, err := o.Tests.ExcludedRelays(ctx, c.Incident)
	if err != nil {
		return err
	}
	for _, w := range c.Widened {
		plan.Relays = append(plan.Relays, w.Relays...)
	}
	plan.Relays = slices.DeleteFunc(plan.Relays, func(r campaign.PlannedRelay) bool {
		return slices.Contains(excluded, r.Host) || slices.Contains(excluded, r.ID.String())
	})
	job.Relays = relaysOf(plan, nil)
	_, names, err := o.Campaigns.Keys(ctx, c.Incident)
	if err != nil {
		return err
	}
	signing, err := o.Campaigns.Signing(ctx, plan.Sender)
	if err != nil {
		return err
	}
	skeleton, values := plan.Text.Sample(plan.Told(), secondOf(t.At))
	m, err := newStaffMaker(skeleton.Marked(phrase.Say("test_mark", nil)), values, plan.Sender, signing, names, secondOf(t.At))
	if err != nil {
		job.Letters = unsent(left, delivery.NotMade)
		return nil
	}
	m.fill(job, left)
	return nil
}
