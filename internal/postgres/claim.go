package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
)

// DeliveryStore is the record as the send loop sees it.
type DeliveryStore struct{ *DB }

// Enlist registers a worker process with its first lease.
func (s DeliveryStore) Enlist(ctx context.Context, name string, lease time.Duration) (delivery.Worker, error) {
	w := delivery.Worker{Name: name}
	err := s.pool.QueryRow(ctx, "INSERT INTO worker (name, lease_until) VALUES ($1, now() + $2) RETURNING worker_no", name, lease).Scan(&w.No)
	if err != nil {
		return w, fmt.Errorf("enlist worker: %w", away(err))
	}
	return w, nil
}

// Claim takes a free batch. See delivery.Store.
func (s DeliveryStore) Claim(ctx context.Context, job delivery.Job, w delivery.Worker, want delivery.Want) (delivery.Batch, error) {
	var b delivery.Batch
	err := pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error {
		may, err := mayClaim(ctx, t, job.Campaign, w)
		if err != nil {
			return err
		}
		row, err := pickBatch(ctx, t, job.Campaign, may, want.Full)
		if err != nil {
			return err
		}
		b.Closes = may.closes(row.zone)
		if err := row.split(ctx, t, job.Campaign, want.Most); err != nil {
			return err
		}
		b.No = row.no
		err = t.QueryRow(ctx, `UPDATE batch SET worker_no = $3, fence = fence + 1, from_seq = $4, to_seq = $5, seqs = $6
			WHERE campaign_no = $1 AND batch_no = $2 RETURNING fence, clock_timestamp()`,
			job.Campaign, row.no, w.No, row.from, row.to, row.seqs).Scan(&b.Fence, &b.Now)
		if err != nil {
			return err
		}
		b.People, err = peopleOf(ctx, t, job.Campaign, row)
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return b, delivery.ErrNothingFree
	case err != nil:
		return b, fmt.Errorf("claim batch: %w", away(err))
	}
	return b, nil
}

// batchRow is a batch as it lies in the table: a span, or a list.
type batchRow struct {
	no       int64
	block    *int32
	from, to *int64
	seqs     []int64
	stage    int16
	domain   *[16]byte
	zone     *string
}

// claimable is which batches of a campaign may be claimed now: up to a stage of
// its ramp, and in which zones its window is open, until when.
type claimable struct {
	stage int16
	zones []string
	until []time.Time
}

func (c claimable) closes(zone *string) time.Time {
	if zone != nil {
		if i := slices.Index(c.zones, *zone); i >= 0 {
			return c.until[i]
		}
	}
	return time.Time{}
}

// openZones are the zones of a campaign's people in which its window is open
// now, and when it closes there. A day on which the clocks change has its
// window by those clocks.
const openZones = `SELECT z.zone, (z.here::date + (c.send_window->>'to')::time) AT TIME ZONE z.zone AS until
	FROM campaign c, LATERAL (SELECT zone, now() AT TIME ZONE zone AS here FROM unnest(c.zones) AS u (zone)) z
	WHERE c.campaign_no = $1 AND z.here::time >= (c.send_window->>'from')::time AND z.here::time < (c.send_window->>'to')::time`

// mayClaim holds the campaign and the worker as they are until the claim
// commits: a pause that has committed finds no claim behind it, and nobody
// whose burial has committed holds a batch that no second burial would free.
func mayClaim(ctx context.Context, t pgx.Tx, campaign int64, w delivery.Worker) (claimable, error) {
	var c claimable
	var one int
	var windowed bool
	err := t.QueryRow(ctx, "SELECT ramp_step, send_window IS NOT NULL FROM campaign WHERE campaign_no = $1 AND state = 'sending' FOR SHARE", campaign).Scan(&c.stage, &windowed)
	if err != nil {
		return c, err
	}
	if windowed {
		rows, err := t.Query(ctx, openZones, campaign)
		if err != nil {
			return c, err
		}
		var zone string
		var until time.Time
		_, err = pgx.ForEachRow(rows, []any{&zone, &until}, func() error {
			c.zones, c.until = append(c.zones, zone), append(c.until, until)
			return nil
		})
		if err != nil {
			return c, err
		}
	}
	return c, t.QueryRow(ctx, "SELECT 1 FROM worker WHERE worker_no = $1 AND ended_at IS NULL FOR SHARE", w.No).Scan(&one)
}

func pickBatch(ctx context.Context, t pgx.Tx, campaign int64, may claimable, full []delivery.Domain) (batchRow, error) {
	var r batchRow
	domains := make([][16]byte, len(full))
	for i, d := range full {
		domains[i] = d
	}
	err := t.QueryRow(ctx, `SELECT batch_no, block_no, from_seq, to_seq, seqs, stage, domain_key, zone FROM batch
		WHERE campaign_no = $1 AND NOT done AND worker_no IS NULL AND not_before <= now() AND stage <= $2
		  AND (domain_key IS NULL OR domain_key <> ALL($3::uuid[])) AND (zone IS NULL OR zone = ANY($4::text[]))
		ORDER BY campaign_no, batch_no LIMIT 1 FOR UPDATE SKIP LOCKED`, campaign, may.stage, domains, may.zones).
		Scan(&r.no, &r.block, &r.from, &r.to, &r.seqs, &r.stage, &r.domain, &r.zone)
	return r, err
}

// split leaves what is over the limit to others, as a batch of its own.
func (r *batchRow) split(ctx context.Context, t pgx.Tx, campaign int64, most int) error {
	rest := *r
	switch {
	case r.seqs != nil && len(r.seqs) > most:
		rest.seqs = r.seqs[most:]
		r.seqs = r.seqs[:most]
	case r.seqs == nil && *r.to-*r.from+1 > int64(most):
		border := *r.from + int64(most)
		to := border - 1
		rest.from, r.to = &border, &to
	default:
		return nil
	}
	err := t.QueryRow(ctx, `INSERT INTO batch (campaign_no, batch_no, block_no, from_seq, to_seq, seqs, stage, domain_key, zone)
		VALUES ($1, nextval('batch_number'), $2, $3, $4, $5, $6, $7, $8) RETURNING batch_no`, campaign, rest.block, rest.from, rest.to, rest.seqs, rest.stage, rest.domain, rest.zone).Scan(&rest.no)
	if err != nil || rest.seqs == nil {
		return err
	}
	_, err = t.Exec(ctx, "UPDATE delivery_open SET batch_no = $3 WHERE campaign_no = $1 AND seq = ANY($2) AND batch_no = $4", campaign, rest.seqs, rest.no, r.no)
	return err
}

// peopleOf reads the deliveries of a batch that may be attempted: those without
// an intent made for this batch, or one that is still open, whose status still
// waits. What follows from an open attempt is its outcome's to say. Whoever was
// put off belongs to the one list that the open deliveries name: put off again,
// or gathered into another, they are no longer this one's.
func peopleOf(ctx context.Context, t pgx.Tx, campaign int64, r batchRow) ([]delivery.Claimed, error) {
	// The number of the attempt comes with the statement that says that one is
	// due: read later, it would follow an attempt that was made meanwhile.
	// Intents are asked for by the same bounds, since the planner may read all
	// that it is asked for, and would read those of the whole campaign.
	const open = `SELECT d.seq, d.recipient_no, d.variant_no, d.leaf, d.domain_key, %[1]s FROM delivery d
		WHERE d.campaign_no = $1 AND d.%[2]s AND %[3]s AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.campaign_no = $1 AND i.%[2]s AND i.seq = d.seq%[4]s) ORDER BY d.seq`
	var rows pgx.Rows
	var err error
	if r.seqs == nil {
		rows, err = t.Query(ctx, fmt.Sprintf(open, "1", "seq BETWEEN $2 AND $3", "d.status = 'pending'", ""), campaign, *r.from, *r.to)
	} else {
		rows, err = t.Query(ctx, fmt.Sprintf(open, "1 + (SELECT count(*) FROM intent i WHERE i.campaign_no = $1 AND i.seq = d.seq)", "seq = ANY($2)", "d.status IN ('pending', 'deferred')", ` AND (d.status = 'pending'
			OR NOT EXISTS (SELECT 1 FROM outcome o WHERE o.campaign_no = $1 AND o.seq = i.seq AND o.attempt = i.attempt)))
			AND (d.status = 'pending' OR EXISTS (SELECT 1 FROM delivery_open w WHERE w.campaign_no = $1 AND w.seq = d.seq AND w.batch_no = $3)`), campaign, r.seqs, r.no)
	}
	if err != nil {
		return nil, err
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (delivery.Claimed, error) {
		c := delivery.Claimed{Waited: r.seqs != nil}
		var leaf []byte
		err := row.Scan(&c.Seq, &c.Recipient, &c.Variant, &leaf, (*domainKey)(&c.Domain), &c.Attempt)
		c.Leaf = canon.FromBytes(leaf)
		return c, err
	})
	if err != nil || r.seqs == nil {
		return people, err
	}
	return people, addHistory(ctx, t, campaign, people)
}

// addHistory adds what earlier attempts fixed and how they ended.
func addHistory(ctx context.Context, t pgx.Tx, campaign int64, people []delivery.Claimed) error {
	at := make(map[int64]*delivery.Claimed, len(people))
	seqs := make([]int64, len(people))
	for i := range people {
		at[people[i].Seq], seqs[i] = &people[i], people[i].Seq
	}
	rows, err := t.Query(ctx, `SELECT i.seq, i.attempt, i.date, i.message_sha256, i.relay_no, i.at, o.phase, o.code, coalesce(o.enhanced, ''), o.lost
		FROM intent i JOIN outcome o USING (campaign_no, seq, attempt)
		WHERE i.campaign_no = $1 AND i.seq = ANY($2) ORDER BY i.seq, i.attempt, o.n`, campaign, seqs)
	if err != nil {
		return err
	}
	var seq, relay int64
	var attempt int
	var date, when time.Time
	var sum []byte
	var reply outcome.Reply
	var phase string
	_, err = pgx.ForEachRow(rows, []any{&seq, &attempt, &date, &sum, &relay, &when, &phase, &reply.Code, &reply.Enhanced, &reply.Lost}, func() error {
		reply.Phase = outcome.Phase(phase)
		c := at[seq]
		if attempt >= c.Attempt {
			return nil // made since
		}
		if attempt == 1 {
			c.First = &delivery.First{Date: date.UTC(), Hash: canon.FromBytes(sum)}
		}
		c.Prior = append(c.Prior, delivery.Prior{Relay: relay, At: when.UTC(), Verdict: reply.Verdict()})
		return nil
	})
	return err
}

// Release gives batches back. See delivery.Store.
func (s DeliveryStore) Release(ctx context.Context, campaign int64, w delivery.Worker, kept []delivery.Claim) error {
	numbers, _ := claimColumns(kept)
	_, err := s.pool.Exec(ctx, `UPDATE batch SET worker_no = NULL, fence = fence + 1
		WHERE campaign_no = $1 AND worker_no = $2 AND NOT done AND batch_no <> ALL(coalesce($3::bigint[], '{}'))`, campaign, w.No, numbers)
	if err != nil {
		return fmt.Errorf("release batches: %w", away(err))
	}
	return nil
}

func claimColumns(claims []delivery.Claim) (numbers, fences []int64) {
	for _, c := range claims {
		numbers, fences = append(numbers, c.Batch), append(fences, c.Fence)
	}
	return numbers, fences
}
