package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Bounds of what a sent delivery may leave, in bytes.
const (
	mostWAL   = 1000
	mostTable = 550
)

// benchFootprint measures what a sent delivery leaves: the WAL from the checks
// of the plan to the last outcome, and tables with their indexes. Codes,
// approvals and everything else that happens meanwhile are counted in.
func benchFootprint(ctx context.Context, s size) ([]result, error) {
	w, to, end, err := oneWorker(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	super, err := pgx.Connect(ctx, w.Super)
	if err != nil {
		return nil, err
	}
	defer super.Close(context.WithoutCancel(ctx))
	people := 4 * s.people
	if err := prepare(ctx, w, people, 0); err != nil {
		return nil, err
	}
	if _, err := super.Exec(ctx, "CHECKPOINT"); err != nil {
		return nil, err
	}
	var wal, tables int64
	var begun string
	if err := super.QueryRow(ctx, "SELECT pg_current_wal_lsn()::text").Scan(&begun); err != nil {
		return nil, err
	}
	c, toSend, err := plan(ctx, w)
	if err != nil {
		return nil, err
	}
	if err := sendAll(ctx, w, to, c, toSend); err != nil {
		return nil, err
	}
	if err := super.QueryRow(ctx, "SELECT (pg_current_wal_lsn() - $1::text::pg_lsn)::bigint", begun).Scan(&wal); err != nil {
		return nil, err
	}
	err = w.SQL.QueryRow(ctx, `SELECT (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE relname ~ ('^(batch|delivery|delivery_open|intent|outcome|decision)_' || $1 || '$'))
		+ pg_total_relation_size('ledger_entry') + pg_total_relation_size('ledger_leaf')`, number(c)).Scan(&tables)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d deliveries: %d bytes of WAL, %d of tables and indexes\n", toSend, wal, tables)
	return []result{of("wal_per_delivery", "bytes", float64(wal)/float64(toSend), mostWAL), of("bytes_per_delivery", "bytes", float64(tables)/float64(toSend), mostTable)}, nil
}
