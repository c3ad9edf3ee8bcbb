package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/vault"
)

// CampaignStore implements campaign.Store, campaign.Bench and campaign.Plans.
type CampaignStore struct{ *DB }

type campaignTx struct{ *tx }

// Build runs f in a transaction that makes or edits a campaign.
func (s CampaignStore) Build(ctx context.Context, f func(campaign.BuildTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

// Decide runs f in a transaction in which a person decides on a plan.
func (s CampaignStore) Decide(ctx context.Context, f func(campaign.DecideTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

// Run runs f in a transaction that steers a campaign under way.
func (s CampaignStore) Run(ctx context.Context, f func(campaign.RunTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(campaignTx{t}) })
}

const campaignColumns = `SELECT campaign_no, incident_no, name, state, cohort_no, version_no, sender_no, relays, max_rate_per_second, schedule_at,
	expire_after_seconds, on_indeterminate, max_per_domain, max_concurrency, ramp, stop_above_percent, send_window, coalesce(corrects, 0), pace_per_domain, ramp_step, ramp_until, plan_no, plan_sha256, preflight, coalesce(pace_per_second, 0), reason, paused_at, started_at, finished_at,
	created_at, version, ARRAY(SELECT user_no FROM campaign_builder b WHERE b.campaign_no = c.campaign_no ORDER BY at, user_no),
	coalesce((SELECT launched_by FROM launch l WHERE (l.campaign_no, l.plan_no) = (c.campaign_no, c.plan_no)), 0),
	(SELECT at FROM launch l WHERE (l.campaign_no, l.plan_no) = (c.campaign_no, c.plan_no)), ` + approvedAmendments + ` FROM campaign c `

// scanCampaign reads a row of campaignColumns. The reason's text stays sealed.
func scanCampaign(row pgx.CollectableRow) (campaign.Campaign, error) {
	var c campaign.Campaign
	var state, policy string
	var relays, builders []int64
	var expire int64
	var widened [][]byte
	var plan, preflight, reason, domains, caps, ramp, window, paced []byte
	s := &c.Settings
	err := row.Scan((*int64)(&c.ID), (*int64)(&c.Incident), &s.Name, &state, (*int64)(&s.Cohort), (*int64)(&s.Version), (*int64)(&s.Sender), &relays,
		&s.MaxRatePerSecond, &s.ScheduleAt, &expire, &policy, &domains, &caps, &ramp, &s.StopAbove, &window, (*int64)(&s.Corrects), &paced, &c.Ramp.Step, &c.Ramp.Until, &c.PlanNo, &plan, &preflight, &c.Pace, &reason, &c.PausedAt, &c.StartedAt, &c.EndedAt,
		&c.CreatedAt, &c.Version, &builders, (*int64)(&c.LaunchedBy), &c.LaunchedAt, &widened)
	if err != nil {
		return c, err
	}
	c.State, s.OnIndeterminate, s.ExpireAfter = campaign.State(state), campaign.Policy(policy), time.Duration(expire)*time.Second
	c.PlanHash = canon.FromBytes(plan)
	for _, r := range relays {
		s.Relays = append(s.Relays, id.Relay(r))
	}
	for _, b := range builders {
		c.Builders = append(c.Builders, id.User(b))
	}
	for _, document := range widened {
		w, err := campaign.ReadWidening(document)
		if err != nil {
			return c, err
		}
		c.Widened = append(c.Widened, w)
	}
	for _, at := range []*time.Time{s.ScheduleAt, c.Ramp.Until, c.PausedAt, c.StartedAt, c.EndedAt, &c.CreatedAt, c.LaunchedAt} {
		if at != nil {
			*at = at.UTC()
		}
	}
	return c, errors.Join(readJSON(domains, &s.MaxPerDomain), readJSON(caps, &s.MaxConcurrency), readJSON(ramp, &s.Ramp), readJSON(window, &s.SendWindow), readJSON(paced, &c.DomainPace),
		readJSON(preflight, &c.Preflight), readJSON(reason, &c.Reason))
}

// orNoJSON writes a document, and NULL for what is empty.
func orNoJSON(v any, empty bool) []byte {
	if empty {
		return nil
	}
	document, err := json.Marshal(v)
	if err != nil {
		panic(err) // of our own plain types
	}
	return document
}

func readJSON(raw []byte, into any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

func oneCampaign(ctx context.Context, q querier, where string, no id.Campaign) (campaign.Campaign, error) {
	return oneFrom(ctx, q, campaignColumns+where, []any{int64(no)}, no, campaign.ErrNotFound, scanCampaign)
}

// Campaign reads one, with the text of its reason.
func (s CampaignStore) Campaign(ctx context.Context, no id.Campaign) (campaign.Campaign, error) {
	c, err := oneCampaign(ctx, s.pool, "WHERE campaign_no = $1", no)
	if err != nil {
		return c, err
	}
	return c, s.openReason(ctx, &c)
}

// Campaigns reads a page of an incident's.
func (s CampaignStore) Campaigns(ctx context.Context, incident id.Incident, after id.Campaign, limit int, where ...filter.Equal) ([]campaign.Campaign, error) {
	all, err := pageFrom(ctx, s.pool, page{campaignColumns + "WHERE incident_no = $1 AND campaign_no > $2", []any{int64(incident), int64(after)},
		conditions{"state": "state = ANY(?)", "cohort_id": "cohort_no = ?", "corrects": "corrects = ?"}, where, "campaign_no", limit}, scanCampaign)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := s.openReason(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

const reasonColumn = "campaign.reason"

func (s CampaignStore) openReason(ctx context.Context, c *campaign.Campaign) error {
	if c.Reason == nil || c.Reason.Text == "" {
		return nil
	}
	in, err := s.Incident(ctx, int64(c.Incident))
	if err != nil {
		return err
	}
	c.Reason.Text, err = openString(in, reasonColumn, c.Reason.Text, int64(c.ID))
	return err
}

// Lock reads a campaign for a change.
func (t campaignTx) Lock(no id.Campaign) (campaign.Campaign, error) {
	return oneCampaign(t.ctx, t.pg, "WHERE campaign_no = $1 FOR UPDATE", no)
}

// Insert writes a new campaign and makes its partitions.
func (t campaignTx) Insert(c campaign.Campaign) (id.Campaign, error) {
	s := c.Settings
	var no int64
	err := t.pg.QueryRow(t.ctx, `INSERT INTO campaign (incident_no, name, cohort_no, version_no, sender_no, relays, max_rate_per_second, schedule_at,
		expire_after_seconds, on_indeterminate, created_by, max_per_domain, ramp, stop_above_percent, send_window, max_concurrency, corrects) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nullif($17::bigint, 0)
		WHERE EXISTS (SELECT 1 FROM incident WHERE incident_no = $1) RETURNING campaign_no`,
		int64(c.Incident), s.Name, int64(s.Cohort), int64(s.Version), int64(s.Sender), relayNumbers(s.Relays), s.MaxRatePerSecond, s.ScheduleAt,
		int64(s.ExpireAfter/time.Second), string(s.OnIndeterminate), int64(c.Builders[0]),
		orNoJSON(s.MaxPerDomain, len(s.MaxPerDomain) == 0), orNoJSON(s.Ramp, len(s.Ramp) == 0), s.StopAbove, orNoJSON(s.SendWindow, s.SendWindow == nil), orNoJSON(s.MaxConcurrency, len(s.MaxConcurrency) == 0), int64(s.Corrects)).Scan(&no)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "no_such_incident", nil)
	}
	if err != nil {
		return 0, settingsFault(err)
	}
	if err := t.check(c); err != nil {
		return 0, err
	}
	if _, err := t.pg.Exec(t.ctx, "SELECT make_campaign_partitions($1)", no); err != nil {
		return 0, fmt.Errorf("make partitions of campaign %d: %w", no, err)
	}
	return id.Campaign(no), nil
}

// check refuses parts of another incident, and relays that do not exist.
func (t campaignTx) check(c campaign.Campaign) error {
	var cohort, text, corrects bool
	var missing *int64
	err := t.pg.QueryRow(t.ctx, `SELECT EXISTS (SELECT 1 FROM cohort WHERE cohort_no = $1 AND incident_no = $3),
		EXISTS (SELECT 1 FROM version JOIN notice USING (notice_no) WHERE version_no = $2 AND incident_no = $3),
		(SELECT r FROM unnest($4::bigint[]) AS u (r) WHERE NOT EXISTS (SELECT 1 FROM relay WHERE relay_no = r) LIMIT 1),
		$5::bigint = 0 OR EXISTS (SELECT 1 FROM campaign WHERE campaign_no = $5 AND incident_no = $3 AND started_at IS NOT NULL)`,
		int64(c.Settings.Cohort), int64(c.Settings.Version), int64(c.Incident), relayNumbers(c.Settings.Relays), int64(c.Settings.Corrects)).Scan(&cohort, &text, &missing, &corrects)
	switch {
	case err != nil:
		return fmt.Errorf("check settings: %w", err)
	case !cohort:
		return fault.Wrong("cohort_id", "cohort_unknown", nil)
	case !text:
		return fault.Wrong("version_id", "version_unknown", nil)
	case !corrects:
		return fault.Wrong("corrects", "corrected_unknown", nil)
	case missing != nil:
		return fault.Wrong("relays", "relay_unknown", fault.Values{"relay": id.Relay(*missing).String()})
	}
	return nil
}

func settingsFault(err error) error {
	for constraint, f := range map[string]*fault.Fault{
		"campaign_name_once":        fault.Wrong("name", "campaign_name_taken", nil),
		"campaign_cohort_no_fkey":   fault.Wrong("cohort_id", "cohort_unknown", nil),
		"campaign_version_no_fkey":  fault.Wrong("version_id", "version_unknown", nil),
		"campaign_sender_no_fkey":   fault.Wrong("sender_id", "sender_unknown", nil),
		"campaign_corrects_fkey":    fault.Wrong("corrects", "corrected_unknown", nil),
		"campaign_corrects_another": fault.Wrong("corrects", "corrected_unknown", nil),
		"campaign_relay_excluded":   fault.Wrong("relays", "relays_excluded", nil),
		"campaign_live_once":        fault.New(fault.Conflict, "campaign_live", nil),
	} {
		if violates(err, constraint) {
			return f
		}
	}
	return fmt.Errorf("save campaign: %w", err)
}

// Save writes everything about a campaign that may change.
func (t campaignTx) Save(c campaign.Campaign) error {
	reason, err := t.sealReason(c)
	if err != nil {
		return err
	}
	preflight, err := json.Marshal(c.Preflight)
	if err != nil {
		return fmt.Errorf("write preflight: %w", err)
	}
	s := c.Settings
	if c.State == campaign.Draft {
		if err := t.check(c); err != nil {
			return err
		}
	}
	_, err = t.pg.Exec(t.ctx, `UPDATE campaign SET name = $2, state = $3, cohort_no = $4, version_no = $5, sender_no = $6, relays = $7, max_rate_per_second = $8,
		schedule_at = $9, expire_after_seconds = $10, on_indeterminate = $11, plan_no = $12, plan_sha256 = $13, preflight = $14, pace_per_second = nullif($15::double precision, 0),
		reason = $16, paused_at = $17, started_at = $18, finished_at = $19, version = $20, max_per_domain = $21, ramp = $22, stop_above_percent = $23,
		send_window = $24, pace_per_domain = $25, max_concurrency = $26, corrects = nullif($27::bigint, 0) WHERE campaign_no = $1`,
		int64(c.ID), s.Name, string(c.State), int64(s.Cohort), int64(s.Version), int64(s.Sender), relayNumbers(s.Relays), s.MaxRatePerSecond,
		s.ScheduleAt, int64(s.ExpireAfter/time.Second), string(s.OnIndeterminate), c.PlanNo, hashOrNull(c.PlanHash), preflight, c.Pace,
		reason, c.PausedAt, c.StartedAt, c.EndedAt, c.Version,
		orNoJSON(s.MaxPerDomain, len(s.MaxPerDomain) == 0), orNoJSON(s.Ramp, len(s.Ramp) == 0), s.StopAbove, orNoJSON(s.SendWindow, s.SendWindow == nil),
		orNoJSON(c.DomainPace, c.DomainPace == nil), orNoJSON(s.MaxConcurrency, len(s.MaxConcurrency) == 0), int64(s.Corrects))
	if err != nil {
		return settingsFault(err)
	}
	return nil
}

func (t campaignTx) sealReason(c campaign.Campaign) ([]byte, error) {
	if c.Reason == nil {
		return nil, nil
	}
	r := *c.Reason
	if r.Text != "" {
		in, err := t.db.keys.incident(t.ctx, int64(c.Incident))
		if err != nil {
			return nil, err
		}
		if r.Text, err = sealString(in, reasonColumn, r.Text, int64(c.ID)); err != nil {
			return nil, err
		}
	}
	return json.Marshal(r)
}

// AddBuilder remembers who built a plan.
func (t campaignTx) AddBuilder(c id.Campaign, by id.User) error {
	_, err := t.pg.Exec(t.ctx, "INSERT INTO campaign_builder (campaign_no, user_no) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(c), int64(by))
	if err != nil {
		return fmt.Errorf("add builder: %w", err)
	}
	return nil
}

func relayNumbers(relays []id.Relay) []int64 {
	out := make([]int64, len(relays))
	for i, r := range relays {
		out[i] = int64(r)
	}
	return out
}

func hashOrNull(h canon.Hash) []byte {
	if h.IsZero() {
		return nil
	}
	return h[:]
}

// sealString and openString keep a sealed text inside a JSON document.
func sealString(in *vault.Incident, column, plain string, numbers ...int64) (string, error) {
	sealed, err := in.SealText(column, []byte(plain), numbers...)
	if err != nil {
		return "", err
	}
	return encode(sealed), nil
}

func openString(in *vault.Incident, column, coded string, numbers ...int64) (string, error) {
	sealed, err := decode(coded)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", column, err)
	}
	plain, err := in.OpenText(column, sealed, numbers...)
	return string(plain), err
}
