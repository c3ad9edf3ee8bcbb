package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/outcome"
)

// standsFor is for how long figures of a campaign under way are good.
const standsFor = 30 * time.Second

// Standing reads what became of everybody of an incident. See obligation.Store.
func (s ObligationStore) Standing(ctx context.Context, no id.Incident) (obligation.Standing, error) {
	var out obligation.Standing
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(t pgx.Tx) error {
		now := scene{t, s.DB, no}
		moment, err := now.moment(ctx)
		if err != nil {
			return err
		}
		var at time.Time
		var moving bool
		var told string
		err = t.QueryRow(ctx, `SELECT now(), coalesce(bool_or(state = 'sending'), false), coalesce(string_agg(campaign_no || ' ' || status || ' ' || people, ',' ORDER BY campaign_no, status), '')
			FROM (SELECT campaign_no, c.state, d.status, sum(d.n) AS people FROM campaign c JOIN delivery_sum d USING (campaign_no)
			  WHERE c.incident_no = $1 AND c.started_at IS NOT NULL GROUP BY 1, 2, 3) sums`, int64(no)).Scan(&at, &moving, &told)
		if err != nil {
			return err
		}
		if moving { // the sums are others each second
			told = at.Truncate(standsFor).String()
		}
		out, err = s.reached.get(no, moment+" "+told, func() (obligation.Standing, error) {
			groups, err := now.reached(ctx)
			return obligation.Standing{At: at.UTC(), Groups: groups}, err
		})
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read what became of the people of %s: %w", no, away(err))
	}
	return out, nil
}

// peopleByOutcome: $2 are the statuses, the one that says most first.
var peopleByOutcome = `WITH best AS MATERIALIZED (SELECT recipient_no, min(array_position($2::text[], status)) AS place
	  FROM delivery WHERE campaign_no IN (SELECT campaign_no FROM campaign WHERE incident_no = $1 AND started_at IS NOT NULL) GROUP BY recipient_no)
	SELECT r.jurisdictions, CASE WHEN ($2::text[])[best.place] = 'excluded' AND passed.recipient_no IS NOT NULL THEN '' ELSE coalesce(($2::text[])[best.place], '') END,
		r.address IS NULL, sum(r.individuals)
	FROM recipient r LEFT JOIN best USING (recipient_no) LEFT JOIN (SELECT DISTINCT recipient_no FROM (` + passedOver + `) p) passed USING (recipient_no)
	LEFT JOIN (` + gone + `) left_over USING (recipient_no)
	WHERE r.incident_no = $1 AND (best.place IS NOT NULL OR left_over.recipient_no IS NULL) GROUP BY 1, 2, 3`

// reached groups everybody of an incident by their places and by what became of
// them: the first of obligation.Statuses that any of their deliveries has. Who was
// passed over for a reason that holds no more is as if nothing had been tried.
func (s scene) reached(ctx context.Context) ([]obligation.Group, error) {
	rows, err := s.q.Query(ctx, peopleByOutcome, int64(s.incident), obligation.Statuses)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (obligation.Group, error) {
		var g obligation.Group
		var status outcome.Status
		var nowhere bool
		err := row.Scan(&g.Places, (*string)(&status), &nowhere, &g.People)
		switch {
		case status != "":
			g.Reached = obligation.ReachedBy(status)
		case nowhere:
			g.Reached = obligation.NoAddress
		default:
			g.Reached = obligation.NotYet
		}
		return g, err
	})
}
