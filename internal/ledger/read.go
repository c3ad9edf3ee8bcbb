package ledger

import (
	"context"
	"encoding/json"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
)

// Placed is an entry with its place in the log. Details are nil where they may
// not be shown, or where their key was destroyed.
type Placed struct {
	Index    int64
	Incident int64
	Details  json.RawMessage
	Record   Record
}

// Signed is a checkpoint as it was signed.
type Signed struct {
	Size int64
	Root Hash
	Note []byte
	At   time.Time
}

// Log reads what the sequencer placed.
type Log interface {
	// Entries gives entries in order of their places, from one on. Their
	// details are opened only when that is asked for.
	Entries(ctx context.Context, from int64, limit int, open bool, where ...filter.Equal) ([]Placed, error)
	// Checkpoints gives checkpoints in order of their sizes, above one.
	Checkpoints(ctx context.Context, above int64, limit int) ([]Signed, error)
}

// Service lets people read the ledger.
type Service struct{ Log Log }

// Entries gives the entries from a place on. An admin sees that something was
// done and by whom, and not the details, which may speak of persons.
func (s Service) Entries(ctx context.Context, by access.Actor, from int64, limit int, where ...filter.Equal) ([]Placed, error) {
	if err := access.ReadLedger.Allow(by); err != nil {
		return nil, err
	}
	return s.Log.Entries(ctx, from, limit, access.ReadIncident.Allow(by) == nil, where...)
}

// Checkpoints gives the signed checkpoints above a size.
func (s Service) Checkpoints(ctx context.Context, by access.Actor, above int64, limit int) ([]Signed, error) {
	if err := access.ReadLedger.Allow(by); err != nil {
		return nil, err
	}
	return s.Log.Checkpoints(ctx, above, limit)
}
