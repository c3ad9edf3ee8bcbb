package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

// Save makes due again what a broken relay may have refused. See
// delivery.Store.
func (s DeliveryStore) Save(ctx context.Context, v delivery.Saving) (missing int, err error) {
	err = s.do(ctx, func(t *tx) error {
		var state string
		var incident int64
		if err := t.pg.QueryRow(t.ctx, "SELECT state, incident_no FROM campaign WHERE campaign_no = $1 FOR SHARE", v.Campaign).Scan(&state, &incident); err != nil {
			return err
		}
		if state != "sending" && state != "paused" {
			missing = 0 // whoever waits was cancelled, and nobody is mailed any more
			return nil
		}
		seqs, attempts := triedColumns(v.Tried)
		answered, err := t.answered(v.Campaign, seqs, attempts)
		if err != nil {
			return err
		}
		if missing = len(v.Tried) - len(answered); missing > 0 {
			return nil
		}
		forgiven, err := t.forgive(v, incident, answered)
		if err != nil {
			return err
		}
		if err := restate(t.ctx, t.pg, v.Campaign, forgiven); err != nil {
			return err
		}
		_, err = t.pg.Exec(t.ctx, `UPDATE delivery_open SET next_at = now() + $3
			WHERE campaign_no = $1 AND seq = ANY($2) AND status = 'deferred' AND next_at IS NOT NULL`, v.Campaign, seqs, v.After)
		return err
	})
	if err != nil {
		return missing, fmt.Errorf("save deliveries: %w", away(err))
	}
	return missing, nil
}

func triedColumns(tried []delivery.Tried) (seqs []int64, attempts []int16) {
	for _, t := range tried {
		seqs, attempts = append(seqs, t.Seq), append(attempts, int16(t.Attempt))
	}
	return seqs, attempts
}

// answered reads how attempts ended that have an outcome; the truth outweighs
// what the lease's end assumed.
func (t *tx) answered(campaign int64, seqs []int64, attempts []int16) (map[delivery.Tried]outcome.Verdict, error) {
	rows, err := t.pg.Query(t.ctx, `SELECT o.seq, o.attempt, o.phase, o.code, coalesce(o.enhanced, ''), o.lost
		FROM unnest($2::bigint[], $3::smallint[]) AS u (seq, attempt) JOIN outcome o ON o.campaign_no = $1 AND o.seq = u.seq AND o.attempt = u.attempt
		ORDER BY o.n`, campaign, seqs, attempts)
	if err != nil {
		return nil, err
	}
	all := map[delivery.Tried]outcome.Verdict{}
	var phase string
	var r outcome.Reply
	one := delivery.Tried{Campaign: campaign}
	_, err = pgx.ForEachRow(rows, []any{&one.Seq, &one.Attempt, &phase, &r.Code, &r.Enhanced, &r.Lost}, func() error {
		r.Phase = outcome.Phase(phase)
		all[one] = r.Verdict()
		return nil
	})
	return all, err
}

// forgive puts on record that refusals were the relay's, once each, and tells
// whose.
func (t *tx) forgive(v delivery.Saving, incident int64, answered map[delivery.Tried]outcome.Verdict) ([]int64, error) {
	var refused []delivery.Tried
	for _, one := range v.Tried {
		if verdict := answered[one]; verdict == outcome.Refused || verdict == outcome.RelayFault {
			refused = append(refused, one)
		}
	}
	seqs, attempts := triedColumns(refused)
	rows, err := t.pg.Query(t.ctx, `SELECT u.seq, u.attempt FROM unnest($2::bigint[], $3::smallint[]) AS u (seq, attempt)
		WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.campaign_no = $1 AND d.from_seq = u.seq AND d.to_seq = u.seq
		  AND d.attempt = u.attempt AND d.kind = 'relay_at_fault') ORDER BY u.seq`, v.Campaign, seqs, attempts)
	if err != nil {
		return nil, err
	}
	fresh, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one delivery.Tried, err error) {
		return one, row.Scan(&one.Seq, &one.Attempt)
	})
	if err != nil || len(fresh) == 0 {
		return nil, err
	}
	entry := ledger.New(access.Actor{Worker: v.Worker.Name}, ledger.RefusalsForgiven, id.Campaign(v.Campaign)).In(incident).
		With(map[string]any{"deliveries": len(fresh)})
	if err := t.Record(entry); err != nil {
		return nil, err
	}
	seqs, attempts = triedColumns(fresh)
	_, err = t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, actor, entry_id)
		SELECT $1, nextval('decision_number'), u.seq, u.seq, u.attempt, 'relay_at_fault', $4, $5
		FROM unnest($2::bigint[], $3::smallint[]) AS u (seq, attempt)`, v.Campaign, seqs, attempts, v.Worker.Name, entry.ID)
	return seqs, err
}
