package web

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/suppression"
)

// Suppressed decides about people whom a suppression names.
type Suppressed interface {
	Decide(ctx context.Context, by access.Actor, no id.Campaign, r suppression.Ruling) (suppression.Ruled, error)
	DecideAll(ctx context.Context, by access.Actor, no id.Campaign, r suppression.Ruling, seen int64) (suppression.Ruled, error)
	Undecided(ctx context.Context, by access.Actor, no id.Campaign, after int64, limit int) ([]suppression.Undecided, error)
	Tallies(ctx context.Context, by access.Actor, incident id.Incident) ([]suppression.Tally, error)
}
