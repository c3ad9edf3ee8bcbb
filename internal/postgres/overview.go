package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
)

// OverviewStore implements overview.Store.
type OverviewStore struct{ *DB }

// Standing reads an incident in short.
func (s OverviewStore) Standing(ctx context.Context, no id.Incident) (overview.Standing, error) {
	all, err := s.standings(ctx, "WHERE i.incident_no = $1", int64(no))
	if err == nil && len(all) == 0 {
		err = incident.ErrNotFound
	}
	if err != nil {
		return overview.Standing{}, err
	}
	return all[0], nil
}

// Standings reads incidents in short: those in which a campaign is under way or
// waits for somebody first, then the newest.
func (s OverviewStore) Standings(ctx context.Context, limit int) ([]overview.Standing, error) {
	return s.standings(ctx, `ORDER BY i.state = 'open' DESC, EXISTS (SELECT 1 FROM campaign c WHERE c.incident_no = i.incident_no
		AND c.state IN ('ready', 'approved', 'scheduled', 'sending', 'paused')) DESC, i.incident_no DESC LIMIT $1`, limit)
}

func (s OverviewStore) standings(ctx context.Context, where string, arg any) ([]overview.Standing, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.incident_no, i.state, f.document->>'name', f.document->'events',
			(SELECT coalesce(sum(new_recipients - left_recipients), 0)::bigint FROM list l WHERE l.incident_no = i.incident_no AND l.state IN ('imported', 'withdrawn'))
		FROM incident i JOIN LATERAL (SELECT document FROM incident_fact WHERE incident_no = i.incident_no ORDER BY version DESC LIMIT 1) f ON true `+where, arg)
	if err != nil {
		return nil, fmt.Errorf("read overview: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (overview.Standing, error) {
		var v overview.Standing
		err := row.Scan((*int64)(&v.Incident), (*string)(&v.State), &v.Name, &v.Events, &v.People)
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("read overview: %w", away(err))
	}
	for i := range all {
		if err := s.parts(ctx, &all[i]); err != nil {
			return nil, fmt.Errorf("read overview of %s: %w", all[i].Incident, err)
		}
		if err := s.tellUntold(ctx, &all[i]); err != nil {
			return nil, fmt.Errorf("read overview of %s: %w", all[i].Incident, err)
		}
	}
	return all, nil
}

// parts reads what an incident is made of, in one round trip.
func (s OverviewStore) parts(ctx context.Context, v *overview.Standing) error {
	var b pgx.Batch
	collect(&b, listsInShort, v.Incident, &v.Lists, scanListInShort)
	collect(&b, cohortsInShort, v.Incident, &v.Cohorts, scanCohortInShort)
	collect(&b, noticesInShort, v.Incident, &v.Notices, scanNoticeInShort)
	collect(&b, campaignsInShort, v.Incident, &v.Campaigns, scanCampaignInShort)
	return away(s.pool.SendBatch(ctx, &b).Close())
}

// collect queues a query about an incident whose rows go to into.
func collect[T any](b *pgx.Batch, query string, no id.Incident, into *[]T, scan func(pgx.CollectableRow) (T, error)) {
	b.Queue(query, int64(no)).Query(func(rows pgx.Rows) error {
		var err error
		*into, err = pgx.CollectRows(rows, scan)
		return err
	})
}

const listsInShort = `SELECT list_no, name, state, rows, rejected, uploaded_by, uploaded_at FROM list
	WHERE incident_no = $1 ORDER BY list_no DESC LIMIT 200`

func scanListInShort(row pgx.CollectableRow) (overview.List, error) {
	var v overview.List
	var state string
	err := row.Scan((*int64)(&v.ID), &v.Name, &state, &v.Rows, &v.Rejected, (*int64)(&v.UploadedBy), &v.UploadedAt)
	v.State, v.UploadedAt = intake.State(state), v.UploadedAt.UTC()
	return v, err
}

const cohortsInShort = `SELECT cohort_no, name, state, coalesce(resolved_size, 0) FROM cohort
	WHERE incident_no = $1 ORDER BY precedence, cohort_no LIMIT 200`

func scanCohortInShort(row pgx.CollectableRow) (overview.Cohort, error) {
	var v overview.Cohort
	var state string
	err := row.Scan((*int64)(&v.ID), &v.Name, &state, &v.Size)
	v.State = cohort.State(state)
	return v, err
}

const noticesInShort = `SELECT n.notice_no, n.name, coalesce(v.version_no, 0), coalesce(v.no, 0), coalesce(e.kind, ''),
		coalesce(e.made_by, v.created_by, n.created_by), coalesce(e.at, v.created_at, n.created_at),
		ARRAY(SELECT DISTINCT user_no FROM version_author a WHERE a.notice_no = n.notice_no)
	FROM notice n
	LEFT JOIN LATERAL (SELECT version_no, no, created_by, created_at FROM version WHERE notice_no = n.notice_no ORDER BY no DESC LIMIT 1) v ON true
	LEFT JOIN LATERAL (SELECT kind, made_by, at FROM version_event WHERE version_no = v.version_no ORDER BY event_no DESC LIMIT 1) e ON true
	WHERE n.incident_no = $1 ORDER BY n.notice_no DESC LIMIT 200`

func scanNoticeInShort(row pgx.CollectableRow) (overview.Notice, error) {
	var v overview.Notice
	var last string
	var authors []int64
	err := row.Scan((*int64)(&v.ID), &v.Name, (*int64)(&v.Version), &v.No, &last, (*int64)(&v.By), &v.At, &authors)
	v.State, v.People.Authors, v.At = stateAfter(last), users(authors), v.At.UTC()
	return v, err
}

// stateAfter is the state of a version after what last happened to it, if
// anything did.
func stateAfter(last string) notice.State {
	if last == "" {
		return notice.Drafted
	}
	return notice.StateAfter([]notice.Event{{Kind: notice.EventKind(last)}})
}

// campaignsInShort counts what waits for a person only where something is open.
const campaignsInShort = `SELECT c.campaign_no, c.name, c.cohort_no, c.version_no, c.state, coalesce((c.preflight->'counts'->>'to_send')::bigint + (c.preflight->'counts'->>'held')::bigint, 0),
		CASE WHEN c.state = 'draft' AND NOT EXISTS (SELECT 1 FROM suppression_decision s WHERE s.campaign_no = c.campaign_no AND s.made_at > (c.preflight->>'at')::timestamptz)
			THEN coalesce((SELECT (f->>'people')::bigint FROM jsonb_array_elements(CASE jsonb_typeof(c.preflight->'blocking') WHEN 'array' THEN c.preflight->'blocking' ELSE '[]' END) f WHERE f->>'code' = 'people_undecided'), 0) ELSE 0 END,
		CASE WHEN c.state IN ('sending', 'paused', 'aborted')
			THEN (SELECT count(*) FROM delivery_open d WHERE d.campaign_no = c.campaign_no AND d.status = 'indeterminate') ELSE 0 END,
		coalesce(c.finished_at, c.paused_at, c.started_at, (c.preflight->>'at')::timestamptz, c.created_at),
		coalesce((SELECT amendment_no FROM amendment m WHERE m.campaign_no = c.campaign_no AND m.no = (SELECT max(no) FROM amendment n WHERE n.campaign_no = c.campaign_no)
			AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.kind = 'amendment' AND a.target = m.sha256)), 0),
		ARRAY(SELECT DISTINCT a.user_no FROM version_author a JOIN version v USING (notice_no) WHERE v.version_no = c.version_no),
		ARRAY(SELECT user_no FROM campaign_builder b WHERE b.campaign_no = c.campaign_no),
		ARRAY(SELECT DISTINCT approver FROM approval a WHERE a.target = c.plan_sha256 OR a.target = (SELECT sha256 FROM version v WHERE v.version_no = c.version_no)),
		coalesce((SELECT launched_by FROM launch l WHERE (l.campaign_no, l.plan_no) = (c.campaign_no, c.plan_no)), 0)
	FROM campaign c WHERE c.incident_no = $1 ORDER BY c.campaign_no DESC LIMIT 200`

func scanCampaignInShort(row pgx.CollectableRow) (overview.Campaign, error) {
	var v overview.Campaign
	var state string
	var authors, builders, approvers []int64
	err := row.Scan((*int64)(&v.ID), &v.Name, (*int64)(&v.Cohort), (*int64)(&v.Version), &state, &v.ToSend, &v.Undecided, &v.Unclear, &v.At, (*int64)(&v.Asked), &authors, &builders, &approvers, (*int64)(&v.People.Launcher))
	v.State, v.At = campaign.State(state), v.At.UTC()
	v.People.Authors, v.People.Builders, v.People.Approvers = users(authors), users(builders), users(approvers)
	return v, err
}

// Timeline reads the entries of an incident, the newest first.
func (s OverviewStore) Timeline(ctx context.Context, no id.Incident, before ledger.EntryID, limit int) ([]overview.Happening, error) {
	rows, err := s.pool.Query(ctx, `SELECT entry_id, at, actor, verb, object FROM ledger_entry
		WHERE incident_no = $1 AND verb <> 'outcomes_recorded' AND ($4 OR entry_id < $2) ORDER BY entry_id DESC LIMIT $3`,
		int64(no), before, limit, before == ledger.EntryID{})
	if err != nil {
		return nil, fmt.Errorf("read timeline of %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (overview.Happening, error) {
		var h overview.Happening
		err := row.Scan(&h.ID, &h.At, &h.Actor, (*string)(&h.Verb), &h.Object)
		h.At = h.At.UTC()
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("read timeline of %s: %w", no, away(err))
	}
	return all, nil
}

// Staff reads the name of every user.
func (s OverviewStore) Staff(ctx context.Context) (map[id.User]string, error) {
	names := map[id.User]string{}
	rows, err := s.pool.Query(ctx, "SELECT user_no, name FROM user_account")
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", away(err))
	}
	var no int64
	var name string
	_, err = pgx.ForEachRow(rows, []any{&no, &name}, func() error { names[id.User(no)] = name; return nil })
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", away(err))
	}
	return names, nil
}
