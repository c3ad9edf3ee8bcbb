package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/incident"
)

// Incidents is what these routes call.
type Incidents interface {
	Open(ctx context.Context, by access.Actor, f incident.Facts) (incident.Incident, error)
	Get(ctx context.Context, by access.Actor, no id.Incident) (incident.Incident, error)
	List(ctx context.Context, by access.Actor, after id.Incident, limit int, where ...filter.Equal) ([]incident.Incident, error)
	Change(ctx context.Context, by access.Actor, no id.Incident, seen int, edit func(incident.Facts) incident.Facts) (incident.Incident, error)
}

func incidentRoutes(r routes, s Incidents) {
	h := incidents{s}
	r.get("/incidents", h.list, pages(anyOf("state", incident.States)))
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

func answerIncident(q request, i incident.Incident) error {
	return q.versioned(i.Version, viewIncident(i))
}

func (h incidents) open(q request) error {
	facts, err := bodyOf[incident.Facts](q)
	if err != nil {
		return err
	}
	return then(q, openedIncident)(h.service.Open(q.UserContext(), q.actor, facts))
}

func openedIncident(q request, i incident.Incident) error {
	return q.createdVersioned("/incidents/"+i.ID.String(), i.Version, viewIncident(i))
}

func (h incidents) get(q request) error { return one(q, anIncident, h.service.Get, answerIncident) }

func (h incidents) list(q request) error {
	return list(q, h.service.List, func(i incident.Incident) id.Incident { return i.ID }, viewIncident)
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
	Delay          *incident.Delay    `json:"law_enforcement_delay"`
	Mailboxes      *[]string          `json:"mailbox_domains"`

	Language     *string                       `json:"language"`
	Translations *map[string]map[string]string `json:"translations"`
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
	set(&f.Mailboxes, c.Mailboxes)
	set(&f.Language, c.Language)
	set(&f.Translations, c.Translations)
	if c.Delay != nil {
		f.Delay = c.Delay
		if *c.Delay == (incident.Delay{}) { // nothing in it: there is none any more
			f.Delay = nil
		}
	}
	return f
}

// set takes over a value that was given.
func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

func (h incidents) change(q request) error {
	no, seen, c, err := changeOf[incidentChange](q, anIncident)
	if err != nil {
		return err
	}
	return then(q, answerIncident)(h.service.Change(q.UserContext(), q.actor, no, seen, c.apply))
}
