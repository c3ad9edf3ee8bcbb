package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	campaigns "forthwith/internal/campaign"
	"forthwith/internal/canon"
)

// Block gives a block's node as the plan bound it, and the leaves that its
// deliveries carry now.
func (db *DB) Block(ctx context.Context, campaign int64, plan, block int) (canon.Hash, []canon.Hash, error) {
	var node []byte
	err := db.pool.QueryRow(ctx, "SELECT node FROM block WHERE campaign_no = $1 AND plan_no = $2 AND block_no = $3", campaign, plan, block).Scan(&node)
	if err != nil {
		return canon.Hash{}, nil, fmt.Errorf("read block: %w", away(err))
	}
	const size = campaigns.BlockSize
	rows, err := db.pool.Query(ctx, "SELECT leaf FROM delivery WHERE campaign_no = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq", campaign, block*size+1, (block+1)*size)
	if err != nil {
		return canon.Hash{}, nil, fmt.Errorf("read leaves: %w", away(err))
	}
	leaves, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (canon.Hash, error) {
		var leaf []byte
		err := row.Scan(&leaf)
		return canon.FromBytes(leaf), err
	})
	if err != nil {
		return canon.Hash{}, nil, fmt.Errorf("read leaves: %w", away(err))
	}
	return canon.FromBytes(node), leaves, nil
}
