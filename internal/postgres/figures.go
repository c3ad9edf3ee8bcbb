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

// Figures counts a campaign's deliveries by status. Attempts under way are
// looked for in claimed batches only.
func (s CampaignStore) Figures(ctx context.Context, no id.Campaign) (campaign.Figures, error) {
	f := campaign.Figures{Counts: map[outcome.Status]int64{}}
	rows, err := s.pool.Query(ctx, "SELECT status, count(*) FROM delivery WHERE campaign_no = $1 GROUP BY 1", int64(no))
	if err != nil {
		return f, fmt.Errorf("count deliveries of %s: %w", no, away(err))
	}
	var status string
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&status, &n}, func() error { f.Counts[outcome.Status(status)] = n; return nil }); err != nil {
		return f, fmt.Errorf("count deliveries of %s: %w", no, away(err))
	}
	var pending, deferred, answered int64
	err = s.pool.QueryRow(ctx, `WITH held AS (
			SELECT generate_series(from_seq, to_seq) AS seq FROM batch WHERE campaign_no = $1 AND NOT done AND worker_no IS NOT NULL AND seqs IS NULL
			UNION ALL SELECT unnest(seqs) FROM batch WHERE campaign_no = $1 AND NOT done AND worker_no IS NOT NULL AND seqs IS NOT NULL),
		open AS (SELECT DISTINCT i.seq FROM held JOIN intent i ON i.campaign_no = $1 AND i.seq = held.seq
			WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = $1 AND o.seq = i.seq AND o.attempt = i.attempt))
		SELECT count(*) FILTER (WHERE d.status = 'pending'), count(*) FILTER (WHERE d.status = 'deferred'),
		  (SELECT count(*) FROM delivery WHERE campaign_no = $1 AND last_event_at > now() - $2::interval AND status <> 'deferred'), clock_timestamp()
		FROM open JOIN delivery d ON d.campaign_no = $1 AND d.seq = open.seq`, int64(no), figureSpan).Scan(&pending, &deferred, &answered, &f.At)
	if err != nil {
		return f, fmt.Errorf("count open attempts of %s: %w", no, away(err))
	}
	f.At, f.PerSecond = f.At.UTC(), float64(answered)/figureSpan.Seconds()
	for status, n := range map[outcome.Status]int64{outcome.Pending: pending, outcome.Deferred: deferred} {
		if n > 0 {
			f.Counts[status] -= n
			f.Counts[outcome.Sending] += n
		}
	}
	return f, nil
}
