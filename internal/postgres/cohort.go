package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
)

// CohortStore implements cohort.Store and cohort.People.
type CohortStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s CohortStore) Do(ctx context.Context, f func(cohort.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(cohortTx{t}) })
}

type cohortTx struct{ *tx }

type cohortRow struct {
	CohortNo      int64
	IncidentNo    int64
	Name          string
	Kind          string
	Precedence    *int
	BasisCampaign *int64
	Rule          []byte
	Lists         []byte
	State         string
	Figures       []byte
	Root          []byte
	FrozenAt      *time.Time
	FrozenBy      *int64
	CreatedBy     int64
	CreatedAt     time.Time
	Version       int
	PreviousNo    *int64
	Edition       int
}

const cohortColumns = `SELECT cohort_no, incident_no, name, kind, precedence, basis_campaign, rule, to_jsonb(lists) AS lists, state, figures, root,
	frozen_at, frozen_by, created_by, created_at, version, previous_no, edition FROM cohort `

func (r cohortRow) read() (cohort.Cohort, error) {
	c := cohort.Cohort{ID: id.Cohort(r.CohortNo), Incident: id.Incident(r.IncidentNo), State: cohort.State(r.State), Version: r.Version,
		Root: canon.FromBytes(r.Root), CreatedBy: id.User(r.CreatedBy), CreatedAt: r.CreatedAt.UTC()}
	c.Name, c.Kind, c.Edition = r.Name, cohort.Kind(r.Kind), r.Edition
	if r.PreviousNo != nil {
		c.Previous = id.Cohort(*r.PreviousNo)
	}
	if r.Precedence != nil {
		c.Precedence = *r.Precedence
	}
	if r.BasisCampaign != nil {
		c.Basis = id.Campaign(*r.BasisCampaign)
	}
	if r.FrozenAt != nil {
		c.FrozenAt = r.FrozenAt.UTC()
	}
	if r.FrozenBy != nil {
		c.FrozenBy = id.User(*r.FrozenBy)
	}
	var lists []int64
	var err error
	if c.Rule, err = cohort.ParseRule(r.Rule); err == nil {
		err = json.Unmarshal(r.Lists, &lists)
	}
	if err == nil {
		err = readJSON(r.Figures, &c.Figures)
	}
	if err != nil {
		return c, fmt.Errorf("read %s: %w", c.ID, err)
	}
	for _, l := range lists {
		c.Lists = append(c.Lists, id.List(l))
	}
	return c, nil
}

func oneCohort(g *gorm.DB, where string, no id.Cohort) (cohort.Cohort, error) {
	return oneOf(g, cohortColumns+where, []any{int64(no)}, no, cohort.ErrNotFound, cohortRow.read)
}

// Cohort reads one.
func (s CohortStore) Cohort(ctx context.Context, no id.Cohort) (cohort.Cohort, error) {
	return oneCohort(s.gorm.WithContext(ctx), "WHERE cohort_no = ?", no)
}

// Cohorts reads a page in order of ids.
func (s CohortStore) Cohorts(ctx context.Context, incident id.Incident, after id.Cohort, limit int, where ...filter.Equal) ([]cohort.Cohort, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	return pageOf(ctx, s.gorm, page{cohortColumns + "WHERE incident_no = $1 AND cohort_no > $2", []any{int64(incident), int64(after)},
		conditions{"state": "state = ANY(?)", "kind": "kind = ANY(?)"}, where, "cohort_no", limit}, cohortRow.read)
}

// cohortsLock lets changes of one incident's cohorts, freezes and exclusions go one
// after the other.
const cohortsLock = "SELECT pg_advisory_xact_lock(hashtextextended('cohorts of incident', $1))"

// Lock reads a cohort for a change. Changes of one incident's cohorts go one
// after the other: a freeze counts on the drafts that it saw.
func (t cohortTx) Lock(no id.Cohort) (cohort.Cohort, error) {
	err := t.gorm.Exec("SELECT pg_advisory_xact_lock(hashtextextended('cohorts of incident', incident_no)) FROM cohort WHERE cohort_no = ?", int64(no)).Error
	if err != nil {
		return cohort.Cohort{}, fmt.Errorf("lock %s: %w", no, err)
	}
	return oneCohort(t.gorm, "WHERE cohort_no = ? FOR UPDATE", no)
}

// Insert keeps a draft.
func (t cohortTx) Insert(c cohort.Cohort) (id.Cohort, error) {
	if err := t.lockOpen(c.Incident); err != nil {
		return 0, err
	}
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return 0, fmt.Errorf("write rule: %w", err)
	}
	var no int64
	err = t.gorm.Raw("INSERT INTO cohort (incident_no, name, kind, precedence, basis_campaign, rule, created_by, previous_no, edition) VALUES (?, ?, ?, nullif(?, 0), nullif(?, 0), ?, ?, nullif(?, 0), ?) RETURNING cohort_no",
		int64(c.Incident), c.Name, string(c.Kind), c.Precedence, int64(c.Basis), string(rule), int64(c.CreatedBy), int64(c.Previous), c.Edition).Scan(&no).Error
	return id.Cohort(no), takenCohort(err)
}

func takenCohort(err error) error {
	switch {
	case err == nil:
		return nil
	case violates(err, "cohort_name_once"):
		return fault.Wrong("name", "cohort_name_taken", nil)
	case violates(err, "cohort_next_once"):
		return fault.New(fault.Conflict, "cohort_has_version", nil)
	case violates(err, "cohort_precedence_once"):
		return fault.Wrong("precedence", "cohort_precedence_taken", nil)
	}
	return fmt.Errorf("save cohort: %w", err)
}

// Save writes what may change of a cohort.
func (t cohortTx) Save(c cohort.Cohort) error {
	rule, err := json.Marshal(c.Rule)
	if err != nil {
		return fmt.Errorf("write rule: %w", err)
	}
	if c.State != cohort.Frozen {
		var by *int64
		if c.FrozenBy != 0 {
			n := int64(c.FrozenBy)
			by = &n
		}
		return takenCohort(t.gorm.Exec("UPDATE cohort SET name = ?, precedence = nullif(?, 0), basis_campaign = nullif(?, 0), rule = ?, state = ?, frozen_by = ?, version = ? WHERE cohort_no = ?",
			c.Name, c.Precedence, int64(c.Basis), string(rule), string(c.State), by, c.Version, int64(c.ID)).Error)
	}
	return t.saveFrozen(c)
}

func (t cohortTx) saveFrozen(c cohort.Cohort) error {
	figures, err := json.Marshal(c.Figures)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	lost, err := json.Marshal(c.Figures.LostTo)
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	lists := make([]int64, len(c.Lists))
	for i, l := range c.Lists {
		lists[i] = int64(l)
	}
	_, err = t.pg.Exec(t.ctx, `UPDATE cohort SET state = 'frozen', lists = $2, size = $3, resolved_size = $4, excluded = $5, lost_to = $6, figures = $7,
		root = $8, frozen_at = $9, version = version + 1 WHERE cohort_no = $1`,
		int64(c.ID), lists, c.Figures.Size, c.Figures.Resolved, c.Figures.Excluded, lost, figures, c.Root[:], c.FrozenAt)
	if err != nil {
		return fmt.Errorf("save %s: %w", c.ID, err)
	}
	return nil
}

// Taken tells whether a cohort of an incident has a name. See cohort.VersionTx.
func (t cohortTx) Taken(no id.Incident, name string) (taken bool, err error) {
	err = t.pg.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM cohort WHERE incident_no = $1 AND name = $2)", int64(no), name).Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for a name: %w", err)
	}
	return taken, nil
}

// Delete removes a draft.
func (t cohortTx) Delete(no id.Cohort) error {
	if err := t.gorm.Exec("DELETE FROM cohort WHERE cohort_no = ?", int64(no)).Error; err != nil {
		return fmt.Errorf("delete %s: %w", no, err)
	}
	return nil
}

// Owed tells whether a frozen cohort left people to this one.
func (t cohortTx) Owed(c cohort.Cohort) (bool, error) {
	var owed bool
	err := t.gorm.Raw(`SELECT EXISTS (SELECT 1 FROM cohort WHERE incident_no = ? AND state = 'frozen'
		AND lost_to @> jsonb_build_array(jsonb_build_object('cohort', ?::text)))`, int64(c.Incident), c.ID.String()).Scan(&owed).Error
	if err != nil {
		return false, fmt.Errorf("read who left people to %s: %w", c.ID, err)
	}
	return owed, nil
}
