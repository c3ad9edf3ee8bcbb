package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
)

// Controls is what these routes call to steer a campaign under way.
type Controls interface {
	Pause(ctx context.Context, by access.Actor, no id.Campaign, reason string) (campaign.Campaign, error)
	Resume(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	Abort(ctx context.Context, by access.Actor, no id.Campaign, reason string) (campaign.Campaign, error)
	Failover(ctx context.Context, by access.Actor, no id.Campaign, m campaign.Move) (campaign.Campaign, error)
	Slow(ctx context.Context, by access.Actor, no id.Campaign, p campaign.Pace) (campaign.Campaign, error)
}

func controlRoutes(r routes, s Controls) {
	h := controls{s}
	r.post("/campaigns/:campaign/pause", h.pause)
	r.post("/campaigns/:campaign/resume", h.resume)
	r.post("/campaigns/:campaign/abort", h.abort)
	r.put("/campaigns/:campaign/pace", h.pace)
	r.post("/campaigns/:campaign/failover", h.failover)
}

type controls struct{ service Controls }

// because is a body that holds a reason.
type because struct {
	Reason string `json:"reason"`
}

func (h controls) pause(q request) error { return h.steer(q, h.service.Pause) }
func (h controls) abort(q request) error { return h.steer(q, h.service.Abort) }

func (h controls) resume(q request) error {
	return h.steer(q, func(ctx context.Context, by access.Actor, no id.Campaign, _ string) (campaign.Campaign, error) {
		return h.service.Resume(ctx, by, no)
	})
}

func (h controls) steer(q request, do func(context.Context, access.Actor, id.Campaign, string) (campaign.Campaign, error)) error {
	no, body, err := bodyFor[because](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(do(q.UserContext(), q.actor, no, body.Reason))
}

func (h controls) pace(q request) error {
	no, body, err := bodyFor[campaign.Pace](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(h.service.Slow(q.UserContext(), q.actor, no, body))
}

// move is the body that names the relay to leave and the one to go on with.
type move struct {
	From   id.Relay `json:"from"`
	To     id.Relay `json:"to"`
	Reason string   `json:"reason"`
}

func (h controls) failover(q request) error {
	no, body, err := bodyFor[move](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, answerCampaign)(h.service.Failover(q.UserContext(), q.actor, no, campaign.Move(body)))
}
