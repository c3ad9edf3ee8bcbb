package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
)

// Hanging counts what hangs on a list, of one moment.
func (s ListStore) Hanging(ctx context.Context, l intake.List) (h intake.Hanging, err error) {
	err = CohortStore(s).Read(ctx, l.Incident, func(now cohort.Scene) error {
		scene := now.(remembered)
		here, err := now.List(ctx, l.ID)
		if err != nil {
			return err
		}
		only, err := scene.only(ctx, l.ID, here)
		if err != nil {
			return err
		}
		h.People, h.Only = int64(here.Len()), int64(only.Len())
		if h.Told, err = scene.told(ctx, only); err != nil {
			return err
		}
		if h.Cohorts, err = scene.hanging(ctx, l, only); err != nil {
			return err
		}
		h.Sends, err = scene.sends(ctx, here, scene.Members)
		return err
	})
	if err != nil {
		return h, fmt.Errorf("read what hangs on %s: %w", l.ID, err)
	}
	return h, nil
}

// only are those of a list's people whom no other list has.
func (r remembered) only(ctx context.Context, list id.List, here cohort.Bitset) (cohort.Bitset, error) {
	rows, err := r.q.Query(ctx, "SELECT list_no FROM list WHERE incident_no = $1 AND state = 'imported' AND list_no <> $2", int64(r.incident), int64(list))
	if err != nil {
		return nil, err
	}
	others, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	for _, no := range others {
		there, err := r.List(ctx, id.List(no))
		if err != nil {
			return nil, err
		}
		here = here.Minus(there)
	}
	return here, nil
}

// told counts those among people to whom a relay was or is being asked to bring
// a notice.
func (r remembered) told(ctx context.Context, people cohort.Bitset) (int64, error) {
	if people.Len() == 0 {
		return 0, nil
	}
	tried, err := r.tried(ctx)
	return int64(people.And(tried).Len()), err
}

// tried are those of whom a campaign has an attempt. They are read again once
// the figures of any campaign are others; what is under way at this moment may
// be missing, and stands among the sends.
func (r remembered) tried(ctx context.Context) (cohort.Bitset, error) {
	var figures string
	if err := r.q.QueryRow(ctx, `SELECT coalesce(string_agg(concat_ws(' ', campaign_no, status, n), ',' ORDER BY campaign_no, status), '') FROM (
		SELECT campaign_no, status, sum(n) AS n FROM campaign JOIN delivery_sum USING (campaign_no) WHERE incident_no = $1 GROUP BY 1, 2) s`, int64(r.incident)).Scan(&figures); err != nil {
		return nil, err
	}
	return remember(r.memo, "tried "+figures, func() (cohort.Bitset, error) {
		return r.set(ctx, "SELECT d.recipient_no FROM campaign c JOIN delivery d USING (campaign_no) WHERE c.incident_no = $1 AND d.attempts > 0")
	})
}

// sends are the campaigns to any of these people that run, or may start by
// themselves.
func (s scene) sends(ctx context.Context, people cohort.Bitset, of func(context.Context, id.Cohort) (cohort.Bitset, error)) ([]intake.HangingSend, error) {
	rows, err := s.q.Query(ctx, "SELECT campaign_no, name, cohort_no FROM campaign WHERE incident_no = $1 AND state IN ("+mayMail+") ORDER BY 1", int64(s.incident))
	if err != nil {
		return nil, err
	}
	type line struct {
		intake.HangingSend
		cohort int64
	}
	running, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line, error) {
		var l line
		return l, row.Scan((*int64)(&l.ID), &l.Name, &l.cohort)
	})
	if err != nil {
		return nil, err
	}
	var all []intake.HangingSend
	for _, l := range running {
		members, err := of(ctx, id.Cohort(l.cohort))
		if err != nil {
			return nil, err
		}
		if people.And(members).Len() > 0 {
			all = append(all, l.HangingSend)
		}
	}
	return all, nil
}

// hanging are frozen cohorts that drew on a list, and drafts that name it.
func (r remembered) hanging(ctx context.Context, l intake.List, only cohort.Bitset) ([]intake.HangingCohort, error) {
	rows, err := r.q.Query(ctx, `SELECT c.cohort_no, c.name, c.state = 'frozen' FROM cohort c
		WHERE c.incident_no = $1 AND ($2 = ANY(c.lists) OR c.state <> 'frozen' AND jsonb_path_exists(c.rule, '$.**.list ? (@ == $list)', jsonb_build_object('list', $3::text)))
		ORDER BY c.cohort_no`, int64(l.Incident), int64(l.ID), l.ID.String())
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (intake.HangingCohort, error) {
		var h intake.HangingCohort
		return h, row.Scan((*int64)(&h.ID), &h.Name, &h.Frozen)
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		if !all[i].Frozen {
			continue
		}
		members, err := r.Members(ctx, all[i].ID)
		if err != nil {
			return nil, err
		}
		all[i].Members = int64(members.And(only).Len())
	}
	return all, nil
}
