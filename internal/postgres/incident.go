package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/incident"
)

// IncidentStore implements incident.Store.
type IncidentStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s IncidentStore) Do(ctx context.Context, f func(incident.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(incidentTx{t}) })
}

type incidentTx struct{ *tx }

type incidentRow struct {
	IncidentNo   int64
	State        string
	Sample       bool
	Version      int
	FactsVersion int
	Document     []byte
	CreatedBy    int64
	CreatedAt    time.Time
}

const incidentColumns = `SELECT i.incident_no, i.state, i.sample, i.version, f.version AS facts_version, f.document, i.created_by, i.created_at
	FROM incident i JOIN LATERAL (SELECT version, document FROM incident_fact WHERE incident_no = i.incident_no ORDER BY version DESC LIMIT 1) f ON true `

func (r incidentRow) read() (incident.Incident, error) {
	i := incident.Incident{ID: id.Incident(r.IncidentNo), State: incident.State(r.State), Sample: r.Sample, Version: r.Version,
		FactsVersion: r.FactsVersion, CreatedBy: id.User(r.CreatedBy), CreatedAt: r.CreatedAt.UTC()}
	if err := json.Unmarshal(r.Document, &i.Facts); err != nil {
		return i, fmt.Errorf("read facts of %s: %w", i.ID, err)
	}
	return i, nil
}

func oneIncident(g *gorm.DB, where string, no id.Incident) (incident.Incident, error) {
	return oneOf(g, incidentColumns+where, []any{int64(no)}, no, incident.ErrNotFound, incidentRow.read)
}

// Incident reads one.
func (s IncidentStore) Incident(ctx context.Context, no id.Incident) (incident.Incident, error) {
	return oneIncident(s.gorm.WithContext(ctx), "WHERE i.incident_no = ?", no)
}

// Incidents reads a page in order of ids.
func (s IncidentStore) Incidents(ctx context.Context, after id.Incident, limit int, where ...filter.Equal) ([]incident.Incident, error) {
	return pageOf(ctx, s.gorm, page{incidentColumns + "WHERE i.incident_no > $1", []any{int64(after)},
		conditions{"state": "i.state = ANY(?)"}, where, "i.incident_no", limit}, incidentRow.read)
}

// readAll turns rows into what they stand for.
func readAll[R, T any](rows []R, read func(R) (T, error)) ([]T, error) {
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		v, err := read(r)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Insert writes an incident with its keys, partitions and first facts.
func (t incidentTx) Insert(i incident.Incident) (id.Incident, error) {
	var no int64
	err := t.gorm.Raw(`INSERT INTO incident (state, sample, version, created_by)
		VALUES (?, (SELECT marker = 'sample' FROM installation), ?, ?) RETURNING incident_no`, string(i.State), i.Version, int64(i.CreatedBy)).Scan(&no).Error
	if err != nil {
		return 0, fmt.Errorf("insert incident: %w", err)
	}
	i.ID = id.Incident(no)
	if err := t.db.keys.make(t.tx, no); err != nil {
		return 0, err
	}
	if err := t.gorm.Exec("SELECT make_incident_partitions(?)", no).Error; err != nil {
		return 0, fmt.Errorf("make partitions of %s: %w", i.ID, err)
	}
	return i.ID, t.insertFacts(i, i.CreatedBy)
}

func (t incidentTx) insertFacts(i incident.Incident, by id.User) error {
	doc, err := json.Marshal(i.Facts)
	if err != nil {
		return fmt.Errorf("write facts of %s: %w", i.ID, err)
	}
	err = t.gorm.Exec("INSERT INTO incident_fact (incident_no, version, document, made_by) VALUES (?, ?, ?, ?)", int64(i.ID), i.FactsVersion, string(doc), int64(by)).Error
	if err != nil {
		return fmt.Errorf("insert facts of %s: %w", i.ID, err)
	}
	return nil
}

// Lock reads an incident for a change.
func (t incidentTx) Lock(no id.Incident) (incident.Incident, error) {
	return oneIncident(t.gorm, "WHERE i.incident_no = ? FOR UPDATE OF i", no)
}

// SaveFacts adds a version of the facts.
func (t incidentTx) SaveFacts(i incident.Incident, by id.User) error {
	if err := t.gorm.Exec("UPDATE incident SET version = ? WHERE incident_no = ?", i.Version, int64(i.ID)).Error; err != nil {
		return fmt.Errorf("save %s: %w", i.ID, err)
	}
	return t.insertFacts(i, by)
}

// Organisation reads the newest version; its number is 0 before there is one.
func (s IncidentStore) Organisation(ctx context.Context) (incident.Organisation, int, error) {
	var row struct {
		Version  int
		Document []byte
	}
	err := s.gorm.WithContext(ctx).Raw("SELECT version, document FROM organisation ORDER BY version DESC LIMIT 1").Scan(&row).Error
	if err != nil {
		return incident.Organisation{}, 0, fmt.Errorf("read organisation: %w", away(err))
	}
	var o incident.Organisation
	if row.Version == 0 {
		return o.Normalise(), 0, nil
	}
	if err := json.Unmarshal(row.Document, &o); err != nil {
		return o, 0, fmt.Errorf("read organisation: %w", err)
	}
	return o.Normalise(), row.Version, nil
}

// knowsStaffMail refuses a relay or a sender identity that is not there.
func (t incidentTx) knowsStaffMail(m *incident.StaffMail) error {
	if m == nil {
		return nil
	}
	var relay, sender bool
	err := t.pg.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM relay WHERE relay_no = $1), EXISTS (SELECT 1 FROM sender WHERE sender_no = $2)", int64(m.Relay), int64(m.Sender)).Scan(&relay, &sender)
	switch {
	case err != nil:
		return fmt.Errorf("look for who mails staff: %w", err)
	case !relay:
		return fault.Wrong("staff_mail.relay_id", "relay_unknown", fault.Values{"relay": m.Relay.String()})
	case !sender:
		return fault.Wrong("staff_mail.sender_id", "sender_unknown", nil)
	}
	return nil
}

// SaveOrganisation adds a version after the one that was seen.
func (t incidentTx) SaveOrganisation(o incident.Organisation, seen int, by id.User) (int, error) {
	if err := t.knowsStaffMail(o.StaffMail); err != nil {
		return 0, err
	}
	doc, err := json.Marshal(o)
	if err != nil {
		return 0, fmt.Errorf("write organisation: %w", err)
	}
	made := t.gorm.Exec(`INSERT INTO organisation (version, document, made_by) SELECT ?, ?, ?
		WHERE ? = (SELECT coalesce(max(version), 0) FROM organisation)`, seen+1, string(doc), int64(by), seen)
	switch {
	case violates(made.Error, "organisation_pkey"), made.Error == nil && made.RowsAffected == 0:
		return 0, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	case made.Error != nil:
		return 0, fmt.Errorf("save organisation: %w", made.Error)
	}
	return seen + 1, nil
}
