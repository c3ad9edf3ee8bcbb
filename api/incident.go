package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/incident"
)

// Incidents is what these routes call.
type Incidents interface {
	Open(ctx context.Context, by access.Actor, f incident.Facts) (incident.Incident, error)
	Get(ctx context.Context, by access.Actor, no id.Incident) (incident.Incident, error)
	List(ctx context.Context, by access.Actor, after id.Incident, limit int) ([]incident.Incident, error)
	Change(ctx context.Context, by access.Actor, no id.Incident, seen int, edit func(incident.Facts) incident.Facts) (incident.Incident, error)
}

func incidentRoutes(r routes, s Incidents) {
	h := incidents{s}
	r.get("/incidents", h.list, pages())
	r.post("/incidents", h.open)
	r.get("/incidents/:incident", h.get)
	r.patch("/incidents/:incident", h.change)
}

type incidents struct{ service Incidents }

// incidentView is an incident as it is answered: its facts beside what we
// know of it.
type incidentView struct {
	ID           id.Incident    `json:"id"`
	State        incident.State `json:"state"`
	Sample       bool           `json:"sample"`
	Version      int            `json:"version"`
	FactsVersion int            `json:"facts_version"`
	CreatedBy    id.User        `json:"created_by"`
	CreatedAt    time.Time      `json:"created_at"`
	incident.Facts
}

func viewIncident(i incident.Incident) incidentView {
	return incidentView{i.ID, i.State, i.Sample, i.Version, i.FactsVersion, i.CreatedBy, i.CreatedAt, i.Facts}
}

func (h incidents) open(q request) error {
	var f incident.Facts
	if err := q.decode(&f); err != nil {
		return err
	}
	i, err := h.service.Open(q.UserContext(), q.actor, f)
	if err != nil {
		return err
	}
	httpguard.SetVersion(q.Ctx, i.Version)
	return q.created("/incidents/"+i.ID.String(), viewIncident(i))
}

func (h incidents) get(q request) error {
	no, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	i, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.versioned(i.Version, viewIncident(i))
}

func (h incidents) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := h.service.List(q.UserContext(), q.actor, id.Incident(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(i incident.Incident) int64 { return int64(i.ID) }, viewIncident)
}

// incidentChange is what a PATCH gives: only the fields that it names change,
// each as a whole.
type incidentChange struct {
	Name           *string            `json:"name"`
	Summary        *string            `json:"summary"`
	Events         *map[string]string `json:"events"`
	Conditions     *[]string          `json:"conditions"`
	DataTypes      *[]string          `json:"data_types"`
	Offer          *map[string]string `json:"offer"`
	Contacts       *map[string]string `json:"contacts"`
	ExcludedRelays *[]string          `json:"excluded_relays"`
	Texts          *map[string]string `json:"texts"`
}

func (c incidentChange) apply(f incident.Facts) incident.Facts {
	set(&f.Name, c.Name)
	set(&f.Summary, c.Summary)
	set(&f.Events, c.Events)
	set(&f.Conditions, c.Conditions)
	set(&f.DataTypes, c.DataTypes)
	set(&f.Offer, c.Offer)
	set(&f.Contacts, c.Contacts)
	set(&f.ExcludedRelays, c.ExcludedRelays)
	set(&f.Texts, c.Texts)
	return f
}

// set takes over a value that was given.
func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

func (h incidents) change(q request) error {
	var c incidentChange
	no, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	seen, err := httpguard.SeenVersion(q.Ctx)
	if err != nil {
		return err
	}
	if err := q.decode(&c); err != nil {
		return err
	}
	i, err := h.service.Change(q.UserContext(), q.actor, no, seen, c.apply)
	if err != nil {
		return err
	}
	return q.versioned(i.Version, viewIncident(i))
}
