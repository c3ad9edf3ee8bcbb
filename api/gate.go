package api

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Gates is what these routes call.
type Gates interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, d cohort.GateDraft) (cohort.GateNow, error)
	Lift(ctx context.Context, by access.Actor, no id.Gate, why string) (cohort.GateNow, error)
	Get(ctx context.Context, by access.Actor, no id.Gate) (cohort.GateNow, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Gate, limit int, where ...filter.Equal) ([]cohort.GateNow, error)
	Held(ctx context.Context, by access.Actor, g cohort.Gate, after int64, limit int) ([]cohort.Recipient, error)
}

func gateRoutes(r routes, s Gates) {
	h := gates{s}
	r.get("/incidents/:incident/gates", h.list, pages(anyOf("state", cohort.LiftStates), itsID("cohort", aCohort)))
	r.post("/incidents/:incident/gates", h.create)
	r.get("/gates/:gate", h.get)
	r.get("/gates/:gate/recipients", h.held, pages())
	r.post("/gates/:gate/lift", h.lift)
}

type gates struct{ service Gates }

// gateView is a gate with how many members of its cohort it is open and shut for.
type gateView struct {
	ID         id.Gate          `json:"id"`
	IncidentID id.Incident      `json:"incident_id"`
	Cohort     id.Cohort        `json:"cohort_id"`
	State      cohort.LiftState `json:"state"`
	Name       string           `json:"name"`
	Rule       cohort.Rule      `json:"rule"`
	Sentence   string           `json:"sentence"`
	Open       int              `json:"open"`
	Shut       int              `json:"shut"`
	By         id.User          `json:"made_by"`
	At         time.Time        `json:"made_at"`
	Lifting    *liftingView     `json:"lifted"`
}

func viewGate(g cohort.GateNow) gateView {
	v := gateView{g.ID, g.Incident, g.Cohort, g.State(), g.Name, g.Rule, g.Rule.Sentence(cohort.Ids), g.Open, g.Shut, g.By, g.At, nil}
	if g.Lifting != nil {
		lifted := liftingView(*g.Lifting)
		v.Lifting = &lifted
	}
	return v
}

type gateDraft struct {
	Name   string          `json:"name"`
	Cohort id.Cohort       `json:"cohort_id"`
	Rule   json.RawMessage `json:"rule"`
}

func (h gates) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(g cohort.GateNow) id.Gate { return g.ID }, viewGate)
}

func (h gates) create(q request) error {
	incident, body, err := bodyFor[gateDraft](q, anIncident)
	if err != nil {
		return err
	}
	rule, err := givenRule(body.Rule)
	if err != nil {
		return err
	}
	return then(q, madeGate)(h.service.Create(q.UserContext(), q.actor, incident, cohort.GateDraft{Cohort: body.Cohort, Name: body.Name, Rule: rule}))
}

func madeGate(q request, g cohort.GateNow) error {
	return q.created("/gates/"+g.ID.String(), viewGate(g))
}

func (h gates) get(q request) error { return one(q, aGate, h.service.Get, as(viewGate)) }

// held lists those for whom a gate is shut.
func (h gates) held(q request) error {
	no, err := aGate.in(q)
	if err != nil {
		return err
	}
	g, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after int64, limit int, _ ...filter.Equal) ([]cohort.Recipient, error) {
		return h.service.Held(ctx, by, g.Gate, after, limit)
	}
	return list(q, page, func(r cohort.Recipient) int64 { return r.ID.No }, viewRecipient)
}

func (h gates) lift(q request) error {
	no, body, err := bodyFor[because](q, aGate)
	if err != nil {
		return err
	}
	return then(q, as(viewGate))(h.service.Lift(q.UserContext(), q.actor, no, body.Reason))
}
