package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Ledger is what these routes call.
type Ledger interface {
	Entries(ctx context.Context, by access.Actor, from int64, limit int, where ...filter.Equal) ([]ledger.Placed, error)
	Checkpoints(ctx context.Context, by access.Actor, above int64, limit int) ([]ledger.Signed, error)
}

func ledgerRoutes(r routes, s Ledger) {
	h := ledgerBook{s}
	r.get("/ledger", h.entries, pages(exactly("verb"), exactly("actor")), query("after"))
	r.get("/ledger/checkpoints", h.checkpoints, pages())
}

type ledgerBook struct{ service Ledger }

type entryView struct {
	Index         int64           `json:"index"`
	ID            string          `json:"id"`
	At            time.Time       `json:"at"`
	Actor         string          `json:"actor"`
	Verb          ledger.Verb     `json:"verb"`
	Object        string          `json:"object"`
	IncidentID    *id.Incident    `json:"incident_id"`
	Details       json.RawMessage `json:"details"` // null where they may not be shown, or are no more
	DetailsSHA256 string          `json:"details_sha256"`
	LeafHash      string          `json:"leaf_hash"`
}

func viewEntry(p ledger.Placed) entryView {
	return entryView{Index: p.Index, ID: p.Record.ID.String(), At: p.Record.At, Actor: p.Record.Actor, Verb: p.Record.Verb, Object: p.Record.Object,
		Details: p.Details, DetailsSHA256: p.Record.DetailsSHA256.String(), LeafHash: hex.EncodeToString(p.Record.LeafHash[:]),
		IncidentID: orNone(id.Incident(p.Incident))}
}

// entries pages by ?cursor, or begins after an index that the caller knows.
func (h ledgerBook) entries(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	if text := q.Query("after"); text != "" && q.Query("cursor") == "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < -1 {
			return fault.Wrong("after", "field_wrong_type", fault.Values{"name": "after", "want": "the index of an entry"})
		}
		p.After = max(n, n+1) // after the last number that there is, n+1 is the first
	}
	got, err := h.service.Entries(q.UserContext(), q.actor, p.After, p.Ask(), q.where...)
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(e ledger.Placed) int64 { return e.Index + 1 }, viewEntry)
}

type checkpointView struct {
	Size     int64     `json:"size"`
	Root     string    `json:"root"`
	Note     string    `json:"note"`
	SignedAt time.Time `json:"signed_at"`
}

func viewCheckpoint(c ledger.Signed) checkpointView {
	return checkpointView{c.Size, hex.EncodeToString(c.Root[:]), string(c.Note), c.At}
}

func (h ledgerBook) checkpoints(q request) error {
	return list(q, whole(h.service.Checkpoints), func(c ledger.Signed) int64 { return c.Size }, viewCheckpoint)
}
