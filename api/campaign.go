package api

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// Campaigns is what these routes call to make and read campaigns.
type Campaigns interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, s campaign.Settings) (campaign.Campaign, error)
	Edit(ctx context.Context, by access.Actor, no id.Campaign, seen int, edit func(campaign.Settings) campaign.Settings) (campaign.Campaign, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Campaign, limit int, where ...filter.Equal) ([]campaign.Campaign, error)
	Watch(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, campaign.Figures, error)
}

func campaignRoutes(r routes, s Campaigns) {
	h := campaigns{s}
	r.get("/incidents/:incident/campaigns", h.list, pages(anyOf("state", campaign.States), itsID("cohort_id", aCohort), itsID("corrects", aCampaign)))
	r.post("/incidents/:incident/campaigns", h.create)
	r.get("/campaigns/:campaign", h.get)
	r.patch("/campaigns/:campaign", h.edit)
}

type campaigns struct{ service Campaigns }

// campaignSettings are what a POST gives, and a PATCH in part.
type campaignSettings struct {
	Name             *string          `json:"name"`
	Cohort           *id.Cohort       `json:"cohort_id"`
	Version          *id.Version      `json:"version_id"`
	Sender           *id.Sender       `json:"sender_id"`
	Relays           *[]id.Relay      `json:"relays"`
	MaxRatePerSecond *float64         `json:"max_rate_per_second"`
	ScheduleAt       *time.Time       `json:"schedule_at"`
	ExpireAfter      *int64           `json:"expire_after_seconds"`
	OnIndeterminate  *campaign.Policy `json:"on_indeterminate"`
	Corrects         *campaignOrNone  `json:"corrects"`

	// Given empty they are taken away.
	MaxPerDomain   *campaign.PerDomain  `json:"max_per_domain"`
	MaxConcurrency *campaign.PerDomain  `json:"max_concurrency_per_domain"`
	Ramp           *[]campaign.RampStep `json:"ramp"`
	StopAbove      *float64             `json:"stop_above_percent"`
	SendWindow     *campaign.Window     `json:"send_window"`
}

func (s campaignSettings) apply(to campaign.Settings) campaign.Settings {
	set(&to.Name, s.Name)
	set(&to.Cohort, s.Cohort)
	set(&to.Version, s.Version)
	set(&to.Sender, s.Sender)
	set(&to.Relays, s.Relays)
	set(&to.MaxRatePerSecond, s.MaxRatePerSecond)
	set(&to.OnIndeterminate, s.OnIndeterminate)
	if s.Corrects != nil {
		to.Corrects = s.Corrects.Campaign
	}
	set(&to.MaxPerDomain, s.MaxPerDomain)
	set(&to.MaxConcurrency, s.MaxConcurrency)
	set(&to.Ramp, s.Ramp)
	if s.StopAbove != nil {
		to.StopAbove = s.StopAbove
	}
	if s.SendWindow != nil {
		to.SendWindow = s.SendWindow
	}
	if s.ScheduleAt != nil {
		to.ScheduleAt = s.ScheduleAt
	}
	if s.ExpireAfter != nil {
		to.ExpireAfter = time.Duration(*s.ExpireAfter) * time.Second
	}
	return to
}

// campaignOrNone is a campaign that an empty text takes away.
type campaignOrNone struct{ id.Campaign }

// UnmarshalJSON reads it.
func (c *campaignOrNone) UnmarshalJSON(raw []byte) error {
	if string(raw) == `""` {
		c.Campaign = 0
		return nil
	}
	return json.Unmarshal(raw, &c.Campaign)
}

// campaignView is a campaign as it is answered.
type campaignView struct {
	ID              id.Campaign              `json:"id"`
	Incident        id.Incident              `json:"incident_id"`
	State           campaign.State           `json:"state"`
	Name            string                   `json:"name"`
	Cohort          id.Cohort                `json:"cohort_id"`
	Version         id.Version               `json:"version_id"`
	Sender          id.Sender                `json:"sender_id"`
	Relays          []id.Relay               `json:"relays"`
	MaxRate         float64                  `json:"max_rate_per_second"`
	Pace            float64                  `json:"pace_per_second"`
	ScheduleAt      *time.Time               `json:"schedule_at"`
	ExpireAfter     int64                    `json:"expire_after_seconds"`
	OnIndeterminate campaign.Policy          `json:"on_indeterminate"`
	MaxPerDomain    campaign.PerDomain       `json:"max_per_domain"`
	PacePerDomain   campaign.PerDomain       `json:"pace_per_domain"`
	MaxConcurrency  campaign.PerDomain       `json:"max_concurrency_per_domain"`
	Ramp            []campaign.RampStep      `json:"ramp"`
	RampStep        int                      `json:"ramp_step"`
	RampUntil       *time.Time               `json:"ramp_until"`
	StopAbove       *float64                 `json:"stop_above_percent"`
	SendWindow      *campaign.Window         `json:"send_window"`
	Corrects        *id.Campaign             `json:"corrects"`
	PlanHash        canon.Hash               `json:"plan_sha256"`
	Reason          *reasonView              `json:"reason"`
	Counts          map[outcome.Status]int64 `json:"counts"`
	Rate            float64                  `json:"rate_per_second"`
	ProjectedFinish *time.Time               `json:"projected_finish"`
	Explained       bool                     `json:"explained"`
	StartedAt       *time.Time               `json:"started_at"`
	EndedAt         *time.Time               `json:"finished_at"`
	CreatedAt       time.Time                `json:"created_at"`
	AsOf            *time.Time               `json:"as_of"`
}

type reasonView struct {
	Code string `json:"code"`
	By   string `json:"by,omitempty"`
	Text string `json:"text,omitempty"`

	// Of a campaign that stopped because too many messages were refused.
	Relay   id.Relay `json:"relay_id,omitempty"`
	Refused int64    `json:"refused,omitempty"`
	All     int64    `json:"all,omitempty"`
}

func viewCampaign(c campaign.Campaign) campaignView {
	s := c.Settings
	v := campaignView{ID: c.ID, Incident: c.Incident, State: c.State, Name: s.Name, Cohort: s.Cohort, Version: s.Version, Sender: s.Sender, Relays: s.Relays,
		MaxRate: s.MaxRatePerSecond, Pace: c.Rate(), ScheduleAt: s.ScheduleAt, ExpireAfter: int64(s.ExpireAfter / time.Second), OnIndeterminate: s.OnIndeterminate,
		MaxPerDomain: s.MaxPerDomain, PacePerDomain: c.PerDomain(), MaxConcurrency: s.MaxConcurrency, Ramp: s.Ramp, RampStep: c.Ramp.Step, RampUntil: c.Ramp.Until, StopAbove: s.StopAbove, SendWindow: s.SendWindow,
		PlanHash: c.PlanHash, Counts: map[outcome.Status]int64{}, StartedAt: c.StartedAt, EndedAt: c.EndedAt, CreatedAt: c.CreatedAt}
	if s.Corrects != 0 {
		v.Corrects = &s.Corrects
	}
	if c.Reason != nil {
		v.Reason = &reasonView{c.Reason.Code, c.Reason.By, c.Reason.Text, c.Reason.Relay, c.Reason.Refused, c.Reason.All}
	}
	return v
}

func viewFigures(c campaign.Campaign, f campaign.Figures) campaignView {
	v := viewCampaign(c)
	v.Counts, v.Rate, v.ProjectedFinish, v.AsOf = f.Counts, f.PerSecond, f.Finish(c), &f.At
	v.Explained = c.StartedAt != nil && f.Explained()
	return v
}

func answerCampaign(q request, c campaign.Campaign) error {
	return q.versioned(c.Version, viewCampaign(c))
}

func (h campaigns) create(q request) error {
	incident, body, err := bodyFor[campaignSettings](q, anIncident)
	if err != nil {
		return err
	}
	return then(q, madeCampaign)(h.service.Create(q.UserContext(), q.actor, incident, body.apply(campaign.Settings{})))
}

func madeCampaign(q request, c campaign.Campaign) error {
	return q.createdVersioned("/campaigns/"+c.ID.String(), c.Version, viewCampaign(c))
}

func (h campaigns) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(c campaign.Campaign) id.Campaign { return c.ID }, viewCampaign)
}

func (h campaigns) get(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	c, f, err := h.service.Watch(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.versioned(c.Version, viewFigures(c, f))
}

func (h campaigns) edit(q request) error {
	no, seen, body, err := changeOf[campaignSettings](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(h.service.Edit(q.UserContext(), q.actor, no, seen, body.apply))
}
