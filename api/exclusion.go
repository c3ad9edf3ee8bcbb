package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Exclusions is what these routes call.
type Exclusions interface {
	Exclude(ctx context.Context, by access.Actor, incident id.Incident, d cohort.Exclude) (cohort.Exclusion, error)
	Lift(ctx context.Context, by access.Actor, no id.Exclusion, reason string) (cohort.Exclusion, error)
	Get(ctx context.Context, by access.Actor, no id.Exclusion) (cohort.Exclusion, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Exclusion, limit int, where ...filter.Equal) ([]cohort.Exclusion, error)
	People(ctx context.Context, by access.Actor, e cohort.Exclusion, after int64, limit int) ([]cohort.Recipient, error)
}

func exclusionRoutes(r routes, s Exclusions) {
	h := exclusions{s}
	r.get("/incidents/:incident/exclusions", h.list, pages(anyOf("state", cohort.LiftStates), anyOf("kind", cohort.ExclusionKinds), ofRecipient))
	r.post("/incidents/:incident/exclusions", h.exclude)
	r.get("/exclusions/:exclusion", h.get)
	r.get("/exclusions/:exclusion/recipients", h.people, pages())
	r.post("/exclusions/:exclusion/lift", h.lift)
}

// ofRecipient takes the id of one person of an incident.
var ofRecipient = narrowing{"recipient", func(text string) (any, string, fault.Values) {
	no, err := id.ParseRecipient(text)
	if err != nil {
		return nil, "field_wrong_type", fault.Values{"want": "an id or a hash as it was given"}
	}
	return []int64{no.Parent, no.No}, "", nil
}}

type exclusions struct{ service Exclusions }

// exclusionView is an exclusion; its people are asked for on their own.
type exclusionView struct {
	ID         id.Exclusion         `json:"id"`
	IncidentID id.Incident          `json:"incident_id"`
	State      cohort.LiftState     `json:"state"`
	Kind       cohort.ExclusionKind `json:"kind"`
	List       *id.List             `json:"list_id"`
	People     int64                `json:"people"`
	Reason     string               `json:"reason"`
	By         id.User              `json:"made_by"`
	At         time.Time            `json:"made_at"`
	Lifting    *liftingView         `json:"lifted"`
}

type liftingView struct {
	Reason string    `json:"reason"`
	By     id.User   `json:"made_by"`
	At     time.Time `json:"made_at"`
}

func viewExclusion(e cohort.Exclusion) exclusionView {
	v := exclusionView{e.ID, e.Incident, e.State(), e.Kind, orNone(e.List), e.People, e.Reason, e.By, e.At, nil}
	if e.Lifting != nil {
		lifted := liftingView(*e.Lifting)
		v.Lifting = &lifted
	}
	return v
}

type exclusionDraft struct {
	People      []id.Recipient       `json:"recipient_ids"`
	List        id.List              `json:"list_id"`
	AtMailboxes bool                 `json:"at_mailboxes"`
	Kind        cohort.ExclusionKind `json:"kind"`
	Reason      string               `json:"reason"`
}

func (h exclusions) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(e cohort.Exclusion) id.Exclusion { return e.ID }, viewExclusion)
}

func (h exclusions) exclude(q request) error {
	incident, body, err := bodyFor[exclusionDraft](q, anIncident)
	if err != nil {
		return err
	}
	return then(q, madeExclusion)(h.service.Exclude(q.UserContext(), q.actor, incident, cohort.Exclude(body)))
}

func madeExclusion(q request, e cohort.Exclusion) error {
	return q.created("/exclusions/"+e.ID.String(), viewExclusion(e))
}

func (h exclusions) get(q request) error {
	return one(q, anExclusion, h.service.Get, as(viewExclusion))
}

func (h exclusions) people(q request) error {
	no, err := anExclusion.in(q)
	if err != nil {
		return err
	}
	e, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after int64, limit int, _ ...filter.Equal) ([]cohort.Recipient, error) {
		return h.service.People(ctx, by, e, after, limit)
	}
	return list(q, page, func(r cohort.Recipient) int64 { return r.ID.No }, viewRecipient)
}

func (h exclusions) lift(q request) error {
	no, body, err := bodyFor[because](q, anExclusion)
	if err != nil {
		return err
	}
	return then(q, as(viewExclusion))(h.service.Lift(q.UserContext(), q.actor, no, body.Reason))
}
