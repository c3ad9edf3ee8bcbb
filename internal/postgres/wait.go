package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/incident"
	"forthwith/internal/watch"
)

// waitsForLegal are the decisions that legal owes, as the home page shows them
// (overview.Standing): of a text its newest version alone, of an amendment the
// newest alone, and for as long as its campaign is paused.
const waitsForLegal = `SELECT 'text' AS kind, v.version_no, 0::bigint AS campaign_no, v.version_no AS object, 0 AS no, n.incident_no, e.at AS since, n.notice_no AS line, 0::bigint AS made_by
	FROM notice n JOIN incident i USING (incident_no)
	JOIN LATERAL (SELECT version_no FROM version WHERE notice_no = n.notice_no ORDER BY no DESC LIMIT 1) v ON true
	JOIN LATERAL (SELECT kind, at FROM version_event WHERE version_no = v.version_no ORDER BY event_no DESC LIMIT 1) e ON e.kind = 'submit'
	WHERE i.state = 'open'
	UNION ALL SELECT 'plan', 0, c.campaign_no, c.campaign_no, c.plan_no, c.incident_no, (c.preflight->>'at')::timestamptz, v.notice_no, 0
	FROM campaign c JOIN incident i USING (incident_no) JOIN version v USING (version_no) WHERE i.state = 'open' AND c.state = 'ready'
	UNION ALL SELECT 'amendment', 0, c.campaign_no, m.amendment_no, 0, c.incident_no, greatest(m.made_at, c.paused_at), v.notice_no, m.made_by
	FROM campaign c JOIN incident i USING (incident_no) JOIN version v USING (version_no)
	JOIN LATERAL (SELECT amendment_no, sha256, made_at, made_by FROM amendment WHERE campaign_no = c.campaign_no ORDER BY no DESC LIMIT 1) m ON true
	WHERE i.state = 'open' AND c.state = 'paused' AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.kind = 'amendment' AND a.target = m.sha256)`

// Wait runs f once at a time. See watch.WaitStore.
func (s AlertStore) Wait(ctx context.Context, f func(watch.WaitTx) error) error {
	return s.do(ctx, func(t *tx) error {
		var mine bool
		err := t.pg.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('approvals that wait', 0))").Scan(&mine)
		if err != nil || !mine {
			return err
		}
		return f(waitTx{t})
	})
}

type waitTx struct{ *tx }

// Settings reads them of the organisation.
func (t waitTx) Settings() (time.Duration, bool, error) {
	o, err := organisationNow(t.ctx, t.pg)
	return time.Duration(*o.ApprovalHours) * time.Hour, o.StaffMail != nil, err
}

func organisationNow(ctx context.Context, q reader) (o incident.Organisation, err error) {
	var document []byte
	err = q.QueryRow(ctx, "SELECT document FROM organisation ORDER BY version DESC LIMIT 1").Scan(&document)
	if errors.Is(err, pgx.ErrNoRows) {
		return o.Normalise(), nil
	}
	if err == nil {
		err = readJSON(document, &o)
	}
	if err != nil {
		return o.Normalise(), fmt.Errorf("read organisation: %w", err)
	}
	return o.Normalise(), nil
}

// Waits reads what waits for legal.
func (t waitTx) Waits() ([]watch.Wait, error) {
	rows, err := t.pg.Query(t.ctx, `SELECT w.version_no, w.campaign_no, w.incident_no, w.since, EXISTS (SELECT 1 FROM alert a
		  WHERE a.kind = $1 AND coalesce(a.version_no, 0) = w.version_no AND coalesce(a.campaign_no, 0) = w.campaign_no AND a.raised_at >= w.since)
		FROM (`+waitsForLegal+`) w ORDER BY w.since, w.kind, w.object`, string(watch.ApprovalWaits))
	if err != nil {
		return nil, fmt.Errorf("read what waits for legal: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w watch.Wait, err error) {
		return w, row.Scan((*int64)(&w.Version), (*int64)(&w.Campaign), (*int64)(&w.Incident), &w.Since, &w.Told)
	})
}

// End closes the alerts of waits that have ended.
func (t waitTx) End() error {
	_, err := t.pg.Exec(t.ctx, `UPDATE alert a SET over_at = now() WHERE a.kind = $1 AND a.state = 'open' AND NOT EXISTS (SELECT 1 FROM (`+waitsForLegal+`) w
		WHERE coalesce(a.version_no, 0) = w.version_no AND coalesce(a.campaign_no, 0) = w.campaign_no AND a.raised_at >= w.since)`, string(watch.ApprovalWaits))
	if err != nil {
		return fmt.Errorf("end alerts: %w", err)
	}
	return nil
}

// Raise tells people.
func (t waitTx) Raise(a watch.Alert) error { return t.raise(a) }
