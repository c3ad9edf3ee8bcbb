package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/ledger"
)

// LedgerStore implements ledger.Log.
type LedgerStore struct{ *DB }

const ledgerColumns = `SELECT l.index, e.entry_id, e.at, e.actor, e.verb, e.object, coalesce(e.incident_no, 0), e.details_sha256, e.details, e.leaf_hash
		FROM ledger_leaf l JOIN ledger_entry e USING (entry_id) `

// A rare verb or actor is found by its index, a common one on the way along
// the log: the planner knows which it is.
var ledgerConditions = conditions{"verb": "e.verb = ?", "actor": "e.actor = ?"}

func ledgerPage(from int64, limit int, where []filter.Equal) page {
	return page{ledgerColumns + "WHERE l.index >= $1", []any{from}, ledgerConditions, where, "l.index", limit}
}

// Entries reads placed entries from an index on.
func (s LedgerStore) Entries(ctx context.Context, from int64, limit int, open bool, where ...filter.Equal) ([]ledger.Placed, error) {
	out, err := pageFrom(ctx, s.pool, ledgerPage(from, limit, where), readPlaced)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := s.open(ctx, &out[i], open); err != nil {
			return nil, fmt.Errorf("read ledger: %w", err)
		}
	}
	return out, nil
}

func readPlaced(row pgx.CollectableRow) (ledger.Placed, error) {
	var p ledger.Placed
	var verb string
	var sum, leaf []byte
	r := &p.Record
	err := row.Scan(&p.Index, &r.ID, &r.At, &r.Actor, &verb, &r.Object, &p.Incident, &sum, &r.Details, &leaf)
	r.Verb, r.At, r.DetailsSHA256 = ledger.Verb(verb), r.At.UTC(), canon.FromBytes(sum)
	copy(r.LeafHash[:], leaf)
	return p, err
}

// open replaces the sealed details by what they say, or by nothing.
func (s LedgerStore) open(ctx context.Context, p *ledger.Placed, open bool) error {
	sealed := p.Record.Details
	p.Record.Details = nil
	if !open {
		return nil
	}
	plain, err := s.keys.openDetails(ctx, p.Incident, sealed)
	if fault.Is(err, "incident_shredded") {
		return nil
	}
	if err != nil {
		return err
	}
	p.Record.Details = plain
	p.Details, err = p.Record.ReadDetails()
	return err
}

// Checkpoints reads signed checkpoints above a size.
func (s LedgerStore) Checkpoints(ctx context.Context, above int64, limit int) ([]ledger.Signed, error) {
	rows, err := s.pool.Query(ctx, "SELECT size, root, note, signed_at FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2", above, limit)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", away(err))
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.Signed, error) {
		var c ledger.Signed
		var root []byte
		err := row.Scan(&c.Size, &root, &c.Note, &c.At)
		copy(c.Root[:], root)
		c.At = c.At.UTC()
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", away(err))
	}
	return out, nil
}
