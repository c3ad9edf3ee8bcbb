package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"forthwith/internal/outcome"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// histories reads the whole record of some deliveries of a campaign.
func histories(ctx context.Context, q querier, campaign int64, seqs []int64) (map[int64]*outcome.History, error) {
	all := make(map[int64]*outcome.History, len(seqs))
	for _, seq := range seqs {
		all[seq] = &outcome.History{}
	}
	for _, read := range []func(context.Context, querier, int64, []int64, map[int64]*outcome.History) error{readAddressed, readGated, readAttempts, readDecisions} {
		if err := read(ctx, q, campaign, seqs, all); err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
	}
	return all, nil
}

func readAddressed(ctx context.Context, q querier, campaign int64, seqs []int64, all map[int64]*outcome.History) error {
	rows, err := q.Query(ctx, "SELECT seq FROM delivery WHERE campaign_no = $1 AND seq = ANY($2) AND domain_key IS NULL", campaign, seqs)
	if err != nil {
		return err
	}
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&seq}, func() error {
		all[seq].Unaddressed = true
		return nil
	})
	return err
}

// readGated finds those for whom a gate of their plan is shut.
func readGated(ctx context.Context, q querier, campaign int64, seqs []int64, all map[int64]*outcome.History) error {
	held, err := shutAmong(ctx, q, campaign, seqs)
	for _, seq := range held {
		all[seq].Gated = true
	}
	return err
}

func readAttempts(ctx context.Context, q querier, campaign int64, seqs []int64, all map[int64]*outcome.History) error {
	rows, err := q.Query(ctx, `SELECT i.seq, i.attempt, o.phase, coalesce(o.code, 0), coalesce(o.enhanced, ''), coalesce(o.lost, false)
		FROM intent i LEFT JOIN outcome o USING (campaign_no, seq, attempt)
		WHERE i.campaign_no = $1 AND i.seq = ANY($2) ORDER BY i.seq, i.attempt, o.n`, campaign, seqs)
	if err != nil {
		return err
	}
	var seq int64
	var attempt int
	var phase *string
	var reply outcome.Reply
	_, err = pgx.ForEachRow(rows, []any{&seq, &attempt, &phase, &reply.Code, &reply.Enhanced, &reply.Lost}, func() error {
		h := all[seq]
		if n := len(h.Attempts); n == 0 || h.Attempts[n-1].No != attempt {
			h.Attempts = append(h.Attempts, outcome.Attempt{No: attempt})
		}
		if phase != nil {
			reply.Phase = outcome.Phase(*phase)
			last := &h.Attempts[len(h.Attempts)-1]
			last.Outcomes = append(last.Outcomes, reply)
		}
		return nil
	})
	return err
}

func readDecisions(ctx context.Context, q querier, campaign int64, seqs []int64, all map[int64]*outcome.History) error {
	rows, err := q.Query(ctx, `SELECT s.seq, d.kind, d.attempt FROM unnest($2::bigint[]) AS s (seq)
		JOIN decision d ON d.campaign_no = $1 AND s.seq BETWEEN d.from_seq AND d.to_seq
		WHERE d.plan_no IS NULL OR d.plan_no = (SELECT v.plan_no FROM delivery v WHERE v.campaign_no = $1 AND v.seq = s.seq)`, campaign, seqs)
	if err != nil {
		return err
	}
	var seq int64
	var kind string
	var attempt int
	_, err = pgx.ForEachRow(rows, []any{&seq, &kind, &attempt}, func() error {
		all[seq].Decisions = append(all[seq].Decisions, outcome.Decision{Kind: outcome.DecisionKind(kind), Attempt: attempt})
		return nil
	})
	return err
}

// restate writes the status cache of some deliveries from their rows, under a
// lock on them, so that two who do it at once agree.
func restate(ctx context.Context, t transaction, campaign int64, seqs []int64) error {
	if _, err := t.Exec(ctx, "SELECT 1 FROM delivery WHERE campaign_no = $1 AND seq = ANY($2) ORDER BY seq FOR UPDATE", campaign, seqs); err != nil {
		return fmt.Errorf("lock deliveries: %w", err)
	}
	all, err := histories(ctx, t, campaign, seqs)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, seq := range seqs {
		h := all[seq]
		status := h.Status()
		cached := status
		if status == outcome.Sending {
			cached = outcome.Pending // the cache knows no attempt that is under way
		}
		b.Queue("UPDATE delivery SET status = $3, attempts = $4, last_event_at = now() WHERE campaign_no = $1 AND seq = $2", campaign, seq, string(cached), len(h.Attempts))
		switch {
		case status == outcome.Indeterminate || status == outcome.Deferred || status == outcome.Held:
			b.Queue(`INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at)
				SELECT $1, $2, $3, CASE WHEN $3 = 'deferred' THEN now() END, now() + make_interval(secs => expire_after_seconds) FROM campaign WHERE campaign_no = $1
				ON CONFLICT (campaign_no, seq) DO UPDATE SET status = excluded.status,
				  expire_at = CASE WHEN delivery_open.status = 'held' THEN excluded.expire_at ELSE delivery_open.expire_at END,
				  next_at = CASE WHEN excluded.status = 'deferred' THEN coalesce(delivery_open.next_at, excluded.next_at) END,
				  batch_no = CASE WHEN excluded.status = 'deferred' THEN delivery_open.batch_no END`, campaign, seq, string(status))
		case status.Explained():
			b.Queue("DELETE FROM delivery_open WHERE campaign_no = $1 AND seq = $2", campaign, seq)
		}
	}
	if err := t.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("restate deliveries: %w", err)
	}
	return nil
}

// transaction is where a status is rewritten: pgx's own, or the connection
// beneath a tx.
type transaction interface {
	querier
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}
