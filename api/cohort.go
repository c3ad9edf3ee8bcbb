package api

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
)

// Cohorts is what these routes call.
type Cohorts interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, d cohort.Draft) (cohort.Cohort, error)
	Change(ctx context.Context, by access.Actor, no id.Cohort, seen int, edit func(cohort.Draft) cohort.Draft) (cohort.Cohort, error)
	Delete(ctx context.Context, by access.Actor, no id.Cohort) error
	Get(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Cohort, limit int) ([]cohort.Cohort, error)
	Size(ctx context.Context, by access.Actor, incident id.Incident, r cohort.Rule, precedence int) (cohort.Figures, error)
	Overlaps(ctx context.Context, by access.Actor, incident id.Incident) ([]cohort.Pair, error)
	Freeze(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
}

func cohortRoutes(r routes, s Cohorts) {
	h := cohorts{s}
	r.get("/incidents/:incident/cohorts", h.list, pages())
	r.post("/incidents/:incident/cohorts", h.create)
	r.post("/incidents/:incident/cohorts/size", h.size, unstored)
	r.get("/incidents/:incident/overlaps", h.overlaps)
	r.get("/cohorts/:cohort", h.get)
	r.patch("/cohorts/:cohort", h.change)
	r.delete("/cohorts/:cohort", h.remove)
	r.post("/cohorts/:cohort/freeze", h.freeze)
}

type cohorts struct{ service Cohorts }

// cohortView is a cohort with its figures: as frozen, or as they are now.
type cohortView struct {
	ID         id.Cohort    `json:"id"`
	IncidentID id.Incident  `json:"incident_id"`
	Name       string       `json:"name"`
	Kind       cohort.Kind  `json:"kind"`
	Precedence int          `json:"precedence"`
	Rule       cohort.Rule  `json:"rule"`
	Sentence   string       `json:"sentence"`
	State      cohort.State `json:"state"`
	Version    int          `json:"version"`
	cohort.Figures
	Lists     []id.List  `json:"lists"`
	RootHash  canon.Hash `json:"root_hash"`
	FrozenAt  *time.Time `json:"frozen_at"`
	FrozenBy  *id.User   `json:"frozen_by"`
	CreatedBy id.User    `json:"created_by"`
	CreatedAt time.Time  `json:"created_at"`
}

func viewCohort(c cohort.Cohort) cohortView {
	v := cohortView{ID: c.ID, IncidentID: c.Incident, Name: c.Name, Kind: c.Kind, Precedence: c.Precedence, Rule: c.Rule, State: c.State, Version: c.Version,
		Sentence: c.Rule.Sentence(id.List.String), Figures: c.Figures, Lists: append([]id.List{}, c.Lists...), CreatedBy: c.CreatedBy, CreatedAt: c.CreatedAt}
	if c.State == cohort.Frozen {
		v.RootHash, v.FrozenAt, v.FrozenBy = c.Root, &c.FrozenAt, &c.FrozenBy
	}
	return v
}

type cohortDraft struct {
	Name          string          `json:"name"`
	Kind          cohort.Kind     `json:"kind"`
	Precedence    int             `json:"precedence"`
	BasisCampaign id.Campaign     `json:"basis_campaign"`
	Rule          json.RawMessage `json:"rule"`
}

func (h cohorts) create(q request) error {
	var d cohortDraft
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	if err := q.decode(&d); err != nil {
		return err
	}
	if d.BasisCampaign != 0 {
		d.Kind = cohort.FollowUp
	}
	rule, err := givenRule(d.Rule)
	if err != nil {
		return err
	}
	c, err := h.service.Create(q.UserContext(), q.actor, incident, cohort.Draft{Name: d.Name, Kind: d.Kind, Precedence: d.Precedence, Rule: rule})
	if err != nil {
		return err
	}
	httpguard.SetVersion(q.Ctx, c.Version)
	return q.created("/cohorts/"+c.ID.String(), viewCohort(c))
}

func givenRule(raw json.RawMessage) (cohort.Rule, error) {
	if raw == nil {
		return cohort.Rule{}, fault.Wrong("rule", "field_missing", fault.Values{"name": "rule"})
	}
	return cohort.ParseRule(raw)
}

func (h cohorts) get(q request) error {
	no, err := id.ParseCohort(q.Params("cohort"))
	if err != nil {
		return err
	}
	c, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.versioned(c.Version, viewCohort(c))
}

func (h cohorts) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	got, err := h.service.List(q.UserContext(), q.actor, incident, id.Cohort(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(c cohort.Cohort) int64 { return int64(c.ID) }, viewCohort)
}

type cohortChange struct {
	Name       *string         `json:"name"`
	Precedence *int            `json:"precedence"`
	Rule       json.RawMessage `json:"rule"`
}

func (h cohorts) change(q request) error {
	var c cohortChange
	no, err := id.ParseCohort(q.Params("cohort"))
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
	edit, err := c.edit()
	if err != nil {
		return err
	}
	got, err := h.service.Change(q.UserContext(), q.actor, no, seen, edit)
	if err != nil {
		return err
	}
	return q.versioned(got.Version, viewCohort(got))
}

func (c cohortChange) edit() (func(cohort.Draft) cohort.Draft, error) {
	var rule *cohort.Rule
	if c.Rule != nil {
		r, err := cohort.ParseRule(c.Rule)
		if err != nil {
			return nil, err
		}
		rule = &r
	}
	return func(d cohort.Draft) cohort.Draft {
		set(&d.Name, c.Name)
		set(&d.Precedence, c.Precedence)
		set(&d.Rule, rule)
		return d
	}, nil
}

func (h cohorts) remove(q request) error {
	no, err := id.ParseCohort(q.Params("cohort"))
	if err != nil {
		return err
	}
	if err := h.service.Delete(q.UserContext(), q.actor, no); err != nil {
		return err
	}
	return q.SendStatus(204)
}

func (h cohorts) freeze(q request) error {
	no, err := id.ParseCohort(q.Params("cohort"))
	if err != nil {
		return err
	}
	c, err := h.service.Freeze(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.accepted("/cohorts/"+no.String(), viewCohort(c))
}

type sizeQuestion struct {
	Rule       json.RawMessage `json:"rule"`
	Precedence int             `json:"precedence"`
}

func (h cohorts) size(q request) error {
	var ask sizeQuestion
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	if err := q.decode(&ask); err != nil {
		return err
	}
	rule, err := givenRule(ask.Rule)
	if err != nil {
		return err
	}
	f, err := h.service.Size(q.UserContext(), q.actor, incident, rule, ask.Precedence)
	if err != nil {
		return err
	}
	return q.JSON(f)
}

type overlapView struct {
	Cohorts [2]id.Cohort `json:"cohorts"`
	Size    int          `json:"size"`
}

func (h cohorts) overlaps(q request) error {
	incident, err := id.ParseIncident(q.Params("incident"))
	if err != nil {
		return err
	}
	pairs, err := h.service.Overlaps(q.UserContext(), q.actor, incident)
	if err != nil {
		return err
	}
	out := collection[overlapView]{Items: []overlapView{}}
	for _, p := range pairs {
		out.Items = append(out.Items, overlapView{[2]id.Cohort{p.A, p.B}, p.Size})
	}
	return q.JSON(out)
}
