package postgres

import (
	"context"
	"fmt"
	"time"
)

// Backlog is what waits for somebody, over all processes.
type Backlog struct {
	Outbox  int64         // tasks not handed to the queue
	Pending int64         // ledger entries without a place
	Lag     time.Duration // age of the oldest of these
	Workers int64         // whose lease has not ended
	Claimed int64         // batches that workers hold
	Alerts  int64         // that nobody has acknowledged
}

// Backlog reads small tables and partial indexes only: it is asked for at every
// scrape of every process.
func (db *DB) Backlog(ctx context.Context) (Backlog, error) {
	var b Backlog
	var lag float64
	err := db.pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM ledger_pending),
		coalesce((SELECT extract(epoch FROM clock_timestamp() - e.at) FROM ledger_pending p JOIN ledger_entry e USING (entry_id) ORDER BY p.pending_no LIMIT 1), 0)::float8,
		(SELECT count(*) FROM worker WHERE ended_at IS NULL AND lease_until > now()),
		(SELECT count(*) FROM batch WHERE worker_no IS NOT NULL AND NOT done),
		(SELECT count(*) FROM alert WHERE state = 'open')`).Scan(&b.Outbox, &b.Pending, &lag, &b.Workers, &b.Claimed, &b.Alerts)
	if err != nil {
		return b, fmt.Errorf("read backlog: %w", away(err))
	}
	b.Lag = time.Duration(max(lag, 0) * float64(time.Second))
	return b, nil
}
