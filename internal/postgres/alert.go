package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/watch"
)

// AlertStore implements watch.Store.
type AlertStore struct{ *DB }

const alertColumns = `SELECT a.alert_no, a.kind, a.state, coalesce(a.relay_no, 0), coalesce(a.campaign_no, 0), coalesce(a.version_no, 0), coalesce(c.incident_no, n.incident_no, 0),
	coalesce(r.name, c.name, n.name), coalesce(r.state, c.state, e.kind, ''), a.times, a.raised_at, a.last_at, coalesce(a.acknowledged_by, 0), a.acknowledged_at, a.over_at
	FROM alert a LEFT JOIN relay r USING (relay_no) LEFT JOIN campaign c USING (campaign_no) LEFT JOIN version v ON v.version_no = a.version_no LEFT JOIN notice n ON n.notice_no = v.notice_no
	LEFT JOIN LATERAL (SELECT kind FROM version_event WHERE version_no = a.version_no ORDER BY event_no DESC LIMIT 1) e ON true `

func scanAlert(row pgx.CollectableRow) (watch.Alert, error) {
	var a watch.Alert
	err := row.Scan((*int64)(&a.ID), (*string)(&a.Kind), (*string)(&a.State), (*int64)(&a.Relay), (*int64)(&a.Campaign), (*int64)(&a.Version), (*int64)(&a.Incident),
		&a.Name, &a.Now, &a.Times, &a.RaisedAt, &a.LastAt, (*int64)(&a.AcknowledgedBy), &a.AcknowledgedAt, &a.OverAt)
	a.RaisedAt, a.LastAt, a.AcknowledgedAt, a.OverAt = a.RaisedAt.UTC(), a.LastAt.UTC(), utc(a.AcknowledgedAt), utc(a.OverAt)
	if a.Version != 0 {
		a.Now = string(stateAfter(a.Now))
	}
	return a, err
}

// Do runs f in one transaction.
func (s AlertStore) Do(ctx context.Context, f func(watch.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(alertTx{t}) })
}

// Alerts reads a page in order of ids.
func (s AlertStore) Alerts(ctx context.Context, after id.Alert, limit int, where ...filter.Equal) ([]watch.Alert, error) {
	return pageFrom(ctx, s.pool, page{alertColumns + "WHERE a.alert_no > $1", []any{int64(after)},
		conditions{"state": "a.state = ANY(?)"}, where, "a.alert_no", limit}, scanAlert)
}

// Newest reads the newest open alerts. See watch.Store.
func (s AlertStore) Newest(ctx context.Context, limit int) (newest []watch.Alert, open int64, err error) {
	var b pgx.Batch
	b.Queue(alertColumns+"WHERE a.state = 'open' ORDER BY a.alert_no DESC LIMIT $1", limit).Query(func(rows pgx.Rows) (err error) {
		newest, err = pgx.CollectRows(rows, scanAlert)
		return err
	})
	b.Queue("SELECT count(*) FROM alert WHERE state = 'open'").QueryRow(func(row pgx.Row) error { return row.Scan(&open) })
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return nil, 0, fmt.Errorf("read alerts: %w", away(err))
	}
	return newest, open, nil
}

type alertTx struct{ *tx }

// Lock reads an alert for a change.
func (t alertTx) Lock(no id.Alert) (watch.Alert, error) {
	return t.one(alertColumns+"WHERE a.alert_no = $1 FOR UPDATE OF a", int64(no))
}

// Acknowledge closes an open alert.
func (t alertTx) Acknowledge(no id.Alert, by id.User) (watch.Alert, error) {
	if _, err := t.pg.Exec(t.ctx, "UPDATE alert SET acknowledged_by = $2, acknowledged_at = now() WHERE alert_no = $1", int64(no), int64(by)); err != nil {
		return watch.Alert{}, fmt.Errorf("acknowledge %s: %w", no, err)
	}
	return t.one(alertColumns+"WHERE a.alert_no = $1", int64(no))
}

func (t alertTx) one(query string, args ...any) (watch.Alert, error) {
	rows, err := t.pg.Query(t.ctx, query, args...)
	if err != nil {
		return watch.Alert{}, err
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAlert)
	if err == pgx.ErrNoRows {
		err = watch.ErrNotFound
	}
	return a, err
}

// raise tells people of something. While an alert of the same is open it only
// counts; a new one is on record.
func (t *tx) raise(a watch.Alert) error {
	var no, times int64
	err := t.pg.QueryRow(t.ctx, `INSERT INTO alert AS a (kind, relay_no, campaign_no, version_no) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, coalesce(relay_no, 0), coalesce(campaign_no, 0), coalesce(version_no, 0)) WHERE acknowledged_at IS NULL AND over_at IS NULL
		DO UPDATE SET times = a.times + 1, last_at = clock_timestamp() RETURNING alert_no, times`, string(a.Kind), a.Relay, a.Campaign, a.Version).Scan(&no, &times)
	if err != nil {
		return fmt.Errorf("raise an alert: %w", err)
	}
	if times > 1 {
		return nil
	}
	about := a.Relay.String() + a.Campaign.String() + a.Version.String() // all but one are empty
	return t.Record(ledger.New(access.System, ledger.AlertRaised, id.Alert(no)).In(int64(a.Incident)).With(map[string]any{"kind": a.Kind, "about": about}))
}

// Warn tells people that a campaign stopped by itself. See campaign.RunTx.
func (t campaignTx) Warn(c campaign.Campaign) error {
	return t.raise(watch.Alert{Kind: watch.CampaignStopped, Campaign: c.ID, Incident: c.Incident})
}

// stranded are campaigns that no relay of theirs carries: neither one of the
// plan nor one that an amendment added is healthy and not left by a person. One
// is told of again only after another relay has failed since.
const stranded = `SELECT c.campaign_no, c.incident_no FROM campaign c
	CROSS JOIN LATERAL (SELECT c.relays || ARRAY(SELECT substr(w->>'id', 5)::bigint FROM amendment m
		JOIN approval a ON a.kind = 'amendment' AND a.target = m.sha256, jsonb_array_elements(convert_from(m.document, 'UTF8')::jsonb->'relays') w
		WHERE m.campaign_no = c.campaign_no AND jsonb_typeof(convert_from(m.document, 'UTF8')::jsonb->'relays') = 'array') AS all_relays) x
	WHERE c.state = 'sending'
	  AND NOT EXISTS (SELECT 1 FROM relay r WHERE r.relay_no = ANY(x.all_relays) AND r.state = 'healthy'
	    AND NOT coalesce((SELECT f.from_relay = r.relay_no FROM failover f WHERE f.campaign_no = c.campaign_no AND f.plan_no = c.plan_no AND r.relay_no IN (f.from_relay, f.to_relay)
	      ORDER BY f.failover_no DESC LIMIT 1), false))
	  AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.campaign_no = c.campaign_no AND a.kind = 'campaign_stranded'
	    AND a.last_at >= (SELECT max(failed_at) FROM relay r WHERE r.relay_no = ANY(x.all_relays)))
	ORDER BY 1`

// Stranded tells people of campaigns that no relay carries. See delivery.Office.
func (s DeliveryStore) Stranded(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, stranded)
	if err != nil {
		return fmt.Errorf("find stranded campaigns: %w", away(err))
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a watch.Alert, err error) {
		a.Kind = watch.CampaignStranded
		return a, row.Scan((*int64)(&a.Campaign), (*int64)(&a.Incident))
	})
	if err != nil {
		return fmt.Errorf("find stranded campaigns: %w", away(err))
	}
	for _, a := range found {
		if err := s.do(ctx, func(t *tx) error { return t.raise(a) }); err != nil {
			return fmt.Errorf("tell that %s is stranded: %w", a.Campaign, away(err))
		}
	}
	return nil
}
