package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// figureSpan is the time over which the rate of the moment is taken.
const figureSpan = 10 * time.Second

// sums read a campaign's deliveries by status from what the database keeps
// with every change.
const sums = "SELECT status, sum(n)::bigint FROM delivery_sum WHERE campaign_no = $1 GROUP BY 1 HAVING sum(n) <> 0"

// SumsApart counts the sums that are not the count of their deliveries. There
// is none.
const SumsApart = `SELECT count(*) FROM
	(SELECT campaign_no, status, block_no, sum(n) AS n FROM delivery_sum GROUP BY 1, 2, 3 HAVING sum(n) <> 0) s
	FULL JOIN (SELECT campaign_no, status, (seq - 1) / 512 AS block_no, count(*) AS n FROM delivery GROUP BY 1, 2, 3) d
	USING (campaign_no, status, block_no) WHERE s.n IS DISTINCT FROM d.n`

// paceOf reads how many attempts were answered a second, since the span began
// or the campaign did.
const paceOf = `SELECT coalesce(sum(p.n)::float8 / greatest(1, extract(epoch FROM now() - greatest(c.started_at, date_bin('5 s', now() - $2::interval, 'epoch')))::float8), 0), now()
	FROM campaign c LEFT JOIN delivery_pace p ON p.campaign_no = c.campaign_no AND p.slot >= date_bin('5 s', now() - $2::interval, 'epoch')
	WHERE c.campaign_no = $1 GROUP BY c.started_at`

// underWay reads the attempts that have no answer yet. They are looked for in
// claimed batches only.
const underWay = `WITH held AS (
		SELECT generate_series(from_seq, to_seq) AS seq FROM batch WHERE campaign_no = $1 AND NOT done AND worker_no IS NOT NULL AND seqs IS NULL
		UNION ALL SELECT unnest(seqs) FROM batch WHERE campaign_no = $1 AND NOT done AND worker_no IS NOT NULL AND seqs IS NOT NULL),
	open AS (SELECT DISTINCT i.seq FROM held JOIN intent i ON i.campaign_no = $1 AND i.seq = held.seq
		WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = $1 AND o.seq = i.seq AND o.attempt = i.attempt))
	SELECT d.status, count(*) FROM open JOIN delivery d ON d.campaign_no = $1 AND d.seq = open.seq WHERE d.status IN ('pending', 'deferred') GROUP BY 1`

// Figures gives a campaign's deliveries by status, in one snapshot.
func (s CampaignStore) Figures(ctx context.Context, no id.Campaign) (campaign.Figures, error) {
	f := campaign.Figures{Counts: map[outcome.Status]int64{}}
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(t pgx.Tx) error {
		var b pgx.Batch
		each(&b, sums, no, func(status outcome.Status, n int64) { f.Counts[status] += n })
		each(&b, underWay, no, func(status outcome.Status, n int64) {
			f.Counts[status] -= n
			f.Counts[outcome.Sending] += n
		})
		b.Queue(paceOf, int64(no), figureSpan).QueryRow(func(row pgx.Row) error { return row.Scan(&f.PerSecond, &f.At) })
		return t.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return f, fmt.Errorf("read figures of %s: %w", no, away(err))
	}
	f.At = f.At.UTC()
	return f, nil
}

// each queues a query about a campaign that counts by status.
func each(b *pgx.Batch, query string, no id.Campaign, count func(outcome.Status, int64)) {
	b.Queue(query, int64(no)).Query(func(rows pgx.Rows) error {
		var status string
		var n int64
		_, err := pgx.ForEachRow(rows, []any{&status, &n}, func() error { count(outcome.Status(status), n); return nil })
		return err
	})
}
