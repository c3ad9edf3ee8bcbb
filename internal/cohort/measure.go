package cohort

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

// measured adds the figures of drafts. A draft that went meanwhile keeps none.
func (s Service) measured(ctx context.Context, incident id.Incident, all []Cohort) ([]Cohort, error) {
	var drafts []id.Cohort
	for _, c := range all {
		if c.State != Frozen {
			drafts = append(drafts, c.ID)
		}
	}
	if len(drafts) == 0 {
		return all, nil
	}
	return all, s.Store.Read(ctx, incident, func(scene Scene) error {
		p, err := paint(ctx, scene, nil)
		if err != nil {
			return err
		}
		figures, err := p.figures(ctx, scene, p.among(drafts)...)
		for i, c := range all {
			if f, ok := figures[c.ID]; ok {
				all[i].Figures = f
			}
		}
		return err
	})
}

func (p picture) among(which []id.Cohort) []id.Cohort {
	var there []id.Cohort
	for _, no := range which {
		if _, ok := p.resolved[no]; ok {
			there = append(there, no)
		}
	}
	return there
}

// unsaved numbers a cohort that is only thought of.
const unsaved id.Cohort = 1<<62 - 1

// Sketch is a rule that is only thought of. Without a precedence it comes after
// all others; with a draft, it stands in that draft's place.
type Sketch struct {
	Rule       Rule
	Precedence int
	Basis      id.Campaign // of a follow-up
	Draft      id.Cohort
}

func (k Sketch) cohort() Cohort {
	c := Cohort{ID: k.Draft, State: Drafted, Draft: Draft{Kind: FirstNotice, Precedence: k.Precedence, Basis: k.Basis, Rule: k.Rule}}
	if c.Basis != 0 {
		c.Kind = FollowUp
	}
	if c.ID == 0 {
		c.ID = unsaved
	}
	if c.Precedence == 0 {
		c.Precedence = mostPrecedence
	}
	return c
}

// Size tells the figures of a draft that is not kept.
func (s Service) Size(ctx context.Context, by access.Actor, incident id.Incident, k Sketch) (Figures, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Figures{}, err
	}
	var out Figures
	err := s.Store.Read(ctx, incident, func(scene Scene) error {
		known, err := scene.Known(ctx)
		if err != nil {
			return err
		}
		if err := k.Rule.Check(known); err != nil {
			return err
		}
		c := k.cohort()
		p, err := paint(ctx, scene, &c)
		if err != nil {
			return err
		}
		figures, err := p.figures(ctx, scene, c.ID)
		out = figures[c.ID]
		return err
	})
	return out, err
}

// Known tells what rules of an incident may speak of.
func (s Service) Known(ctx context.Context, by access.Actor, incident id.Incident) (Known, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Known{}, err
	}
	var known Known
	err := s.Store.Read(ctx, incident, func(scene Scene) (err error) {
		known, err = scene.Known(ctx)
		return err
	})
	return known, err
}

// Overlaps tells which cohorts of an incident share how many people, and how
// many are in none.
func (s Service) Overlaps(ctx context.Context, by access.Actor, incident id.Incident) (Overlaps, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Overlaps{}, err
	}
	var all Overlaps
	err := s.Store.Read(ctx, incident, func(scene Scene) error {
		p, err := paint(ctx, scene, nil)
		all = Overlaps{p.pairs(), p.nowhere}
		return err
	})
	return all, err
}
