package api

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Cohorts is what these routes call.
type Cohorts interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, d cohort.Draft) (cohort.Cohort, error)
	Change(ctx context.Context, by access.Actor, no id.Cohort, seen int, edit func(cohort.Draft) cohort.Draft) (cohort.Cohort, error)
	Delete(ctx context.Context, by access.Actor, no id.Cohort) error
	Get(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Cohort, limit int, where ...filter.Equal) ([]cohort.Cohort, error)
	Size(ctx context.Context, by access.Actor, incident id.Incident, k cohort.Sketch) (cohort.Figures, error)
	Overlaps(ctx context.Context, by access.Actor, incident id.Incident) (cohort.Overlaps, error)
	Freeze(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	NextVersion(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	Upgrades
	Proof(ctx context.Context, by access.Actor, no id.Cohort, person id.Recipient) (cohort.MemberProof, error)
}

func cohortRoutes(r routes, s Cohorts) {
	h := cohorts{s}
	r.get("/incidents/:incident/cohorts", h.list, pages(anyOf("state", cohort.States), anyOf("kind", cohort.Kinds)))
	r.post("/incidents/:incident/cohorts", h.create)
	r.post("/incidents/:incident/cohorts/size", h.size, unstored)
	r.get("/incidents/:incident/overlaps", h.overlaps)
	r.get("/cohorts/:cohort", h.get)
	r.patch("/cohorts/:cohort", h.change)
	r.delete("/cohorts/:cohort", h.remove)
	r.post("/cohorts/:cohort/freeze", h.freeze)
	r.post("/cohorts/:cohort/versions", h.next)
	r.get("/cohorts/:cohort/proof", h.proof, query("recipient"))
	r.get("/cohorts/:cohort/upgrades", h.upgrades)
	r.post("/cohorts/:cohort/upgrade-decisions", h.decideUpgrades)
}

type cohorts struct{ service Cohorts }

// cohortView is a cohort with its figures: as frozen, or as they are now.
type cohortView struct {
	ID         id.Cohort    `json:"id"`
	IncidentID id.Incident  `json:"incident_id"`
	Name       string       `json:"name"`
	Kind       cohort.Kind  `json:"kind"`
	Precedence int          `json:"precedence"`
	Basis      *id.Campaign `json:"basis_campaign"`
	Rule       cohort.Rule  `json:"rule"`
	Sentence   string       `json:"sentence"`
	State      cohort.State `json:"state"`
	Version    int          `json:"version"`
	Edition    int          `json:"cohort_version"`
	Previous   *id.Cohort   `json:"previous_cohort"`
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
		Sentence: c.Rule.Sentence(cohort.Ids), Figures: c.Figures.Brief(), Lists: append([]id.List{}, c.Lists...), CreatedBy: c.CreatedBy, CreatedAt: c.CreatedAt}
	if c.Basis != 0 {
		v.Basis = &c.Basis
	}
	v.Edition, v.Previous = c.Edition, orNone(c.Previous)
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

func (d cohortDraft) draft() (cohort.Draft, error) {
	if d.BasisCampaign != 0 {
		d.Kind = cohort.FollowUp
	}
	rule, err := givenRule(d.Rule)
	return cohort.Draft{Name: d.Name, Kind: d.Kind, Precedence: d.Precedence, Basis: d.BasisCampaign, Rule: rule}, err
}

func answerCohort(q request, c cohort.Cohort) error { return q.versioned(c.Version, viewCohort(c)) }

func (h cohorts) create(q request) error {
	incident, body, err := bodyFor[cohortDraft](q, anIncident)
	if err != nil {
		return err
	}
	draft, err := body.draft()
	if err != nil {
		return err
	}
	return then(q, madeCohort)(h.service.Create(q.UserContext(), q.actor, incident, draft))
}

func madeCohort(q request, c cohort.Cohort) error {
	return q.createdVersioned("/cohorts/"+c.ID.String(), c.Version, viewCohort(c))
}

func givenRule(raw json.RawMessage) (cohort.Rule, error) {
	if raw == nil {
		return cohort.Rule{}, fault.Wrong("rule", "field_missing", fault.Values{"name": "rule"})
	}
	return cohort.ParseRule(raw)
}

func (h cohorts) get(q request) error { return one(q, aCohort, h.service.Get, answerCohort) }

func (h cohorts) list(q request) error {
	return listIn(q, anIncident, h.service.List, func(c cohort.Cohort) id.Cohort { return c.ID }, viewCohort)
}

type cohortChange struct {
	Name       *string         `json:"name"`
	Precedence *int            `json:"precedence"`
	Basis      *id.Campaign    `json:"basis_campaign"`
	Rule       json.RawMessage `json:"rule"`
}

func (h cohorts) change(q request) error {
	no, seen, c, err := changeOf[cohortChange](q, aCohort)
	if err != nil {
		return err
	}
	edit, err := c.edit()
	if err != nil {
		return err
	}
	return then(q, answerCohort)(h.service.Change(q.UserContext(), q.actor, no, seen, edit))
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
		set(&d.Basis, c.Basis)
		set(&d.Rule, rule)
		return d
	}, nil
}

func (h cohorts) remove(q request) error { return gone(q, aCohort, h.service.Delete) }

// next makes a draft for those who came after a cohort was frozen.
func (h cohorts) next(q request) error { return one(q, aCohort, h.service.NextVersion, madeCohort) }

func (h cohorts) freeze(q request) error { return one(q, aCohort, h.service.Freeze, freezing) }

func freezing(q request, c cohort.Cohort) error {
	return q.accepted("/cohorts/"+c.ID.String(), viewCohort(c))
}

type sizeQuestion struct {
	Rule       json.RawMessage `json:"rule"`
	Precedence int             `json:"precedence"`
	Basis      id.Campaign     `json:"basis_campaign"`
}

func (h cohorts) size(q request) error {
	incident, ask, err := bodyFor[sizeQuestion](q, anIncident)
	if err != nil {
		return err
	}
	rule, err := givenRule(ask.Rule)
	if err != nil {
		return err
	}
	f, err := h.service.Size(q.UserContext(), q.actor, incident, cohort.Sketch{Rule: rule, Precedence: ask.Precedence, Basis: ask.Basis})
	if err != nil {
		return err
	}
	return q.JSON(f.Brief())
}

// proof shows that somebody belongs to a frozen cohort. What is no id of a
// person names no member, which the service says to whoever may ask.
func (h cohorts) proof(q request) error {
	no, err := aCohort.in(q)
	if err != nil {
		return err
	}
	person, _ := id.ParseRecipient(q.Query("recipient"))
	p, err := h.service.Proof(q.UserContext(), q.actor, no, person)
	if err != nil {
		return err
	}
	return q.JSON(p)
}

type overlapView struct {
	Cohorts [2]id.Cohort `json:"cohorts"`
	Size    int          `json:"size"`
}

func (h cohorts) overlaps(q request) error {
	return one(q, anIncident, h.service.Overlaps, as(viewOverlaps))
}

type overlapsView struct {
	collection[overlapView]
	Nowhere int `json:"in_no_cohort"`
}

func viewOverlaps(o cohort.Overlaps) overlapsView {
	out := overlapsView{collection[overlapView]{Items: []overlapView{}}, o.Nowhere}
	for _, p := range o.Pairs {
		out.Items = append(out.Items, overlapView{[2]id.Cohort{p.A, p.B}, p.Size})
	}
	return out
}
