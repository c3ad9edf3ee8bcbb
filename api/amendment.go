package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/id"
)

// Amendments is what these routes call.
type Amendments interface {
	Propose(ctx context.Context, by access.Actor, no id.Campaign, w campaign.Wider) (campaign.Amendment, error)
	Approve(ctx context.Context, by access.Actor, no id.Amendment, seen canon.Hash, comment string) (campaign.Amendment, error)
	Get(ctx context.Context, by access.Actor, no id.Amendment) (campaign.Amendment, error)
	List(ctx context.Context, by access.Actor, no id.Campaign) ([]campaign.Amendment, error)
}

func amendmentRoutes(r routes, s Amendments) {
	h := amendments{s}
	r.get("/campaigns/:campaign/amendments", h.list)
	r.post("/campaigns/:campaign/amendments", h.propose)
	r.get("/amendments/:amendment", h.get)
	r.post("/amendments/:amendment/approve", h.approve)
}

type amendments struct{ service Amendments }

type amendmentView struct {
	ID         id.Amendment            `json:"id"`
	Campaign   id.Campaign             `json:"campaign_id"`
	Hash       canon.Hash              `json:"sha256"`
	State      campaign.AmendmentState `json:"state"`
	Relays     []campaign.PlannedRelay `json:"relays"`
	MaxRate    *float64                `json:"max_rate"`
	Reason     string                  `json:"reason"`
	MadeBy     id.User                 `json:"made_by"`
	MadeAt     time.Time               `json:"made_at"`
	ApprovedBy *id.User                `json:"approved_by"`
	ApprovedAt *time.Time              `json:"approved_at"`
}

func viewAmendment(a campaign.Amendment) amendmentView {
	return amendmentView{a.ID, a.Campaign, a.Hash, a.State(), a.Relays, a.MaxRatePerSecond, a.Reason, a.MadeBy, a.MadeAt, orNone(a.ApprovedBy), a.ApprovedAt}
}

func (h amendments) list(q request) error {
	return one(q, aCampaign, h.service.List, as(items(viewAmendment)))
}

func (h amendments) get(q request) error {
	return one(q, anAmendment, h.service.Get, as(viewAmendment))
}

func (h amendments) propose(q request) error {
	no, wider, err := bodyFor[campaign.Wider](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, func(q request, a campaign.Amendment) error {
		return q.created("/amendments/"+a.ID.String(), viewAmendment(a))
	})(h.service.Propose(q.UserContext(), q.actor, no, wider))
}

// amendmentDecision is what legal gives to approve an amendment.
type amendmentDecision struct {
	Hash    canon.Hash `json:"sha256"`
	Comment string     `json:"comment"`
}

func (h amendments) approve(q request) error {
	no, d, err := bodyFor[amendmentDecision](q, anAmendment)
	if err != nil {
		return err
	}
	return then(q, as(viewAmendment))(h.service.Approve(q.UserContext(), q.actor, no, d.Hash, d.Comment))
}
