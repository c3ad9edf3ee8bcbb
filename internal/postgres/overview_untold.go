package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/overview"
)

// untold are the people of an incident who hear nothing unless somebody acts.
type untold struct {
	newcomers  int64
	passedOver map[id.Cohort]int64
}

// tellUntold counts who would hear nothing. What it depends on changes by hand:
// between two changes it is read once.
func (s OverviewStore) tellUntold(ctx context.Context, v *overview.Standing) error {
	now := scene{s.pool, s.DB, v.Incident}
	moment, err := now.moment(ctx)
	if err != nil {
		return away(err)
	}
	var planned string
	err = s.pool.QueryRow(ctx, untoldChanges, int64(v.Incident)).Scan(&planned)
	if err != nil {
		return fmt.Errorf("read what was planned: %w", away(err))
	}
	found, err := s.untold.get(v.Incident, moment+" "+planned, func() (untold, error) { return now.untold(ctx) })
	if err != nil {
		return away(err)
	}
	v.Newcomers = found.newcomers
	for i, c := range v.Cohorts {
		v.Cohorts[i].PassedOver = found.passedOver[c.ID]
	}
	return nil
}

// untoldChanges names, beside the moment of an incident's people, what decides who
// is untold: drafts of cohorts, and how campaigns ended.
const untoldChanges = `SELECT ARRAY(SELECT cohort_no FROM cohort WHERE incident_no = $1 AND state <> 'frozen' ORDER BY 1)::text
	|| ARRAY(SELECT campaign_no || ' ' || plan_no FROM campaign WHERE incident_no = $1 AND finished_at IS NOT NULL ORDER BY campaign_no)::text`

func (s scene) untold(ctx context.Context) (untold, error) {
	out := untold{passedOver: map[id.Cohort]int64{}}
	if err := s.q.QueryRow(ctx, countNewcomers, int64(s.incident)).Scan(&out.newcomers); err != nil {
		return out, fmt.Errorf("count who came since the last freeze: %w", err)
	}
	rows, err := s.q.Query(ctx, "SELECT cohort_no, count(*) FROM ("+passedOver+") p GROUP BY 1", int64(s.incident))
	if err != nil {
		return out, fmt.Errorf("count who was passed over: %w", err)
	}
	var no, people int64
	_, err = pgx.ForEachRow(rows, []any{&no, &people}, func() error {
		out.passedOver[id.Cohort(no)] = people
		return nil
	})
	return out, err
}

// free tells of person p that a list has them and that nobody excludes them.
var free = "NOT " + isGone("p.recipient_no") + ` AND NOT EXISTS (SELECT 1 FROM exclusion_person x WHERE x.incident_no = $1 AND x.recipient_no = p.recipient_no
	AND NOT EXISTS (SELECT 1 FROM exclusion_lift l WHERE l.exclusion_no = x.exclusion_no))`

// countNewcomers counts who came after the last freeze, by a list or by an
// exclusion that was lifted, and is in no cohort. A freeze says of everybody who
// was there whether they are told. While a draft is there, nothing is said yet.
var countNewcomers = `WITH last AS (SELECT max(frozen_at) AS at FROM cohort WHERE incident_no = $1 AND kind = 'first' HAVING bool_and(state = 'frozen')),
	came AS (SELECT r.recipient_no FROM list_row r WHERE r.incident_no = $1
	    AND r.list_no IN (SELECT list_no FROM list, last WHERE incident_no = $1 AND state = 'imported' AND imported_at > last.at)
	    AND NOT EXISTS (SELECT 1 FROM list_row o WHERE o.incident_no = $1 AND o.recipient_no = r.recipient_no
	      AND o.list_no IN (SELECT list_no FROM list, last WHERE incident_no = $1 AND state = 'imported' AND imported_at <= last.at))
	  UNION SELECT e.recipient_no FROM exclusion_person e JOIN exclusion_lift l USING (exclusion_no), last WHERE e.incident_no = $1 AND l.made_at > last.at)
	SELECT count(*) FROM came p WHERE ` + free + ` AND NOT EXISTS (SELECT 1 FROM placement m WHERE m.incident_no = $1 AND m.recipient_no = p.recipient_no)`

// passedOver are those whom the campaigns of a cohort left out for a reason that
// holds no more: their list had been withdrawn and came again, or they were
// excluded and are not now. Whoever had anything else of the cohort was not passed
// over, nor whom legal decided not to mail.
var passedOver = `SELECT DISTINCT p.cohort_no, p.recipient_no FROM
	(SELECT c.cohort_no, d.recipient_no FROM campaign c JOIN decision k ON k.campaign_no = c.campaign_no AND k.plan_no = c.plan_no AND k.kind = 'exclude'
	    AND k.code NOT IN ('reason_told_before', 'reason_suppressed_excluded')
	  JOIN delivery d ON d.campaign_no = c.campaign_no AND d.seq BETWEEN k.from_seq AND k.to_seq AND d.status = 'excluded'
	  WHERE c.incident_no = $1 AND c.state IN ('complete', 'closed_with_exceptions')) p
	WHERE ` + free + ` AND NOT EXISTS (SELECT 1 FROM campaign o JOIN delivery e USING (campaign_no)
	  WHERE o.cohort_no = p.cohort_no AND o.started_at IS NOT NULL AND e.recipient_no = p.recipient_no AND e.status <> 'excluded')`
