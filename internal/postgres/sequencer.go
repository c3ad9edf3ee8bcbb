package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/ledger"
)

// sequencerLock is the advisory lock that one sequencer holds at a time.
const sequencerLock = 0x666f727468

// Sequence gives pending entries their places in the log, at most limit of
// them, and signs a checkpoint over the grown log. It returns how many it
// placed; 0 also when another process is at it. Any process may run it at any
// time.
func (db *DB) Sequence(ctx context.Context, s *ledger.Signer, limit int) (int, error) {
	placed := 0
	err := pgx.BeginFunc(ctx, db.pool, func(t pgx.Tx) error {
		var mine bool
		if err := t.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(sequencerLock)).Scan(&mine); err != nil || !mine {
			return err
		}
		pending, err := readPending(ctx, t, limit)
		if err != nil || len(pending.ids) == 0 {
			return err
		}
		placed = len(pending.ids)
		return place(ctx, t, s, pending)
	})
	if err != nil {
		return 0, fmt.Errorf("sequence the ledger: %w", err)
	}
	return placed, nil
}

type pendingEntries struct {
	numbers []int64
	ids     []ledger.EntryID
	leaves  []ledger.Hash
}

func readPending(ctx context.Context, t pgx.Tx, limit int) (pendingEntries, error) {
	var p pendingEntries
	rows, err := t.Query(ctx, `SELECT pending_no, entry_id, leaf_hash FROM ledger_pending JOIN ledger_entry USING (entry_id)
		ORDER BY pending_no LIMIT $1`, limit)
	if err != nil {
		return p, err
	}
	var number int64
	var entry ledger.EntryID
	var leaf []byte
	_, err = pgx.ForEachRow(rows, []any{&number, &entry, &leaf}, func() error {
		p.numbers, p.ids = append(p.numbers, number), append(p.ids, entry)
		p.leaves = append(p.leaves, ledger.Hash(leaf))
		return nil
	})
	return p, err
}

func place(ctx context.Context, t pgx.Tx, s *ledger.Signer, p pendingEntries) error {
	var size int64
	if err := t.QueryRow(ctx, "SELECT coalesce(max(index) + 1, 0) FROM ledger_leaf").Scan(&size); err != nil {
		return err
	}
	g, err := ledger.Grow(size, p.leaves, func(want []ledger.Node) ([]ledger.Hash, error) { return readNodes(ctx, t, want) })
	if err != nil {
		return err
	}
	signed, err := s.Checkpoint(g.Size, g.Root)
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(`INSERT INTO ledger_leaf (index, entry_id, leaf_hash) SELECT $1 + o - 1, e, l FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS u (e, l, o)`,
		size, p.ids, raw(p.leaves))
	levels, ns, hashes := columns(g.Nodes)
	b.Queue("INSERT INTO ledger_node (level, n, hash) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])", levels, ns, hashes)
	b.Queue("DELETE FROM ledger_pending WHERE pending_no = ANY($1)", p.numbers)
	b.Queue("INSERT INTO checkpoint (size, root, note) VALUES ($1, $2, $3)", g.Size, g.Root[:], signed)
	return t.SendBatch(ctx, &b).Close()
}

func readNodes(ctx context.Context, t pgx.Tx, want []ledger.Node) ([]ledger.Hash, error) {
	levels, ns, _ := columns(want)
	rows, err := t.Query(ctx, `SELECT hash FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS w (level, n, o)
		JOIN ledger_node USING (level, n) ORDER BY o`, levels, ns)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (ledger.Hash, error) {
		var b []byte
		err := r.Scan(&b)
		var h ledger.Hash
		copy(h[:], b)
		return h, err
	})
}

func columns(nodes []ledger.Node) (levels []int16, ns []int64, hashes [][]byte) {
	for _, n := range nodes {
		levels, ns, hashes = append(levels, int16(n.Level)), append(ns, n.N), append(hashes, n.Hash[:])
	}
	return levels, ns, hashes
}

func raw(hashes []ledger.Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}
