package postgres

import (
	"context"
	"fmt"

	"forthwith/internal/campaign"
	"forthwith/internal/outcome"
)

// correction holds the members of a campaign's cohort against those who have the
// text that it corrects, or may have it. Whoever was excluded from the cohort is
// not missed.
func (s CampaignStore) correction(ctx context.Context, c campaign.Campaign) (*campaign.Correction, error) {
	if c.Settings.Corrects == 0 {
		return nil, nil
	}
	var out campaign.Correction
	var state string
	err := s.pool.QueryRow(ctx, `WITH told AS (SELECT recipient_no FROM delivery WHERE campaign_no = $1 AND status = ANY($2)),
		  member AS (SELECT recipient_no FROM cohort_member WHERE incident_no = $3 AND cohort_no = $4),
		  excluded AS (SELECT recipient_no FROM cohort_exclusion WHERE incident_no = $3 AND cohort_no = $4)
		SELECT name, state, version_no = $5,
		  (SELECT count(*) FROM (SELECT * FROM told EXCEPT SELECT * FROM member EXCEPT SELECT * FROM excluded) missed),
		  (SELECT count(*) FROM (SELECT * FROM member EXCEPT SELECT * FROM told) others)
		FROM campaign WHERE campaign_no = $1`, int64(c.Settings.Corrects), outcome.TextOut, int64(c.Incident), int64(c.Settings.Cohort), int64(c.Settings.Version)).
		Scan(&out.Name, &state, &out.SameText, &out.Missed, &out.Others)
	if err != nil {
		return nil, fmt.Errorf("hold %s against what it corrects: %w", c.ID, away(err))
	}
	out.Ended = campaign.State(state).Over()
	return &out, nil
}
