package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Gather finds work that has fallen due. See delivery.Office.
func (s DeliveryStore) Gather(ctx context.Context) ([]int64, error) {
	campaigns, err := s.numbers(ctx, "SELECT campaign_no FROM campaign WHERE state = 'sending' ORDER BY 1")
	if err != nil {
		return nil, fmt.Errorf("gather: %w", away(err))
	}
	for _, c := range campaigns {
		if err := s.do(ctx, func(t *tx) error { return t.gather(c) }); err != nil {
			return nil, fmt.Errorf("gather campaign %d: %w", c, away(err))
		}
	}
	free, err := s.numbers(ctx, `SELECT c.campaign_no FROM campaign c WHERE c.state = 'sending' AND EXISTS
		(SELECT 1 FROM batch b WHERE b.campaign_no = c.campaign_no AND NOT b.done AND b.worker_no IS NULL AND b.not_before <= now() AND b.stage <= c.ramp_step
		  AND (b.zone IS NULL OR (now() AT TIME ZONE b.zone)::time BETWEEN (c.send_window->>'from')::time AND (c.send_window->>'to')::time)) ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("gather: %w", away(err))
	}
	return free, nil
}

func (db *DB) numbers(ctx context.Context, sql string, args ...any) ([]int64, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// numbers is the same inside a transaction.
func (t *tx) numbers(sql string, args ...any) ([]int64, error) {
	rows, err := t.pg.Query(t.ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// inZones says in which time zone's batches those wait who were found.
const inZones = `SELECT f.seq, CASE WHEN c.zones IS NOT NULL THEN coalesce((SELECT r.timezone FROM delivery d JOIN recipient r ON r.recipient_no = d.recipient_no
	  WHERE d.campaign_no = $1 AND d.seq = f.seq AND r.incident_no = c.incident_no AND r.timezone = ANY(c.zones)), c.send_window->>'zone') END AS zone
	FROM found f, campaign c WHERE c.campaign_no = $1`

// gather lets the deliveries of one campaign expire whose time is over, and
// puts those that are due into retry batches of a block's size. Whoever comes
// second finds nothing left. A plan that was made while nobody waited would read
// everybody later, so each sweep plans anew.
func (t *tx) gather(campaign int64) error {
	var mine bool
	if err := t.pg.QueryRow(t.ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('gather', $1))", campaign).Scan(&mine); err != nil || !mine {
		return err
	}
	if _, err := t.pg.Exec(t.ctx, "SET LOCAL plan_cache_mode = force_custom_plan"); err != nil {
		return err
	}
	if err := t.expire(campaign); err != nil {
		return err
	}
	_, err := t.pg.Exec(t.ctx, `WITH found AS MATERIALIZED (
			(SELECT seq FROM delivery_open WHERE campaign_no = $1 AND status = 'deferred' AND next_at <= now() ORDER BY next_at LIMIT 51200)
			UNION ALL SELECT seq FROM delivery_open o WHERE campaign_no = $1 AND status = 'deferred' AND next_at IS NULL AND
			  NOT EXISTS (SELECT 1 FROM batch b WHERE b.campaign_no = $1 AND b.batch_no = o.batch_no AND NOT b.done)),
		placed AS (`+inZones+`),
		due AS (SELECT seq, zone, (row_number() OVER (PARTITION BY zone ORDER BY seq) - 1) / 512 AS part FROM placed),
		made AS (INSERT INTO batch (campaign_no, batch_no, seqs, stage, zone)
			SELECT $1, nextval('batch_number'), array_agg(seq ORDER BY seq), -1, zone FROM due GROUP BY zone, part RETURNING batch_no, seqs)
		UPDATE delivery_open o SET next_at = NULL, batch_no = m.batch_no FROM made m
		WHERE o.campaign_no = $1 AND o.seq = ANY(m.seqs)`, campaign)
	return err
}

func (t *tx) expire(campaign int64) error {
	rows, err := t.pg.Query(t.ctx, `SELECT seq FROM delivery_open WHERE campaign_no = $1 AND status = 'deferred' AND expire_at <= now() AND next_at IS NOT NULL
		ORDER BY expire_at LIMIT 10000 FOR UPDATE SKIP LOCKED`, campaign)
	if err != nil {
		return err
	}
	seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(seqs) == 0 {
		return err
	}
	var incident int64
	if err := t.pg.QueryRow(t.ctx, "SELECT incident_no FROM campaign WHERE campaign_no = $1", campaign).Scan(&incident); err != nil {
		return err
	}
	entry := ledger.New(access.System, ledger.DeliveriesExpired, id.Campaign(campaign)).In(incident).With(map[string]any{"deliveries": len(seqs)})
	if err := t.Record(entry); err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, kind, actor, entry_id)
		SELECT $1, nextval('decision_number'), seq, seq, 'expire', $3, $4 FROM unnest($2::bigint[]) AS u (seq)`, campaign, seqs, access.System.String(), entry.ID)
	if err != nil {
		return err
	}
	return restate(t.ctx, t.pg, campaign, seqs)
}

// Conclude starts and completes campaigns. See delivery.Office.
func (s DeliveryStore) Conclude(ctx context.Context) error {
	due, err := s.numbers(ctx, "SELECT campaign_no FROM campaign WHERE state = 'scheduled' AND schedule_at <= now() ORDER BY 1")
	if err != nil {
		return fmt.Errorf("conclude: %w", away(err))
	}
	for _, c := range due {
		if err := s.do(ctx, func(t *tx) error { return t.start(c) }); err != nil {
			return fmt.Errorf("start campaign %d: %w", c, away(err))
		}
	}
	if err := s.settleAborted(ctx); err != nil {
		return err
	}
	ended, err := s.numbers(ctx, `SELECT campaign_no FROM campaign c WHERE state IN ('sending', 'paused')
		AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.campaign_no = c.campaign_no AND NOT b.done)
		AND NOT EXISTS (SELECT 1 FROM delivery_open o WHERE o.campaign_no = c.campaign_no) ORDER BY 1`)
	if err != nil {
		return fmt.Errorf("conclude: %w", away(err))
	}
	for _, c := range ended {
		if err := s.do(ctx, func(t *tx) error { return t.complete(c) }); err != nil {
			return fmt.Errorf("complete campaign %d: %w", c, away(err))
		}
	}
	return nil
}

// start moves a scheduled campaign to sending, once.
func (t *tx) start(campaign int64) error {
	var incident int64
	rows, err := t.pg.Query(t.ctx, `UPDATE campaign SET state = 'sending', started_at = now(), version = version + 1
		WHERE campaign_no = $1 AND state = 'scheduled' AND (schedule_at IS NULL OR schedule_at <= now()) RETURNING incident_no`, campaign)
	if err != nil {
		return err
	}
	moved, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(moved) == 0 {
		return err
	}
	incident = moved[0]
	if err := t.Record(ledger.New(access.System, ledger.CampaignStarted, id.Campaign(campaign)).In(incident)); err != nil {
		return err
	}
	return t.Enqueue(task.Task{Name: task.Send, Object: campaign})
}

// complete settles the equation: every delivery of the cohort is explained.
// While one is not, nothing happens.
func (t *tx) complete(campaign int64) error {
	var incident int64
	var open bool
	err := t.pg.QueryRow(t.ctx, `SELECT incident_no, EXISTS (SELECT 1 FROM delivery WHERE campaign_no = $1
		AND status IN ('pending', 'held', 'sending', 'deferred', 'indeterminate'))
		FROM campaign WHERE campaign_no = $1 AND state IN ('sending', 'paused') FOR UPDATE`, campaign).Scan(&incident, &open)
	if err == pgx.ErrNoRows || open {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := t.pg.Exec(t.ctx, "UPDATE campaign SET state = 'complete', finished_at = now(), version = version + 1 WHERE campaign_no = $1", campaign); err != nil {
		return err
	}
	counts, err := t.counts(campaign)
	if err != nil {
		return err
	}
	return t.Record(ledger.New(access.System, ledger.CampaignComplete, id.Campaign(campaign)).In(incident).With(map[string]any{"statuses": counts}))
}

func (t *tx) counts(campaign int64) (map[string]int64, error) {
	rows, err := t.pg.Query(t.ctx, "SELECT status, count(*) FROM delivery WHERE campaign_no = $1 GROUP BY 1", campaign)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	var status string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&status, &n}, func() error {
		out[status] = n
		return nil
	})
	return out, err
}

// settleAborted cancels those whose attempt was under way when a campaign was
// aborted and has failed since. They are among the open ones; the deliveries
// themselves are too many to be looked through every few seconds.
func (s DeliveryStore) settleAborted(ctx context.Context) error {
	aborted, err := s.numbers(ctx, `SELECT campaign_no FROM campaign c WHERE state = 'aborted'
		AND EXISTS (SELECT 1 FROM delivery_open o WHERE o.campaign_no = c.campaign_no AND o.status <> 'indeterminate') ORDER BY 1`)
	if err != nil {
		return fmt.Errorf("settle aborted: %w", away(err))
	}
	for _, c := range aborted {
		err := s.do(ctx, func(t *tx) error {
			_, err := t.cancelWaiting(c)
			return err
		})
		if err != nil {
			return fmt.Errorf("settle aborted campaign %d: %w", c, away(err))
		}
	}
	return nil
}
