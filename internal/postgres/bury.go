package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

// Renew extends a lease. See delivery.Office.
func (s DeliveryStore) Renew(ctx context.Context, w delivery.Worker, lease time.Duration) (bool, error) {
	tag, err := s.pool.Exec(ctx, "UPDATE worker SET lease_until = now() + $2 WHERE worker_no = $1 AND ended_at IS NULL", w.No, lease)
	if err != nil {
		return false, fmt.Errorf("renew lease: %w", away(err))
	}
	return tag.RowsAffected() == 1, nil
}

// Retire ends a worker that leaves in order. What it still has open is written
// down like a dead worker's.
func (s DeliveryStore) Retire(ctx context.Context, w delivery.Worker) error {
	if _, err := s.pool.Exec(ctx, "UPDATE worker SET lease_until = '-infinity' WHERE worker_no = $1 AND ended_at IS NULL", w.No); err != nil {
		return fmt.Errorf("retire worker: %w", away(err))
	}
	_, err := s.Bury(ctx)
	return err
}

// Bury declares workers dead. See delivery.Office.
func (s DeliveryStore) Bury(ctx context.Context) (int, error) {
	lost := 0
	err := s.do(ctx, func(t *tx) error {
		lost = 0
		dead, err := t.deadWorkers()
		if err != nil || len(dead) == 0 {
			return err
		}
		if _, err := t.pg.Exec(ctx, "UPDATE batch SET worker_no = NULL, fence = fence + 1 WHERE worker_no = ANY($1) AND NOT done", dead); err != nil {
			return err
		}
		if err := t.writeLostStaff(dead); err != nil {
			return err
		}
		open, err := t.openAttempts(dead)
		if err != nil {
			return err
		}
		for campaign, attempts := range open {
			if err := t.writeLost(campaign, attempts); err != nil {
				return err
			}
			lost += len(attempts)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("bury workers: %w", away(err))
	}
	return lost, nil
}

func (t *tx) deadWorkers() ([]int32, error) {
	rows, err := t.pg.Query(t.ctx, `UPDATE worker SET ended_at = now() WHERE worker_no IN
		(SELECT worker_no FROM worker WHERE ended_at IS NULL AND lease_until < now() ORDER BY worker_no FOR UPDATE SKIP LOCKED) RETURNING worker_no`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int32])
}

// openAttempt is an intent without an outcome.
type openAttempt struct {
	seq       int64
	attempt   int
	relay     int64
	worker    int32
	sum       []byte
	incident  int64
	resend    bool // by the campaign's policy, and not yet used for this person
	expressed delivery.Outcome
}

// openAttempts finds what dead workers left open. A campaign that was complete
// before the first of them began can hold none of their attempts.
func (t *tx) openAttempts(dead []int32) (map[int64][]openAttempt, error) {
	rows, err := t.pg.Query(t.ctx, `SELECT i.campaign_no, i.seq, i.attempt, i.relay_no, i.worker_no, i.message_sha256, c.incident_no,
		  c.on_indeterminate = 'resend_once' AND NOT EXISTS (SELECT 1 FROM outcome p WHERE p.campaign_no = i.campaign_no AND p.seq = i.seq AND p.lost AND p.phase IN ('dot', 'lease'))
		FROM campaign c JOIN intent i USING (campaign_no)
		WHERE (c.state IN ('sending', 'paused', 'aborted', 'closed_with_exceptions')
		    OR c.state = 'complete' AND c.finished_at >= (SELECT min(started_at) FROM worker WHERE worker_no = ANY($1))) AND i.worker_no = ANY($1)
		  AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = i.campaign_no AND o.seq = i.seq AND o.attempt = i.attempt)
		ORDER BY i.campaign_no, i.seq`, dead)
	if err != nil {
		return nil, err
	}
	open := map[int64][]openAttempt{}
	var campaign int64
	var a openAttempt
	_, err = pgx.ForEachRow(rows, []any{&campaign, &a.seq, &a.attempt, &a.relay, &a.worker, &a.sum, &a.incident, &a.resend}, func() error {
		a.expressed = delivery.Outcome{Seq: a.seq, Attempt: a.attempt, Relay: a.relay, Reply: outcome.Reply{Phase: outcome.PhaseLease, Lost: true}, Hash: canon.FromBytes(a.sum)}
		open[campaign] = append(open[campaign], a)
		return nil
	})
	return open, err
}

// writeLost appends the outcome that nobody is left to know, takes the
// decision that the policy asks for, and restates the deliveries.
func (t *tx) writeLost(campaign int64, open []openAttempt) error {
	g := delivery.Group{Campaign: campaign, Incident: open[0].incident}
	for _, a := range open {
		g.Outcomes = append(g.Outcomes, a.expressed)
	}
	entry := ledger.New(access.System, ledger.OutcomesRecorded, id.Campaign(campaign)).In(g.Incident).
		With(map[string]any{"lost": len(open), "root": canon.Hash(g.Root())})
	if err := t.Record(entry); err != nil {
		return err
	}
	var b pgx.Batch
	seqs := make([]int64, len(open))
	for i, a := range open {
		seqs[i] = a.seq
		b.Queue(`INSERT INTO outcome (campaign_no, group_no, seq, attempt, n, position, code, lost, phase)
			VALUES ($1, $2, $3, $4, 0, $5, 0, true, 'lease')`, campaign, int64(a.worker)<<32, a.seq, a.attempt, i)
		if a.resend {
			b.Queue(`INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, actor, entry_id)
				VALUES ($1, nextval('decision_number'), $2, $2, $3, 'resend', $4, $5)`, campaign, a.seq, a.attempt, access.System.String(), entry.ID)
		}
	}
	if err := t.pg.SendBatch(t.ctx, &b).Close(); err != nil {
		return err
	}
	return restate(t.ctx, t.pg, campaign, seqs)
}
