package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
)

// Material reads what a plan is made of, and what the law asks of its text for the
// members of its cohort, and what the DNS was last seen to say of its sender. See
// campaign.Bench.
func (s CampaignStore) Material(ctx context.Context, c campaign.Campaign) (campaign.Material, error) {
	m, err := material(ctx, s.DB, s.pool, c)
	if err != nil || !m.Frozen {
		return m, err
	}
	from, err := SenderStore(s).Sender(ctx, c.Settings.Sender)
	if err != nil {
		return m, err
	}
	m.Names = from.Checked
	if m.Correction, err = s.correction(ctx, c); err != nil {
		return m, err
	}
	notices := NoticeStore(s)
	audience, err := notices.Audience(ctx, c.Incident, c.Settings.Cohort)
	if err != nil {
		return m, err
	}
	answered, err := notices.answered(ctx, c.Settings.Version)
	if err != nil {
		return m, err
	}
	m.Open = m.Text.Open(audience, answered)
	return m, nil
}

// reader is where material is read: the pool, or a transaction's connection.
type reader interface {
	querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func material(ctx context.Context, db *DB, q reader, c campaign.Campaign) (campaign.Material, error) {
	var m campaign.Material
	facts, version, err := newestFacts(ctx, q, c.Incident)
	if err != nil {
		return m, err
	}
	m.FactsVersion = version
	m.Facts = statedBy(facts)
	for _, read := range []func() error{
		func() error { return readOrganisation(ctx, q, &m) },
		func() error { return readCohort(ctx, q, c, &m) },
		func() error { return readLists(ctx, q, c.Incident, &m) },
		func() error { return readGates(ctx, q, c, &m) },
		func() error { return readText(ctx, q, c, &m) },
		func() error { return readRules(ctx, q, &m) },
		func() (err error) { m.Pools, err = poolsNamed(ctx, q, c.Incident); return err },
		func() error { return readSender(ctx, q, c, &m) },
		func() error { return readRelays(ctx, q, c, facts.ExcludedRelays, &m) },
	} {
		if err := read(); err != nil {
			return m, fmt.Errorf("read what the plan is made of: %w", away(err))
		}
	}
	m.Facts = m.Facts.Among(m.Text.Sources())
	return m, nil
}

// newestFacts reads what is known of an incident, with its version.
func newestFacts(ctx context.Context, q reader, no id.Incident) (f incident.Facts, version int, err error) {
	var document []byte
	err = q.QueryRow(ctx, "SELECT version, document FROM incident_fact WHERE incident_no = $1 ORDER BY version DESC LIMIT 1", int64(no)).Scan(&version, &document)
	if err == nil {
		err = readJSON(document, &f)
	}
	if err != nil {
		return f, version, fmt.Errorf("read facts of %s: %w", no, away(err))
	}
	return f, version, nil
}

func readOrganisation(ctx context.Context, q reader, m *campaign.Material) error {
	var o incident.Organisation
	var document []byte
	err := q.QueryRow(ctx, "SELECT version, document FROM organisation ORDER BY version DESC LIMIT 1").Scan(&m.Organisation, &document)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = readJSON(document, &o)
	}
	maps.Copy(m.Facts.Stated, o.Fields())
	return err
}

func readCohort(ctx context.Context, q reader, c campaign.Campaign, m *campaign.Material) error {
	var root []byte
	m.Cohort.ID = c.Settings.Cohort
	err := q.QueryRow(ctx, `SELECT state = 'frozen', coalesce(root, ''), coalesce(resolved_size, 0),
		coalesce((SELECT sum(l.rejected) FROM list l WHERE l.list_no = ANY(cohort.lists) AND l.state = 'imported'), 0)
		FROM cohort WHERE cohort_no = $1`, int64(c.Settings.Cohort)).Scan(&m.Frozen, &root, &m.Cohort.Size, &m.Rejects)
	m.Cohort.Root = canon.FromBytes(root)
	return err
}

func readLists(ctx context.Context, q reader, no id.Incident, m *campaign.Material) error {
	rows, err := q.Query(ctx, "SELECT list_no FROM list WHERE incident_no = $1 AND state = 'imported' ORDER BY list_no", int64(no))
	if err == nil {
		m.Lists, err = pgx.CollectRows(rows, pgx.RowTo[id.List])
	}
	return err
}

func readText(ctx context.Context, q reader, c campaign.Campaign, m *campaign.Material) error {
	var sum, document []byte
	m.Version.ID = c.Settings.Version
	err := q.QueryRow(ctx, `SELECT sha256, document, EXISTS (SELECT 1 FROM approval a WHERE a.kind = 'version' AND a.target = v.sha256)
		AND NOT EXISTS (SELECT 1 FROM version_event e WHERE e.version_no = v.version_no AND e.kind = 'withdraw')
		FROM version v WHERE version_no = $1`, int64(c.Settings.Version)).Scan(&sum, &document, &m.TextApproved)
	if err != nil {
		return err
	}
	m.Version.SHA256 = canon.FromBytes(sum)
	return readJSON(document, &m.Text)
}

// readRules names the rules in use. It does not read them, so that a plan is
// rebuilt whatever became of the file.
func readRules(ctx context.Context, q reader, m *campaign.Material) error {
	now, err := ruleSetInUse(ctx, q)
	m.Rules = campaign.PlannedRules{Version: now.Version, SHA256: now.SHA256.String()}
	return err
}

func readSender(ctx context.Context, q reader, c campaign.Campaign, m *campaign.Material) error {
	s := &m.Sender
	s.ID = c.Settings.Sender
	err := q.QueryRow(ctx, `SELECT r.revision, from_address, from_name, reply_to, bounce_domain, link_hosts
		FROM sender s JOIN sender_revision r USING (sender_no, revision) WHERE sender_no = $1`, int64(s.ID)).
		Scan(&s.Revision, &s.From, &s.FromName, &s.ReplyTo, &s.BounceDomain, &s.LinkHosts)
	if err != nil {
		return err
	}
	return readSigning(ctx, q, s)
}

func readRelays(ctx context.Context, q reader, c campaign.Campaign, excluded []string, m *campaign.Material) error {
	for _, no := range c.Settings.Relays {
		r := campaign.RelayNow{PlannedRelay: campaign.PlannedRelay{ID: no}}
		var warmUp []byte
		err := q.QueryRow(ctx, `SELECT name, state = 'quarantined', r.revision, host, port, tls, auth, max_rate_per_second, max_connections, warm_up
			FROM relay JOIN relay_revision r USING (relay_no, revision) WHERE relay_no = $1`, int64(no)).
			Scan(&r.Name, &r.Quarantined, &r.Revision, &r.Host, &r.Port, &r.TLS, &r.Auth, &r.MaxRatePerSecond, &r.MaxConnections, &warmUp)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Wrong("relays", "relay_unknown", fault.Values{"relay": no.String()})
		}
		if err == nil {
			err = readJSON(warmUp, &r.WarmUp)
		}
		if err != nil {
			return err
		}
		r.Excluded = slices.Contains(excluded, r.Host) || slices.Contains(excluded, no.String())
		m.Relays = append(m.Relays, r)
	}
	return nil
}

// Document reads a plan by its hash.
func (s CampaignStore) Document(ctx context.Context, plan canon.Hash) ([]byte, error) {
	var document []byte
	err := s.pool.QueryRow(ctx, "SELECT document FROM plan WHERE sha256 = $1", plan[:]).Scan(&document)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, campaign.ErrNoPlan
	}
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", away(err))
	}
	return document, nil
}

// Rebuild gives the approved plan, and what the same launch would do now. See
// campaign.DecideTx.
func (t campaignTx) Rebuild(c campaign.Campaign) (approved, now campaign.Plan, err error) {
	var document []byte
	if err = t.pg.QueryRow(t.ctx, "SELECT document FROM plan WHERE sha256 = $1 AND campaign_no = $2", c.PlanHash[:], int64(c.ID)).Scan(&document); err != nil {
		return approved, now, campaign.ErrNoPlan
	}
	if approved, err = campaign.ReadPlan(document); err != nil {
		return approved, now, err
	}
	m, err := material(t.ctx, t.db, t.pg, c)
	if err != nil {
		return approved, now, err
	}
	made, err := t.manifest(c.ID)
	if err != nil {
		return approved, now, fmt.Errorf("read manifest: %w", away(err))
	}
	m.Lists = slices.DeleteFunc(m.Lists, func(l id.List) bool { return !slices.Contains(approved.Lists, l) }) // what came later fills nothing in
	m.Rules = approved.Rules                                                                                  // others that came into use change no text, and no plan
	now = m.Plan(c, approved.PreflightAt, made.AsPlanned(approved))
	if !m.TextApproved {
		now.Version.SHA256 = canon.Hash{} // withdrawn since: no longer the text that was approved
	}
	return approved, now, nil
}

// manifest computes the manifest from the deliveries as they are.
func (t campaignTx) manifest(c id.Campaign) (campaign.Manifest, error) {
	var made campaign.Manifest
	rows, err := t.pg.Query(t.ctx, "SELECT seq, leaf, status FROM delivery WHERE campaign_no = $1 ORDER BY seq", int64(c))
	if err != nil {
		return made, err
	}
	var nodes, leaves []canon.Hash
	var seq int64
	var leaf []byte
	var status string
	_, err = pgx.ForEachRow(rows, []any{&seq, &leaf, &status}, func() error {
		leaves = append(leaves, canon.FromBytes(leaf))
		if len(leaves) == campaign.BlockSize {
			nodes, leaves = append(nodes, campaign.Node(leaves)), leaves[:0]
		}
		switch status {
		case "pending", "held":
			made.ToSend++
		case "unaddressed":
			made.Unaddressed++
		case "excluded":
			made.Excluded++
		case "suppressed":
			made.Suppressed++
		}
		return nil
	})
	if len(leaves) > 0 {
		nodes = append(nodes, campaign.Node(leaves))
	}
	made.Root = campaign.ManifestRoot(nodes)
	return made, err
}
