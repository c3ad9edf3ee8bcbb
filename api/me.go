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

// secondFactor is the body that opens what needs one.
type secondFactor struct {
	Code *string `json:"code"`
}

func (h me) stepUp(q request) error {
	in, err := bodyOf[secondFactor](q)
	if err != nil {
		return err
	}
	if in.Code == nil {
		return fault.Wrong("code", "field_missing", fault.Values{"name": "code"})
	}
	return then(q, as(viewStepUp))(h.service.StepUp(q.UserContext(), q.actor, *in.Code))
}

func viewStepUp(until time.Time) map[string]time.Time {
	return map[string]time.Time{"until": until.UTC()}
}
