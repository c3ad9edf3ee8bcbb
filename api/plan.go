package api

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/pdf"
	"forthwith/internal/phrase"
)

// Plans is what these routes call to check, approve and launch.
type Plans interface {
	Get(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	StartPreflight(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	CancelPreflight(ctx context.Context, by access.Actor, no id.Campaign) error
	Plan(ctx context.Context, by access.Actor, no id.Campaign) ([]byte, campaign.Campaign, error)
	Paper(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Paper, error)
	Decisions
}

// Decisions are what people decide about a plan.
type Decisions interface {
	Approve(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (campaign.Campaign, error)
	Reject(ctx context.Context, by access.Actor, no id.Campaign, plan canon.Hash, comment string) (campaign.Campaign, error)
	Launch(ctx context.Context, by access.Actor, no id.Campaign, l campaign.Launch) (campaign.Campaign, error)
}

func planRoutes(r routes, s Plans) {
	h := plans{s}
	r.post("/campaigns/:campaign/preflight", h.start)
	r.get("/campaigns/:campaign/preflight", h.preflight)
	r.delete("/campaigns/:campaign/preflight", h.cancel)
	r.get("/campaigns/:campaign/plan", h.plan)
	r.get("/campaigns/:campaign/plan.pdf", h.paper)
	r.post("/campaigns/:campaign/approve", h.approve)
	r.post("/campaigns/:campaign/reject", h.reject)
	r.post("/campaigns/:campaign/launch", h.launch)
}

type plans struct{ service Plans }

// preflightView is a check as it is answered.
type preflightView struct {
	State           campaign.PreflightState `json:"state"`
	Progress        int64                   `json:"progress"`
	Total           int64                   `json:"total"`
	OK              bool                    `json:"ok"`
	PlanHash        canon.Hash              `json:"plan_sha256"`
	Blocking        []findingView           `json:"blocking"`
	Warnings        []findingView           `json:"warnings"`
	Counts          campaign.Counts         `json:"counts"`
	ProjectedFinish *time.Time              `json:"projected_finish"`
}

type findingView struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	People  int64  `json:"people"`
}

func viewFindings(all []campaign.Finding) []findingView {
	out := make([]findingView, 0, len(all))
	for _, f := range all {
		out = append(out, findingView{f.Code, phrase.Say(f.Code, f.Values), f.People})
	}
	return out
}

func viewPreflight(c campaign.Campaign) preflightView {
	p := c.Preflight
	if p.Counts.ByJurisdiction == nil {
		p.Counts.ByJurisdiction, p.Counts.ByVariant = map[string]int64{}, map[string]int64{}
	}
	v := preflightView{p.State, p.Progress, p.Total, p.OK, p.PlanHash, viewFindings(p.Blocking), viewFindings(p.Warnings), p.Counts, nil}
	if p.OK {
		v.ProjectedFinish = p.Finish(c)
	}
	return v
}

func (h plans) start(q request) error { return one(q, aCampaign, h.service.StartPreflight, checking) }

// checking answers with where the progress of the check is.
func checking(q request, c campaign.Campaign) error {
	return q.accepted("/campaigns/"+c.ID.String()+"/preflight", viewPreflight(c))
}

func (h plans) preflight(q request) error {
	return one(q, aCampaign, h.service.Get, func(q request, c campaign.Campaign) error {
		if c.Preflight.State == "" {
			return campaign.ErrNoPlan
		}
		return q.JSON(viewPreflight(c))
	})
}

func (h plans) cancel(q request) error { return gone(q, aCampaign, h.service.CancelPreflight) }

func (h plans) plan(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	document, c, err := h.service.Plan(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.JSON(map[string]any{"plan_sha256": c.PlanHash, "plan": json.RawMessage(document)})
}

// paper answers with the plan as a page to sign.
func (h plans) paper(q request) error {
	return one(q, aCampaign, h.service.Paper, func(q request, p campaign.Paper) error {
		page, err := pdf.Plan(p)
		if err != nil {
			return err
		}
		return httpguard.SendPDF(q.Ctx, p.Name(), page)
	})
}

// planDecision is what legal gives to approve or reject.
type planDecision struct {
	PlanHash canon.Hash `json:"plan_sha256"`
	Comment  string     `json:"comment"`
}

func (h plans) approve(q request) error { return h.decide(q, h.service.Approve) }
func (h plans) reject(q request) error  { return h.decide(q, h.service.Reject) }

func (h plans) decide(q request, do func(context.Context, access.Actor, id.Campaign, canon.Hash, string) (campaign.Campaign, error)) error {
	no, body, err := bodyFor[planDecision](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(do(q.UserContext(), q.actor, no, body.PlanHash, body.Comment))
}

func (h plans) launch(q request) error {
	no, body, err := bodyFor[campaign.Launch](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(h.service.Launch(q.UserContext(), q.actor, no, body))
}
