package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/watch"
)

// PutOff defers what could not be made. See delivery.Store.
func (s DeliveryStore) PutOff(ctx context.Context, p delivery.PutOff) error {
	err := s.do(ctx, func(t *tx) error {
		var one int
		err := t.pg.QueryRow(t.ctx, "SELECT 1 FROM batch WHERE campaign_no = $1 AND batch_no = $2 AND fence = $3 AND worker_no = $4 FOR SHARE",
			p.Campaign, p.Claim.Batch, p.Claim.Fence, p.Worker.No).Scan(&one)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := t.decideUnmade(p); err != nil {
			return err
		}
		if p.NotAsApproved() {
			if err := t.raise(watch.Alert{Kind: watch.LettersWithheld, Campaign: id.Campaign(p.Campaign), Incident: id.Incident(p.Incident)}); err != nil {
				return err
			}
		}
		return t.await(p)
	})
	if err != nil {
		return fmt.Errorf("put deliveries off: %w", away(err))
	}
	return nil
}

// decideUnmade puts on record why letters could not be made, once for as long
// as the reason is the same.
func (t *tx) decideUnmade(p delivery.PutOff) error {
	seqs, attempts, codes := unmadeColumns(p.Unmade)
	rows, err := t.pg.Query(t.ctx, `SELECT u.seq, u.attempt, u.code FROM unnest($2::bigint[], $3::smallint[], $4::text[]) AS u (seq, attempt, code)
		WHERE u.code IS DISTINCT FROM (SELECT d.code FROM decision d WHERE d.campaign_no = $1 AND d.from_seq = u.seq AND d.to_seq = u.seq
		  AND d.attempt = u.attempt AND d.kind = 'unmade' ORDER BY d.decision_no DESC LIMIT 1) ORDER BY u.seq`, p.Campaign, seqs, attempts, codes)
	if err != nil {
		return err
	}
	fresh, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u delivery.Unmade, err error) {
		return u, row.Scan(&u.Claimed.Seq, &u.Claimed.Attempt, &u.Why)
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	entry := ledger.New(access.Actor{Worker: p.Worker.Name}, ledger.LettersUnmade, id.Campaign(p.Campaign)).In(p.Incident).
		With(map[string]any{"deliveries": len(fresh)})
	if err := t.Record(entry); err != nil {
		return err
	}
	seqs, attempts, codes = unmadeColumns(fresh)
	_, err = t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, code, actor, entry_id)
		SELECT $1, nextval('decision_number'), u.seq, u.seq, u.attempt, 'unmade', u.code, $5, $6
		FROM unnest($2::bigint[], $3::smallint[], $4::text[]) AS u (seq, attempt, code)`, p.Campaign, seqs, attempts, codes, p.Worker.Name, entry.ID)
	return err
}

// await lets deliveries wait until they are looked at again. Their time runs
// from the first time that they were put off.
func (t *tx) await(p delivery.PutOff) error {
	seqs, _, _ := unmadeColumns(p.Unmade)
	_, err := t.pg.Exec(t.ctx, `INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at)
		SELECT $1, u.seq, 'deferred', now() + $3, now() + make_interval(secs => c.expire_after_seconds)
		FROM unnest($2::bigint[]) AS u (seq), campaign c WHERE c.campaign_no = $1
		ON CONFLICT (campaign_no, seq) DO UPDATE SET status = excluded.status, next_at = excluded.next_at, batch_no = NULL`, p.Campaign, seqs, p.After)
	if err != nil {
		return err
	}
	return restate(t.ctx, t.pg, p.Campaign, seqs)
}

func unmadeColumns(unmade []delivery.Unmade) (seqs []int64, attempts []int16, codes []string) {
	for _, u := range unmade {
		seqs, attempts, codes = append(seqs, u.Claimed.Seq), append(attempts, int16(u.Claimed.Attempt)), append(codes, u.Why)
	}
	return seqs, attempts, codes
}
