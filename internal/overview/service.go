package overview

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store reads incidents in short.
type Store interface {
	Standing(ctx context.Context, no id.Incident) (Standing, error)
	// Standings gives incidents: those in which a campaign is under way or waits
	// for somebody first, then the newest.
	Standings(ctx context.Context, limit int) ([]Standing, error)
	// Timeline gives the entries of an incident, the newest first, before one;
	// the zero id means from the newest on. Groups of outcomes are left out.
	Timeline(ctx context.Context, no id.Incident, before ledger.EntryID, limit int) ([]Happening, error)
	// Staff gives the name of every user.
	Staff(ctx context.Context) (map[id.User]string, error)
}

// Happening is an entry of the ledger without its details.
type Happening struct {
	ID     ledger.EntryID
	At     time.Time
	Actor  string
	Verb   ledger.Verb
	Object string
}

// Service tells where incidents stand.
type Service struct{ Store Store }

// Standing gives one incident in short.
func (s Service) Standing(ctx context.Context, by access.Actor, no id.Incident) (Standing, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Standing{}, err
	}
	return s.Store.Standing(ctx, no)
}

// Standings gives incidents in short, those that wait for somebody first.
func (s Service) Standings(ctx context.Context, by access.Actor, limit int) ([]Standing, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Standings(ctx, limit)
}

// Timeline gives what happened in an incident, the newest first.
func (s Service) Timeline(ctx context.Context, by access.Actor, no id.Incident, before ledger.EntryID, limit int) ([]Happening, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Timeline(ctx, no, before, limit)
}

// Staff gives the names of the staff, for everybody who is of the staff.
func (s Service) Staff(ctx context.Context, by access.Actor) (map[id.User]string, error) {
	if err := access.Self.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Staff(ctx)
}
