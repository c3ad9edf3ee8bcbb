package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
)

// ListStore implements intake.Store, intake.Uploads and intake.Importer.
type ListStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s ListStore) Do(ctx context.Context, f func(intake.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(listTx{t}) })
}

type listTx struct{ *tx }

type listRow struct {
	ListNo            int64
	IncidentNo        int64
	Name              string
	State             string
	Sha256            []byte
	Bytes             int64
	Dialect           []byte
	Columns           []byte
	Mapping           []byte
	Rows              int64
	Accepted          int64
	Rejected          int64
	NewRecipients     int64
	KnownRecipients   int64
	Repeats           int64
	ProgressBytes     int64
	Failure           []byte
	UploadedBy        int64
	UploadedAt        time.Time
	ImportedAt        *time.Time
	WithdrawnBy       *int64
	WithdrawalReason  []byte
	WithdrawalAskedAt *time.Time
	WithdrawnAt       *time.Time
	LeftRecipients    int64
}

const listColumns = `SELECT list_no, incident_no, name, state, sha256, bytes, dialect, columns, mapping, rows, accepted, rejected,
	new_recipients, known_recipients, repeats, progress_bytes, failure, uploaded_by, uploaded_at, imported_at,
	withdrawn_by, withdrawal_reason, withdrawal_asked_at, withdrawn_at, left_recipients FROM list `

func (r listRow) read() (intake.List, error) {
	l := intake.List{ID: id.List(r.ListNo), Incident: id.Incident(r.IncidentNo), Name: r.Name, State: intake.State(r.State),
		SHA256: canon.FromBytes(r.Sha256), Bytes: r.Bytes, Done: r.ProgressBytes, UploadedBy: id.User(r.UploadedBy), UploadedAt: r.UploadedAt.UTC(),
		Counts: intake.Counts{Rows: r.Rows, Accepted: r.Accepted, Rejected: r.Rejected, New: r.NewRecipients, Known: r.KnownRecipients, Repeats: r.Repeats}}
	if r.ImportedAt != nil {
		l.ImportedAt = r.ImportedAt.UTC()
	}
	raw := map[string]string{}
	for _, part := range []struct {
		from []byte
		to   any
	}{{r.Dialect, &l.Dialect}, {r.Columns, &l.Columns}, {r.Mapping, &raw}, {r.Failure, &l.Failure}} {
		if err := readJSON(part.from, part.to); len(part.from) > 0 && err != nil {
			return l, fmt.Errorf("read %s: %w", l.ID, err)
		}
	}
	l.Mapping = make(intake.Mapping, len(l.Columns))
	for i, c := range l.Columns {
		l.Mapping[i], _ = intake.ParseTarget(raw[c]) // it was checked when it was kept; a proposal may lack an address
	}
	return l, nil
}

// withdrawalReason names the column under which a reason is sealed.
const withdrawalReason = "list.withdrawal_reason"

// readList reads a list with the reason for which it is taken back.
func (db *DB) readList(ctx context.Context) func(listRow) (intake.List, error) {
	return func(r listRow) (intake.List, error) {
		l, err := r.read()
		if err != nil || r.WithdrawnBy == nil {
			return l, err
		}
		l.Withdrawal = &intake.Withdrawal{By: id.User(*r.WithdrawnBy), At: r.WithdrawalAskedAt.UTC(), Left: r.LeftRecipients}
		if r.WithdrawnAt != nil {
			l.Withdrawal.Done = r.WithdrawnAt.UTC()
		}
		keys, err := db.Incident(ctx, int64(l.Incident))
		if fault.Is(err, "incident_shredded") {
			return l, nil // nobody can read it any more
		}
		if err == nil {
			var reason []byte
			reason, err = keys.OpenText(withdrawalReason, r.WithdrawalReason, int64(l.ID))
			l.Withdrawal.Reason = string(reason)
		}
		return l, err
	}
}

func (db *DB) oneList(ctx context.Context, g *gorm.DB, where string, no id.List) (intake.List, error) {
	return oneOf(g, listColumns+where, []any{int64(no)}, no, intake.ErrNoList, db.readList(ctx))
}

// List reads one.
func (s ListStore) List(ctx context.Context, no id.List) (intake.List, error) {
	return s.oneList(ctx, s.gorm.WithContext(ctx), "WHERE list_no = ?", no)
}

// Same finds the list that the same file became, if it did.
func (s ListStore) Same(ctx context.Context, l intake.List) (intake.List, bool, error) {
	same, err := oneOf(s.gorm.WithContext(ctx), listColumns+"WHERE incident_no = ? AND sha256 = ? AND list_no <> ? AND state IN ('importing', 'imported')",
		[]any{int64(l.Incident), l.SHA256[:], int64(l.ID)}, l.ID, intake.ErrNoList, listRow.read)
	if fault.Is(err, intake.ErrNoList.Code) {
		return same, false, nil
	}
	return same, err == nil, err
}

// Lists reads a page in order of ids.
func (s ListStore) Lists(ctx context.Context, incident id.Incident, after id.List, limit int, where ...filter.Equal) ([]intake.List, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	return pageOf(ctx, s.gorm, page{listColumns + "WHERE incident_no = $1 AND list_no > $2", []any{int64(incident), int64(after)},
		conditions{"state": "state = ANY(?)"}, where, "list_no", limit}, s.readList(ctx))
}

// incidentThere fails with incident.ErrNotFound for one that is not.
func (db *DB) incidentThere(ctx context.Context, no id.Incident) error {
	var there bool
	if err := db.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM incident WHERE incident_no = $1)", int64(no)).Scan(&there); err != nil {
		return fmt.Errorf("read %s: %w", no, away(err))
	}
	if !there {
		return incident.ErrNotFound
	}
	return nil
}

// lockOpen holds an incident that takes new work.
func (t *tx) lockOpen(no id.Incident) error {
	var state string
	err := t.gorm.Raw("SELECT state FROM incident WHERE incident_no = ? FOR NO KEY UPDATE", int64(no)).Scan(&state).Error
	switch {
	case err != nil:
		return fmt.Errorf("lock %s: %w", no, err)
	case state == "":
		return incident.ErrNotFound
	case state != string(incident.Open):
		return fault.New(fault.Conflict, "incident_closed", nil)
	}
	return nil
}

// Lock reads a list for a change.
func (t listTx) Lock(no id.List) (intake.List, error) {
	return t.db.oneList(t.ctx, t.gorm, "WHERE list_no = ? FOR UPDATE", no)
}

// Types reads the attributes of lists that are imported or about to be.
func (t listTx) Types(no id.Incident) (map[string]intake.Type, error) {
	if err := t.lockOpen(no); err != nil {
		return nil, err
	}
	var rows []listRow
	if err := t.gorm.Raw(listColumns+"WHERE incident_no = ? AND state IN ('importing', 'imported')", int64(no)).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read attributes of %s: %w", no, err)
	}
	all := map[string]intake.Type{}
	for _, r := range rows {
		l, err := r.read()
		if err != nil {
			return nil, err
		}
		for name, typ := range l.Mapping.Types() {
			all[name] = typ
		}
	}
	return all, nil
}

// Save writes what may change of a list.
func (t listTx) Save(l intake.List) error {
	parts := make([][]byte, 4)
	for i, v := range []any{l.Dialect, l.Columns, l.Mapping.Raw(l.Columns), l.Failure} {
		doc, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("write %s: %w", l.ID, err)
		}
		parts[i] = doc
	}
	var imported *time.Time
	if !l.ImportedAt.IsZero() {
		imported = &l.ImportedAt
	}
	back, err := t.withdrawal(l)
	if err != nil {
		return err
	}
	err = t.gorm.Exec(`UPDATE list SET name = ?, state = ?, sha256 = ?, bytes = ?, dialect = ?, columns = ?, mapping = ?, failure = nullif(?::jsonb, 'null'),
		rows = ?, accepted = ?, rejected = ?, new_recipients = ?, known_recipients = ?, repeats = ?, progress_bytes = ?, imported_at = ?, version = version + 1,
		withdrawn_by = ?, withdrawal_reason = ?, withdrawal_asked_at = CASE WHEN ?::bigint IS NOT NULL THEN coalesce(withdrawal_asked_at, now()) END, withdrawn_at = ?, left_recipients = ?
		WHERE list_no = ?`, l.Name, string(l.State), l.SHA256[:], l.Bytes, string(parts[0]), string(parts[1]), string(parts[2]), string(parts[3]),
		l.Counts.Rows, l.Counts.Accepted, l.Counts.Rejected, l.Counts.New, l.Counts.Known, l.Counts.Repeats, l.Done, imported,
		back.WithdrawnBy, back.WithdrawalReason, back.WithdrawnBy, back.WithdrawnAt, back.LeftRecipients, int64(l.ID)).Error
	if violates(err, "list_file_once") {
		return intake.ErrSameFile
	}
	if err == nil && l.State != intake.Awaiting && l.State != intake.Importing {
		err = t.gorm.Exec("DELETE FROM list_chunk WHERE list_no = ?", int64(l.ID)).Error
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", l.ID, err)
	}
	return nil
}

// withdrawal gives the columns that say how a list is taken back.
func (t listTx) withdrawal(l intake.List) (r listRow, err error) {
	w := l.Withdrawal
	if w == nil {
		return r, nil
	}
	by := int64(w.By)
	r.WithdrawnBy, r.LeftRecipients = &by, w.Left
	if !w.Done.IsZero() {
		r.WithdrawnAt = &w.Done
	}
	keys, err := t.db.Incident(t.ctx, int64(l.Incident))
	if err == nil {
		r.WithdrawalReason, err = keys.SealText(withdrawalReason, []byte(w.Reason), int64(l.ID))
	}
	return r, err
}

// Unconfirmed lists uploads that have waited too long.
func (s ListStore) Unconfirmed(ctx context.Context) ([]id.List, error) {
	var numbers []int64
	err := s.gorm.WithContext(ctx).Raw("SELECT list_no FROM list WHERE state = 'awaiting_confirmation' AND uploaded_at < now() - ? * interval '1 second'",
		int64(intake.Unconfirmed/time.Second)).Scan(&numbers).Error
	if err != nil {
		return nil, fmt.Errorf("list unconfirmed uploads: %w", away(err))
	}
	out := make([]id.List, len(numbers))
	for i, no := range numbers {
		out[i] = id.List(no)
	}
	return out, nil
}
