package incident

import (
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// State is where an incident stands.
type State string

// The states.
const (
	Open   State = "open"
	Closed State = "closed"
)

// States lists every state.
var States = []State{Open, Closed}

// Incident is the breach that is being answered, with its newest facts.
type Incident struct {
	ID           id.Incident
	State        State
	Sample       bool
	Version      int // counts every change, for If-Match
	FactsVersion int
	Facts        Facts
	CreatedBy    id.User
	CreatedAt    time.Time
}

// ErrNotFound means that there is no such incident.
var ErrNotFound = fault.New(fault.NotFound, "no_such_incident", nil)

// change gives the incident with new facts, or says why it may not change.
func (i Incident) change(seen int, f Facts) (Incident, error) {
	if i.State == Closed {
		return i, fault.New(fault.Conflict, "incident_closed", nil)
	}
	if seen != i.Version {
		return i, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	f = f.Normalise()
	if err := f.Check(); err != nil {
		return i, err
	}
	i.Facts, i.FactsVersion, i.Version = f, i.FactsVersion+1, i.Version+1
	return i, nil
}
