package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
)

// Ramp runs f in a transaction that moves a ramp on.
func (s CampaignStore) Ramp(ctx context.Context, f func(campaign.RampTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

// stepTried: every batch of the ramp's present step is done. Those who are tried
// again stand in batches of no step.
const stepTried = `NOT EXISTS (SELECT 1 FROM batch b WHERE b.campaign_no = c.campaign_no AND NOT b.done AND b.stage = c.ramp_step)`

// Resting lists campaigns whose ramp may move on. See campaign.RampStore.
func (s CampaignStore) Resting(ctx context.Context) ([]id.Campaign, error) {
	rows, err := s.pool.Query(ctx, `SELECT campaign_no FROM campaign c WHERE state = 'sending' AND ramp_step < jsonb_array_length(ramp)
		AND coalesce(ramp_until, now()) <= now() AND `+stepTried+` ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list resting campaigns: %w", away(err))
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.Campaign])
}

// Rested tells whether a step was tried. See campaign.RampTx.
func (t campaignTx) Rested(no id.Campaign) (tried bool, err error) {
	err = t.pg.QueryRow(t.ctx, "SELECT "+stepTried+" FROM campaign c WHERE campaign_no = $1", int64(no)).Scan(&tried)
	return tried, err
}

// Hold waits for answers. See campaign.RampTx.
func (t campaignTx) Hold(no id.Campaign, span time.Duration) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE campaign SET ramp_until = now() + $2 WHERE campaign_no = $1", int64(no), span)
	return err
}

// Advance opens the next step. See campaign.RampTx.
func (t campaignTx) Advance(no id.Campaign) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE campaign SET ramp_step = ramp_step + 1, ramp_since = now(), ramp_until = NULL WHERE campaign_no = $1", int64(no))
	return err
}

// Refused counts the present step's messages. See campaign.RampTx. Its people
// are those who were answered since it began; refusals for the relay's sake
// count like others.
func (t campaignTx) Refused(no id.Campaign) ([]campaign.Share, error) {
	rows, err := t.pg.Query(t.ctx, `WITH step AS MATERIALIZED (SELECT d.seq, d.relay_no, d.domain_key, d.status = 'rejected' OR EXISTS (SELECT 1 FROM decision k
			  WHERE k.campaign_no = $1 AND d.seq BETWEEN k.from_seq AND k.to_seq AND k.kind = 'relay_at_fault') AS refused
			FROM campaign c JOIN delivery d USING (campaign_no)
			WHERE c.campaign_no = $1 AND d.attempts > 0 AND d.last_event_at >= coalesce(c.ramp_since, c.started_at)),
		shares AS (SELECT relay_no, NULL::uuid AS domain_key, count(*) AS n, count(*) FILTER (WHERE refused) AS bad FROM step GROUP BY 1
			UNION ALL SELECT NULL, domain_key, count(*), count(*) FILTER (WHERE refused) FROM step GROUP BY 2)
		SELECT coalesce(relay_no, 0), (SELECT name FROM domain x WHERE x.domain_key = s.domain_key), n, bad FROM shares s WHERE bad > 0 ORDER BY bad DESC`, int64(no))
	if err != nil {
		return nil, fmt.Errorf("count refusals of %s: %w", no, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (campaign.Share, error) {
		var s campaign.Share
		var name []byte
		if err := row.Scan((*int64)(&s.Relay), &name, &s.All, &s.Refused); err != nil || name == nil {
			return s, err
		}
		plain, err := t.db.keys.installation.OpenSetting(domainColumn, 0, name)
		s.Domain = string(plain)
		return s, err
	})
}
