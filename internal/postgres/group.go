package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

// Commit writes a group in one transaction. See delivery.Store.
func (s DeliveryStore) Commit(ctx context.Context, g delivery.Group) ([]bool, error) {
	if g.Again {
		granted, made, err := s.readGroup(ctx, g)
		if err != nil || made {
			return granted, wrapCommit(err)
		}
	}
	granted, err := s.commitOnce(ctx, g)
	if err == nil || !lostAnswer(err) {
		return granted, wrapCommit(err)
	}
	granted, made, readErr := s.readGroup(ctx, g)
	if readErr == nil && made {
		return granted, nil
	}
	return nil, wrapCommit(errors.Join(err, readErr))
}

func wrapCommit(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("commit group: %w", away(err))
}

// commitOnce tries the quick way, and the careful one where somebody else has
// spoken about one of the deliveries. A group that crossed another writer (a
// burial, a ruling) is written anew: an answer is not lost to a deadlock.
func (s DeliveryStore) commitOnce(ctx context.Context, g delivery.Group) (granted []bool, err error) {
	for range tries {
		granted, err = s.commitQuick(ctx, g)
		if overtaken(err) {
			granted, err = s.commitOvertaken(ctx, g)
		}
		if err == nil || !crossed(err) || ctx.Err() != nil {
			break
		}
	}
	return granted, err
}

// commitOvertaken goes the careful way, unless it was the group's own first try
// that was quicker: the server may go on with it after the way to it broke.
func (s DeliveryStore) commitOvertaken(ctx context.Context, g delivery.Group) ([]bool, error) {
	if granted, made, err := s.readGroup(ctx, g); err != nil || made {
		return granted, err
	}
	return s.commitCareful(ctx, g)
}

// commitQuick is one implicit transaction, and fails as a whole where a status
// does not simply follow from its outcome.
func (s DeliveryStore) commitQuick(ctx context.Context, g delivery.Group) ([]bool, error) {
	b, granted, err := s.queueGroup(ctx, g, false)
	if err != nil {
		return nil, err
	}
	return granted, s.pool.SendBatch(ctx, b).Close()
}

// commitCareful computes the statuses from the rows, in the transaction that
// adds to them.
func (s DeliveryStore) commitCareful(ctx context.Context, g delivery.Group) ([]bool, error) {
	b, granted, err := s.queueGroup(ctx, g, true)
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, len(g.Outcomes))
	for i, o := range g.Outcomes {
		seqs[i] = o.Seq
	}
	slices.Sort(seqs)
	return granted, pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error {
		if err := t.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return restate(ctx, t, g.Campaign, slices.Compact(seqs))
	})
}

func (s DeliveryStore) queueGroup(ctx context.Context, g delivery.Group, careful bool) (*pgx.Batch, []bool, error) {
	b := &pgx.Batch{}
	granted := make([]bool, len(g.Intents))
	if len(g.Outcomes) > 0 {
		entry, err := s.queueEntry(ctx, b, g)
		if err != nil {
			return nil, nil, err
		}
		queueOutcomeRows(b, g, careful)
		queueRulings(b, g, entry)
		queueStatus(b, g, careful)
	}
	if len(g.Intents) > 0 {
		queueIntents(b, g, granted, careful)
	}
	if len(g.Finished) > 0 {
		numbers, fences := claimColumns(g.Finished)
		b.Queue(`UPDATE batch b SET done = true, worker_no = NULL FROM unnest($2::bigint[], $3::bigint[]) AS c (batch_no, fence)
			WHERE b.campaign_no = $1 AND b.batch_no = c.batch_no AND b.fence = c.fence`, g.Campaign, numbers, fences)
	}
	return b, granted, nil
}

// queueIntents inserts the intents whose batch is still ours. The share lock
// keeps the fence where it is until the commit. Unless careful, an attempt that
// was announced before makes the table's key refuse all of them: to expect it
// costs as much as the insertion.
func queueIntents(b *pgx.Batch, g delivery.Group, granted []bool, careful bool) {
	n := len(g.Intents)
	seqs, attempts, batches, fences := make([]int64, n), make([]int16, n), make([]int64, n), make([]int64, n)
	relays, revisions, dates, sums := make([]int32, n), make([]int32, n), make([]time.Time, n), make([][]byte, n)
	index := make(map[int64]int, n)
	for i, in := range g.Intents {
		seqs[i], attempts[i], batches[i], fences[i] = in.Seq, int16(in.Attempt), in.Batch, in.Fence
		relays[i], revisions[i], dates[i], sums[i] = int32(in.Relay.No), int32(in.Relay.Revision), in.Date, in.Hash[:]
		index[in.Seq] = i
	}
	const insert = `WITH held AS MATERIALIZED (SELECT batch_no, fence FROM batch
			WHERE campaign_no = $1 AND batch_no = ANY($4) AND worker_no = $2 FOR SHARE)
		INSERT INTO intent (campaign_no, group_no, worker_no, seq, attempt, relay_no, relay_revision, date, message_sha256)
		SELECT $1::bigint, $3, $2, u.seq, u.attempt, u.relay_no, u.revision, u.date, u.sum
		FROM unnest($5::bigint[], $6::smallint[], $4::bigint[], $7::bigint[], $8::integer[], $9::integer[], $10::timestamptz[], $11::bytea[])
		  AS u (seq, attempt, batch_no, fence, relay_no, revision, date, sum)
		JOIN held USING (batch_no, fence)%s RETURNING seq`
	known := ""
	if careful {
		known = " ON CONFLICT DO NOTHING"
	}
	b.Queue(fmt.Sprintf(insert, known), g.Campaign, g.Worker.No, g.No, batches, seqs, attempts, fences, relays, revisions, dates, sums).Query(func(rows pgx.Rows) error {
		var seq int64
		_, err := pgx.ForEachRow(rows, []any{&seq}, func() error {
			granted[index[seq]] = true
			return nil
		})
		return err
	})
}

// readGroup finds out whether a group was made whose answer was lost.
func (s DeliveryStore) readGroup(ctx context.Context, g delivery.Group) ([]bool, bool, error) {
	granted := make([]bool, len(g.Intents))
	made := false
	for i, in := range g.Intents {
		err := s.pool.QueryRow(ctx, "SELECT group_no = $4 FROM intent WHERE campaign_no = $1 AND seq = $2 AND attempt = $3",
			g.Campaign, in.Seq, in.Attempt, g.No).Scan(&granted[i])
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return nil, false, err
		}
		made = made || granted[i]
	}
	for _, o := range g.Outcomes {
		var there bool
		err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM outcome WHERE campaign_no = $1 AND seq = $2 AND attempt = $3 AND group_no = $4)",
			g.Campaign, o.Seq, o.Attempt, g.No).Scan(&there)
		if err != nil {
			return nil, false, err
		}
		made = made || there
	}
	return granted, made, nil
}

const (
	outcomeColumns = `INSERT INTO outcome (campaign_no, group_no, seq, attempt, n, position, code, lost, phase, enhanced, queue_id, tls_version, certificate)
		SELECT $1::bigint, $2, u.seq, u.attempt, %s, u.position, u.code, u.lost, u.phase, u.enhanced, u.queue_id, u.tls, u.certificate
		FROM unnest($3::bigint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])
		  AS u (seq, attempt, position, code, lost, phase, enhanced, queue_id, tls, certificate)%s`
	// An aggregate for each row: a join would be planned over all outcomes of
	// the campaign while there are no statistics.
	spokenBefore = ` CROSS JOIN LATERAL (SELECT coalesce(max(o.n) + 1, 0) AS n, coalesce(bool_or(o.group_no = $2), false) AS told
		FROM outcome o WHERE o.campaign_no = $1 AND o.seq = u.seq AND o.attempt = u.attempt) AS before WHERE NOT before.told`
)

// queueOutcomeRows writes the outcomes. Unless careful, each must be the first
// that speaks of its attempt, or the table's key refuses all of them.
func queueOutcomeRows(b *pgx.Batch, g delivery.Group, careful bool) {
	n := len(g.Outcomes)
	seqs, attempts, positions, codes, lost := make([]int64, n), make([]int16, n), make([]int16, n), make([]int16, n), make([]bool, n)
	phases, enhanced, queues, tls, certificates := make([]string, n), make([]*string, n), make([]*string, n), make([]*string, n), make([][]byte, n)
	for i, o := range g.Outcomes {
		seqs[i], attempts[i], positions[i], codes[i], lost[i] = o.Seq, int16(o.Attempt), int16(i), int16(o.Reply.Code), o.Reply.Lost
		phases[i], enhanced[i], queues[i] = string(o.Reply.Phase), orNull(o.Reply.Enhanced), orNull(o.Reply.QueueID)
		tls[i], certificates[i] = orNull(o.Evidence.TLSVersion), o.Evidence.Certificate
	}
	statement := fmt.Sprintf(outcomeColumns, "0", "")
	if careful {
		statement = fmt.Sprintf(outcomeColumns, "before.n", spokenBefore)
	}
	b.Queue(statement, g.Campaign, g.No, seqs, attempts, positions, codes, lost, phases, enhanced, queues, tls, certificates)
}

// queueRulings writes the decisions that rules took, and keeps the list of
// deliveries that wait.
func queueRulings(b *pgx.Batch, g delivery.Group, entry ledger.EntryID) {
	var explained, waiting []int64
	var statuses []string
	var after []time.Duration
	for _, o := range g.Outcomes {
		if o.RelayFault || o.Resend {
			kind := outcome.DecideRelayAtFault
			if o.Resend {
				kind = outcome.DecideResend
			}
			b.Queue(`INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, actor, entry_id)
				VALUES ($1, nextval('decision_number'), $2, $2, $3, $4, $5, $6)`, g.Campaign, o.Seq, o.Attempt, string(kind), g.Worker.Name, entry)
		}
		if o.Status.Explained() {
			if o.Attempt > 1 || o.Waited {
				explained = append(explained, o.Seq)
			}
			continue
		}
		waiting, statuses, after = append(waiting, o.Seq), append(statuses, string(o.Status)), append(after, o.After)
	}
	if len(explained) > 0 {
		b.Queue("DELETE FROM delivery_open WHERE campaign_no = $1 AND seq = ANY($2)", g.Campaign, explained)
	}
	if len(waiting) > 0 {
		b.Queue(`INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at)
			SELECT $1, u.seq, u.status, CASE WHEN u.status = 'deferred' THEN now() + u.after END, now() + make_interval(secs => c.expire_after_seconds)
			FROM unnest($2::bigint[], $3::text[], $4::interval[]) AS u (seq, status, after), campaign c WHERE c.campaign_no = $1
			ON CONFLICT (campaign_no, seq) DO UPDATE SET status = excluded.status, next_at = excluded.next_at, batch_no = NULL`, g.Campaign, waiting, statuses, after)
	}
}

// queueStatus writes the status cache set-wise, where nobody else has spoken
// about a delivery since its attempt began. Unless careful, the transaction
// fails by the division where somebody has.
func queueStatus(b *pgx.Batch, g delivery.Group, careful bool) {
	n := len(g.Outcomes)
	seqs, attempts, relays, statuses := make([]int64, n), make([]int16, n), make([]int32, n), make([]string, n)
	for i, o := range g.Outcomes {
		seqs[i], attempts[i], relays[i], statuses[i] = o.Seq, int16(o.Attempt), int32(o.Relay), string(o.Status)
	}
	b.Queue(`WITH written AS (UPDATE delivery d SET status = u.status, attempts = u.attempt, relay_no = u.relay_no, last_event_at = now()
		FROM unnest($2::bigint[], $3::smallint[], $4::integer[], $5::text[]) AS u (seq, attempt, relay_no, status)
		WHERE d.campaign_no = $1 AND d.seq = u.seq AND d.attempts < u.attempt AND d.status IN ('pending', 'deferred') RETURNING d.seq)
		SELECT 1 / ($6::boolean OR count(*) = cardinality($2::bigint[]))::integer FROM written`,
		g.Campaign, seqs, attempts, relays, statuses, careful)
}

// overtaken tells whether the quick way found that somebody else had spoken:
// by the status, or by an intent or outcome of the same attempt.
func overtaken(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "22012" || pe.Code == "23505" && (strings.HasPrefix(pe.TableName, "outcome_") || strings.HasPrefix(pe.TableName, "intent_")))
}

// crossed tells whether another writer was there at the same moment: once more
// finds its rows.
func crossed(err error) bool {
	var pe *pgconn.PgError
	return passing(err) || errors.As(err, &pe) && pe.Code == "23505"
}

// queueEntry writes one ledger entry for the group: the Merkle root over its
// outcomes.
func (s DeliveryStore) queueEntry(ctx context.Context, b *pgx.Batch, g delivery.Group) (ledger.EntryID, error) {
	root := g.Root()
	e := ledger.New(access.Actor{Worker: g.Worker.Name}, ledger.OutcomesRecorded, id.Campaign(g.Campaign)).In(g.Incident).
		With(map[string]any{"group": g.No, "outcomes": len(g.Outcomes), "root": canon.Hash(root)})
	r, err := e.Seal(g.At)
	if err != nil {
		return e.ID, err
	}
	in, err := s.keys.incident(ctx, g.Incident)
	if err != nil {
		return e.ID, err
	}
	sealed, err := in.SealText(detailsColumn, r.Details)
	if err != nil {
		return e.ID, err
	}
	b.Queue(insertEntry, r.ID, r.At, r.Actor, string(r.Verb), r.Object, e.Incident, r.DetailsSHA256[:], sealed, r.LeafHash[:])
	return e.ID, nil
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
