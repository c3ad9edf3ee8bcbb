package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/dkim"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// dkimPrivateColumn holds sealed private keys, each with its sender's number.
const dkimPrivateColumn = "dkim_key.private"

const dkimColumns = "key_no, sender_no, domain, selector, algorithm, public, made_at, used_at, retired_at"

func readKeyRow(row pgx.CollectableRow) (sender.Key, error) {
	var k sender.Key
	err := row.Scan((*int64)(&k.ID), (*int64)(&k.Sender), &k.Domain, &k.Selector, (*string)(&k.Algorithm), &k.Public, &k.MadeAt, &k.UsedAt, &k.RetiredAt)
	k.MadeAt, k.UsedAt, k.RetiredAt = k.MadeAt.UTC(), utc(k.UsedAt), utc(k.RetiredAt)
	return k, err
}

func keysOf(ctx context.Context, q querier, no id.Sender) ([]sender.Key, error) {
	rows, err := q.Query(ctx, "SELECT "+dkimColumns+" FROM dkim_key WHERE sender_no = $1 ORDER BY key_no", int64(no))
	if err != nil {
		return nil, fmt.Errorf("read DKIM keys of %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, readKeyRow)
}

// Keys lists the keys of an identity in order of their ids.
func (s SenderStore) Keys(ctx context.Context, no id.Sender) ([]sender.Key, error) {
	return keysOf(ctx, s.pool, no)
}

// Keys lists the keys of an identity.
func (t senderTx) Keys(no id.Sender) ([]sender.Key, error) { return keysOf(t.ctx, t.pg, no) }

// InsertKey writes a key with its private half sealed.
func (t senderTx) InsertKey(k sender.Key, private []byte, by id.User) (sender.Key, error) {
	sealed, err := t.db.keys.installation.SealSetting(dkimPrivateColumn, int64(k.Sender), private)
	if err != nil {
		return k, fmt.Errorf("seal DKIM key: %w", err)
	}
	rows, err := t.pg.Query(t.ctx, `INSERT INTO dkim_key (sender_no, domain, selector, algorithm, public, private, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+dkimColumns, int64(k.Sender), k.Domain, k.Selector, string(k.Algorithm), k.Public, sealed, int64(by))
	if err == nil {
		k, err = pgx.CollectExactlyOneRow(rows, readKeyRow)
	}
	if violates(err, "dkim_selector_once") {
		return k, fault.Wrong("selector", "dkim_selector_taken", fault.Values{"name": "selector"})
	}
	if err != nil {
		return k, fmt.Errorf("insert DKIM key: %w", err)
	}
	return k, nil
}

// SaveKey notes that a key is used, or retired.
func (t senderTx) SaveKey(no id.DKIMKey, retire bool, by id.User) (sender.Key, error) {
	set, args := "used_at = coalesce(used_at, now())", []any{int64(no)}
	if retire {
		set, args = "retired_at = coalesce(retired_at, now()), retired_by = coalesce(retired_by, $2)", append(args, int64(by))
	}
	rows, err := t.pg.Query(t.ctx, "UPDATE dkim_key SET "+set+" WHERE key_no = $1 RETURNING "+dkimColumns, args...)
	if err != nil {
		return sender.Key{}, fmt.Errorf("save %s: %w", no, err)
	}
	return pgx.CollectExactlyOneRow(rows, readKeyRow)
}

// Signing opens the keys that a plan names, whether they are retired by now or
// not: the plan was approved with them.
func (s CampaignStore) Signing(ctx context.Context, p campaign.PlannedSender) ([]*dkim.Key, error) {
	keys := make([]*dkim.Key, len(p.DKIMKeys))
	for i, planned := range p.DKIMKeys {
		var of int64
		var sealed []byte
		err := s.pool.QueryRow(ctx, "SELECT sender_no, private FROM dkim_key WHERE key_no = $1", int64(planned.ID)).Scan(&of, &sealed)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", planned.ID, away(err))
		}
		private, err := s.keys.installation.OpenSetting(dkimPrivateColumn, of, sealed)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", planned.ID, err)
		}
		if keys[i], err = planned.Open(private); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// readSigning reads which keys of a sender sign now: those in use that belong
// to the domain of its From.
func readSigning(ctx context.Context, q reader, s *campaign.PlannedSender) error {
	all, err := keysOf(ctx, q, s.ID)
	s.DKIMKeys = []campaign.PlannedKey{}
	for _, k := range all {
		if k.Signs(sender.Details{From: s.From}) {
			s.DKIMKeys = append(s.DKIMKeys, campaign.PlanKey(k))
		}
	}
	return err
}
