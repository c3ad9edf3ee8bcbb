package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/identity"
)

// Myself is what these routes call.
type Myself interface {
	Me(ctx context.Context, by access.Actor) (identity.User, error)
	StepUp(ctx context.Context, by access.Actor, code string) (time.Time, error)
}

func meRoutes(r routes, s Myself) {
	h := me{s}
	r.get("/me", h.get)
	r.post("/step-up", h.stepUp, unstored)
}

type me struct{ service Myself }

type meView struct {
	userView
	Scopes    []access.Scope `json:"scopes"`
	SteppedUp bool           `json:"stepped_up"`
}

func (h me) get(q request) error {
	u, err := h.service.Me(q.UserContext(), q.actor)
	if err != nil {
		return err
	}
	return q.JSON(meView{viewUser(u), q.actor.Scopes, q.actor.SteppedUp})
}

func (h me) stepUp(q request) error {
	var in struct {
		Code *string `json:"code"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.Code == nil {
		return fault.Wrong("code", "field_missing", fault.Values{"name": "code"})
	}
	until, err := h.service.StepUp(q.UserContext(), q.actor, *in.Code)
	if err != nil {
		return err
	}
	return q.JSON(map[string]time.Time{"until": until.UTC()})
}
