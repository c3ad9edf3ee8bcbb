package main

import (
	"context"
	"fmt"
	"net/http"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
	"forthwith/internal/sample"
)

// plannedCampaign is what legal and ops decide on.
type plannedCampaign struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	PlanHash string `json:"plan_sha256"`
}

// decision is a command that needs a second factor.
type decision struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	Code     string `help:"The code of your second factor; a sample person's is known."`
}

// open finds the plan, and gives the second factor where one was typed.
func (d decision) open(ctx context.Context, role string) (*sample.Client, *sample.Person, plannedCampaign, error) {
	var now plannedCampaign
	client, by, err := d.as(role)
	if err != nil {
		return nil, nil, now, err
	}
	if d.Code != "" {
		if _, err := client.Call(ctx, by, http.MethodPost, "/step-up", map[string]string{"code": d.Code}, nil); err != nil {
			return nil, nil, now, err
		}
	}
	if _, err := client.Call(ctx, by, http.MethodGet, "/campaigns/"+d.Campaign, nil, &now); err != nil {
		return nil, nil, now, err
	}
	if now.PlanHash == "" {
		return nil, nil, now, fault.New(fault.Conflict, "no_such_plan", nil)
	}
	return client, by, now, nil
}

// campaignApprove binds legal to the plan as it stands.
type campaignApprove struct {
	decision
	Plan string `help:"The hash of the plan that you read; the newest plan by default."`
}

// Run approves, and says which hash.
func (c campaignApprove) Run(ctx context.Context) error {
	client, by, now, err := c.open(ctx, "legal")
	if err != nil {
		return err
	}
	if c.Plan != "" {
		now.PlanHash = c.Plan
	}
	if _, err := client.Call(ctx, by, http.MethodPost, "/campaigns/"+c.Campaign+"/approve", map[string]string{"plan_sha256": now.PlanHash}, nil); err != nil {
		return err
	}
	fmt.Println(phrase.Say("campaign_approved", map[string]any{"name": now.Name, "plan": now.PlanHash}))
	return nil
}

// campaignLaunch sends what was approved.
type campaignLaunch struct {
	decision
	Recipients int64 `required:"" help:"The number of people, typed; it must be the plan's."`
}

// Run launches, and follows the campaign until it has ended.
func (c campaignLaunch) Run(ctx context.Context) error {
	client, by, now, err := c.open(ctx, "ops")
	if err != nil {
		return err
	}
	body := map[string]any{"plan_sha256": now.PlanHash, "confirm_recipients": c.Recipients}
	if _, err := client.Call(ctx, by, http.MethodPost, "/campaigns/"+c.Campaign+"/launch", body, nil); err != nil {
		return err
	}
	return campaignStatus{remote: c.remote, Campaign: c.Campaign, Follow: true}.Run(ctx)
}
