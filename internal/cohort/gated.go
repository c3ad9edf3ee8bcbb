package cohort

import (
	"context"
	"slices"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// Get reads a gate and counts who is on either side of it now.
func (s Gates) Get(ctx context.Context, by access.Actor, no id.Gate) (GateNow, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return GateNow{}, err
	}
	g, err := s.Store.Gate(ctx, no)
	if err != nil {
		return GateNow{}, err
	}
	all, err := s.counted(ctx, g.Incident, []Gate{g})
	if err != nil {
		return GateNow{}, err
	}
	return all[0], nil
}

// Size counts on which side of a gate that is only thought of people would be.
func (s Gates) Size(ctx context.Context, by access.Actor, incident id.Incident, d GateDraft) (open, shut int, err error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return 0, 0, err
	}
	if err := s.check(ctx, incident, d.normalise()); err != nil {
		return 0, 0, err
	}
	all, err := s.counted(ctx, incident, []Gate{{GateDraft: d, Incident: incident}})
	if err != nil {
		return 0, 0, err
	}
	return all[0].Open, all[0].Shut, nil
}

// List gives the gates of an incident in order of their ids.
func (s Gates) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Gate, limit int, where ...filter.Equal) ([]GateNow, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	all, err := s.Store.Gates(ctx, incident, after, limit, where...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return s.counted(ctx, incident, all)
}

func (s Gates) counted(ctx context.Context, incident id.Incident, all []Gate) ([]GateNow, error) {
	out := make([]GateNow, len(all))
	err := s.Store.Read(ctx, incident, func(scene Scene) error {
		members, err := membersOf(ctx, scene, all)
		if err != nil {
			return err
		}
		for i, g := range all {
			open, shut, err := g.sides(ctx, scene, members[g.Cohort])
			if err != nil {
				return err
			}
			out[i] = GateNow{g, open.Len(), shut.Len()}
		}
		return nil
	})
	return out, err
}

// sides tells for which members a gate is open, and for which it is shut.
func (g Gate) sides(ctx context.Context, from Leaves, members Bitset) (open, shut Bitset, err error) {
	now, err := Evaluate(ctx, g.Rule, from)
	return members.And(now), members.Minus(now), err
}

// membersOf gives the members of the cohorts that gates stand before: of drafts,
// as they would be frozen now.
func membersOf(ctx context.Context, scene Scene, gates []Gate) (map[id.Cohort]Bitset, error) {
	cohorts, err := scene.Cohorts(ctx)
	if err != nil {
		return nil, err
	}
	p, err := paint(ctx, scene, nil)
	if err != nil {
		return nil, err
	}
	all := map[id.Cohort]Bitset{}
	for _, c := range cohorts {
		if !slices.ContainsFunc(gates, func(g Gate) bool { return g.Cohort == c.ID }) {
			continue
		}
		if all[c.ID] = p.resolved[c.ID].Members; c.State == Frozen {
			if all[c.ID], err = scene.Members(ctx, c.ID); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// Held gives a page of those for whom a gate is shut, masked.
func (s Gates) Held(ctx context.Context, by access.Actor, g Gate, after int64, limit int) ([]Recipient, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	var people []int64
	err := s.Store.Read(ctx, g.Incident, func(scene Scene) error {
		members, err := membersOf(ctx, scene, []Gate{g})
		if err != nil {
			return err
		}
		_, shut, err := g.sides(ctx, scene, members[g.Cohort])
		shut.Each(func(person int) bool {
			if int64(person) > after {
				people = append(people, int64(person))
			}
			return len(people) < limit
		})
		return err
	})
	if err != nil || len(people) == 0 {
		return nil, err
	}
	return s.Store.Named(ctx, g.Incident, people)
}

// Reviews gives the newest reviews of a gate.
func (s Gates) Reviews(ctx context.Context, by access.Actor, no id.Gate, limit int) ([]GateReview, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Reviews(ctx, no, limit)
}
