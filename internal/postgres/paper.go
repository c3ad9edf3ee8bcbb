package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
)

// aroundPlan reads names that never change: of a frozen cohort, of a notice, of
// those who wrote its line up to the version, and of those who built the plan.
const aroundPlan = `SELECT coalesce((SELECT name FROM campaign WHERE campaign_no = $4), ''), (SELECT name FROM cohort WHERE cohort_no = $1), n.name, v.no,
	ARRAY(SELECT u.name FROM user_account u WHERE u.user_no IN (SELECT a.user_no FROM version_author a JOIN version b USING (version_no)
	  WHERE b.notice_no = v.notice_no AND b.no <= v.no) ORDER BY u.name, u.user_no),
	ARRAY(SELECT u.name FROM user_account u JOIN campaign_builder b USING (user_no) WHERE b.campaign_no = $3 ORDER BY u.name, u.user_no)
	FROM version v JOIN notice n USING (notice_no) WHERE v.version_no = $2`

// Around reads what stands around a plan. See campaign.Plans.
func (s CampaignStore) Around(ctx context.Context, c campaign.Campaign, p campaign.Plan) (campaign.Around, error) {
	a := campaign.Around{Lists: map[id.List]string{}}
	var b pgx.Batch
	b.Queue(aroundPlan, int64(p.Cohort.ID), int64(p.Version.ID), int64(c.ID), int64(p.Corrects)).QueryRow(func(row pgx.Row) error {
		return row.Scan(&a.Corrects, &a.Cohort, &a.Notice, &a.VersionNo, &a.Authors, &a.Builders)
	})
	b.Queue("SELECT counts FROM plan WHERE sha256 = $1", c.PlanHash[:]).QueryRow(func(row pgx.Row) error { return row.Scan(&a.Counts) })
	b.Queue("SELECT list_no, name FROM list WHERE incident_no = $1", int64(c.Incident)).Query(func(rows pgx.Rows) error {
		var no id.List
		var name string
		_, err := pgx.ForEachRow(rows, []any{(*int64)(&no), &name}, func() error { a.Lists[no] = name; return nil })
		return err
	})
	b.Queue(`SELECT a.kind, u.name, a.method, a.at FROM approval a JOIN user_account u ON u.user_no = a.approver
		WHERE a.kind = 'version' AND a.target = $1 OR a.kind = 'plan' AND a.target = $2 ORDER BY a.approval_no`, p.Version.SHA256[:], c.PlanHash[:]).Query(func(rows pgx.Rows) (err error) {
		a.Signed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (s campaign.Signature, err error) {
			err = row.Scan(&s.Of, &s.By, &s.How, &s.At)
			s.At = s.At.UTC()
			return s, err
		})
		return err
	})
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return a, fmt.Errorf("read what stands around the plan of %s: %w", c.ID, away(err))
	}
	return a, nil
}
