package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// GateStore implements cohort.GateStore.
type GateStore struct{ *DB }

// Do runs f in one transaction.
func (s GateStore) Do(ctx context.Context, f func(cohort.GateTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(gateTx{t}) })
}

// Read shows one moment of an incident.
func (s GateStore) Read(ctx context.Context, incident id.Incident, f func(cohort.Scene) error) error {
	return CohortStore(s).Read(ctx, incident, f)
}

type gateTx struct{ *tx }

// gateLiftReason is the column under which reasons are sealed.
const gateLiftReason = "gate_lift.reason"

// gateHolds are the gates that nobody has lifted.
const gateHolds = "NOT EXISTS (SELECT 1 FROM gate_lift l WHERE l.gate_no = g.gate_no)"

// A gate whose cohort was a draft and is gone stands before nobody.
const gateColumns = `SELECT g.gate_no, g.incident_no, g.cohort_no, c.name, g.name, g.rule, g.made_by, g.made_at, t.reason, t.made_by, t.made_at
	FROM gate g JOIN cohort c USING (cohort_no) LEFT JOIN gate_lift t USING (gate_no) `

func scanGate(keys *vault.Incident) pgx.RowToFunc[cohort.Gate] {
	return func(row pgx.CollectableRow) (g cohort.Gate, err error) {
		var rule, sealed []byte
		var by *int64
		var at *time.Time
		err = row.Scan((*int64)(&g.ID), (*int64)(&g.Incident), (*int64)(&g.Cohort), &g.CohortName, &g.Name, &rule, (*int64)(&g.By), &g.At, &sealed, &by, &at)
		if err == nil {
			g.Rule, err = cohort.ParseRule(rule)
		}
		if g.At = g.At.UTC(); err != nil || at == nil {
			return g, err
		}
		plain, err := keys.OpenText(gateLiftReason, sealed, int64(g.Incident), int64(g.ID))
		g.Lifting = &cohort.Lifting{Reason: string(plain), By: id.User(*by), At: at.UTC()}
		return g, err
	}
}

// Gate reads one.
func (s GateStore) Gate(ctx context.Context, no id.Gate) (cohort.Gate, error) {
	return oneGate(ctx, s.DB, s.pool, no)
}

func oneGate(ctx context.Context, db *DB, q reader, no id.Gate) (cohort.Gate, error) {
	var incident int64
	err := q.QueryRow(ctx, "SELECT incident_no FROM gate WHERE gate_no = $1", int64(no)).Scan(&incident)
	if isMissing(err) {
		return cohort.Gate{}, cohort.ErrNoGate
	}
	if err != nil {
		return cohort.Gate{}, fmt.Errorf("read %s: %w", no, away(err))
	}
	keys, err := db.Incident(ctx, incident)
	if err != nil {
		return cohort.Gate{}, err
	}
	return oneFrom(ctx, q, gateColumns+"WHERE g.gate_no = $1", []any{int64(no)}, no, cohort.ErrNoGate, scanGate(keys))
}

var gateConditions = conditions{
	"cohort": "g.cohort_no = ?",
	"state":  "(CASE WHEN t.made_at IS NULL THEN 'active' ELSE 'lifted' END) = ANY(?)",
}

// Gates reads a page in order of ids.
func (s GateStore) Gates(ctx context.Context, incident id.Incident, after id.Gate, limit int, where ...filter.Equal) ([]cohort.Gate, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	keys, err := s.Incident(ctx, int64(incident))
	if err != nil {
		return nil, err
	}
	return pageFrom(ctx, s.pool, page{gateColumns + "WHERE g.incident_no = $1 AND g.gate_no > $2", []any{int64(incident), int64(after)},
		gateConditions, where, "g.gate_no", limit}, scanGate(keys))
}

// Reviews reads the newest first.
func (s GateStore) Reviews(ctx context.Context, no id.Gate, limit int) ([]cohort.GateReview, error) {
	rows, err := s.pool.Query(ctx, "SELECT opened, shut, at FROM gate_review WHERE gate_no = $1 ORDER BY review_no DESC LIMIT $2", int64(no), limit)
	if err != nil {
		return nil, fmt.Errorf("read reviews of %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r cohort.GateReview, err error) {
		err = row.Scan(&r.Opened, &r.Shut, &r.At)
		r.At = r.At.UTC()
		return r, err
	})
}

// Named reads people by their numbers, masked.
func (s GateStore) Named(ctx context.Context, incident id.Incident, people []int64) ([]cohort.Recipient, error) {
	return CohortStore(s).recipients(ctx, incident, page{recipientColumns + "WHERE r.incident_no = $1 AND r.recipient_no = ANY($2)",
		[]any{int64(incident), people}, nil, nil, "r.recipient_no", len(people)})
}

// Now is when the transaction began.
func (t gateTx) Now() time.Time { return t.at }

// Free holds the campaigns of a cohort as they are. See cohort.GateTx.
func (t gateTx) Free(no id.Cohort) (string, error) {
	rows, err := t.pg.Query(t.ctx, `SELECT name, state FROM campaign WHERE cohort_no = $1 AND state IN ('ready', 'approved', 'scheduled', 'sending', 'paused')
		ORDER BY campaign_no FOR NO KEY UPDATE`, int64(no))
	if err != nil {
		return "", fmt.Errorf("lock campaigns of %s: %w", no, err)
	}
	var name, state, telling string
	_, err = pgx.ForEachRow(rows, []any{&name, &state}, func() error {
		if s := campaign.State(state); s != campaign.Ready && s != campaign.Approved {
			telling = name
		}
		return nil
	})
	return telling, err
}

// Insert keeps a gate.
func (t gateTx) Insert(g cohort.Gate, entry ledger.EntryID) (id.Gate, error) {
	if err := t.lockOpen(g.Incident); err != nil {
		return 0, err
	}
	rule, err := json.Marshal(g.Rule)
	if err != nil {
		return 0, fmt.Errorf("write rule: %w", err)
	}
	var no int64
	err = t.pg.QueryRow(t.ctx, `INSERT INTO gate (incident_no, cohort_no, name, rule, made_by, made_at, entry_id)
		SELECT incident_no, cohort_no, $3, $4, $5, $6, $7 FROM cohort WHERE incident_no = $1 AND cohort_no = $2 RETURNING gate_no`,
		int64(g.Incident), int64(g.Cohort), g.Name, rule, int64(g.By), g.At, entry).Scan(&no)
	if isMissing(err) {
		return 0, fault.Wrong("cohort_id", "no_such_cohort", fault.Values{})
	}
	if err != nil {
		return 0, fmt.Errorf("insert gate: %w", err)
	}
	return id.Gate(no), nil
}

// Lock reads a gate for a change.
func (t gateTx) Lock(no id.Gate) (cohort.Gate, error) { return oneGate(t.ctx, t.db, t.pg, no) }

// Lift keeps that a gate was taken away.
func (t gateTx) Lift(g cohort.Gate, entry ledger.EntryID) error {
	if err := t.lockOpen(g.Incident); err != nil {
		return err
	}
	keys, err := t.db.Incident(t.ctx, int64(g.Incident))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(gateLiftReason, []byte(g.Lifting.Reason), int64(g.Incident), int64(g.ID))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO gate_lift (gate_no, incident_no, reason, made_by, made_at, entry_id) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(g.ID), int64(g.Incident), sealed, int64(g.Lifting.By), g.Lifting.At, entry)
	if violates(err, "gate_lifted_once") {
		return fault.New(fault.Conflict, "gate_lifted", nil)
	}
	if err != nil {
		return fmt.Errorf("lift %s: %w", g.ID, err)
	}
	return nil
}

// CopyGates puts the gates before one cohort before another too. See
// cohort.VersionTx.
func (t cohortTx) CopyGates(from, to id.Cohort, by access.Actor, entry ledger.EntryID) error {
	_, err := t.pg.Exec(t.ctx, `INSERT INTO gate (incident_no, cohort_no, name, rule, made_by, made_at, entry_id)
		SELECT incident_no, $2, name, rule, $3, $4, $5 FROM gate g WHERE cohort_no = $1 AND `+gateHolds+" ORDER BY gate_no", int64(from), int64(to), int64(by.User), t.at, entry)
	if err != nil {
		return fmt.Errorf("copy gates of %s: %w", from, err)
	}
	return nil
}

// readGates reads the gates that a plan would have.
func readGates(ctx context.Context, q reader, c campaign.Campaign, m *campaign.Material) error {
	rows, err := q.Query(ctx, "SELECT gate_no, name, rule FROM gate g WHERE cohort_no = $1 AND "+gateHolds+" ORDER BY gate_no", int64(c.Settings.Cohort))
	if err != nil {
		return err
	}
	m.Gates, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (g campaign.PlannedGate, err error) {
		return g, row.Scan((*int64)(&g.ID), &g.Name, (*[]byte)(&g.Rule))
	})
	return err
}
