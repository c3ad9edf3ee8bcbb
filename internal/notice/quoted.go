package notice

import (
	"context"
	"slices"

	"forthwith/internal/access"
	"forthwith/internal/id"
)

// mostQuoting bounds the notices whose texts are read for the facts they quote.
const mostQuoting = 200

// Quoted gives the facts of an incident that the texts of its notices quote, as
// they stand in the editors of who asks: unsaved, or the newest version.
func (s Service) Quoted(ctx context.Context, by access.Actor, incident id.Incident) ([]string, error) {
	all, err := s.List(ctx, by, incident, 0, mostQuoting)
	if err != nil {
		return nil, err
	}
	quoted := map[string]bool{}
	for _, n := range all {
		draft, err := s.draft(ctx, n, by.User)
		if err != nil {
			return nil, err
		}
		for _, key := range draft.Quotes() {
			quoted[key] = true
		}
	}
	return slices.DeleteFunc(FactFields(), func(key string) bool { return !quoted[key] }), nil
}

// draft is what somebody's editor of a notice shows.
func (s Service) draft(ctx context.Context, n Notice, author id.User) (Draft, error) {
	unsaved, found, err := s.Store.Unsaved(ctx, n.ID, author)
	if err != nil || found {
		return unsaved.Draft, err
	}
	newest := n.newest()
	if newest.ID == 0 {
		return Draft{}, nil
	}
	v, err := s.Store.Version(ctx, newest.ID)
	return v.Document.Draft(), err
}
