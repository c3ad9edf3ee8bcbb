package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// NoticeStore implements notice.Store and notice.Scene.
type NoticeStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s NoticeStore) Do(ctx context.Context, f func(notice.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(noticeTx{t}) })
}

type noticeTx struct{ *tx }

type noticeRow struct {
	NoticeNo   int64
	IncidentNo int64
	Name       string
	CreatedBy  int64
	CreatedAt  time.Time
}

const noticeColumns = "SELECT notice_no, incident_no, name, created_by, created_at FROM notice "

func (r noticeRow) read() (notice.Notice, error) {
	return notice.Notice{ID: id.Notice(r.NoticeNo), Incident: id.Incident(r.IncidentNo), Name: r.Name, CreatedBy: id.User(r.CreatedBy), CreatedAt: r.CreatedAt.UTC()}, nil
}

// Notice reads one with its versions.
func (s NoticeStore) Notice(ctx context.Context, no id.Notice) (notice.Notice, error) {
	return oneNotice(ctx, s.gorm, s.pool, no)
}

func oneNotice(ctx context.Context, g *gorm.DB, q querier, no id.Notice) (notice.Notice, error) {
	all, err := someNotices(ctx, g, q, "WHERE notice_no = ?", int64(no))
	if err == nil && len(all) == 0 {
		err = notice.ErrNoNotice
	}
	if err != nil {
		return notice.Notice{}, err
	}
	return all[0], nil
}

// Notices reads a page in order of ids.
func (s NoticeStore) Notices(ctx context.Context, incident id.Incident, after id.Notice, limit int) ([]notice.Notice, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	return someNotices(ctx, s.gorm, s.pool, "WHERE incident_no = ? AND notice_no > ? ORDER BY notice_no LIMIT ?", int64(incident), int64(after), limit)
}

func someNotices(ctx context.Context, g *gorm.DB, q querier, where string, args ...any) ([]notice.Notice, error) {
	var rows []noticeRow
	if err := g.WithContext(ctx).Raw(noticeColumns+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read notices: %w", away(err))
	}
	all, err := readAll(rows, noticeRow.read)
	if err != nil || len(all) == 0 {
		return all, err
	}
	numbers := make([]int64, len(all))
	for i, n := range all {
		numbers[i] = int64(n.ID)
	}
	versions, err := readVersions(ctx, q, "WHERE v.notice_no = ANY($1) ORDER BY v.no", numbers)
	for i := range all {
		for _, v := range versions {
			if v.Notice == all[i].ID {
				v.Document = notice.Document{}
				all[i].Versions = append(all[i].Versions, v)
			}
		}
	}
	return all, err
}

const versionColumns = `SELECT v.version_no, v.notice_no, n.incident_no, v.no, v.sha256, v.document, v.created_by, v.created_at,
	(SELECT array_agg(DISTINCT user_no ORDER BY user_no) FROM version_author a WHERE a.notice_no = v.notice_no),
	(SELECT array_agg(kind ORDER BY event_no) FROM version_event e WHERE e.version_no = v.version_no)
	FROM version v JOIN notice n USING (notice_no) `

// readVersions reads versions with their states, without their events.
func readVersions(ctx context.Context, q querier, where string, args ...any) ([]notice.Version, error) {
	rows, err := q.Query(ctx, versionColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (notice.Version, error) {
		var v notice.Version
		var no, line, incident, by int64
		var sum, document []byte
		var authors []int64
		var kinds []string
		err := row.Scan(&no, &line, &incident, &v.No, &sum, &document, &by, &v.CreatedAt, &authors, &kinds)
		v.ID, v.Notice, v.Incident, v.CreatedBy = id.Version(no), id.Notice(line), id.Incident(incident), id.User(by)
		v.SHA256, v.CreatedAt = canon.FromBytes(sum), v.CreatedAt.UTC()
		for _, a := range authors {
			v.People.Authors = append(v.People.Authors, id.User(a))
		}
		for _, k := range kinds {
			v.Events = append(v.Events, notice.Event{Kind: notice.EventKind(k)})
		}
		v.State = notice.StateAfter(v.Events)
		v.Events = nil
		return v, errors.Join(err, readJSON(document, &v.Document))
	})
	if err != nil {
		return nil, fmt.Errorf("read versions: %w", away(err))
	}
	return all, nil
}

func oneVersion(ctx context.Context, q querier, no id.Version) (notice.Version, error) {
	all, err := readVersions(ctx, q, "WHERE v.version_no = $1", int64(no))
	if err == nil && len(all) == 0 {
		err = notice.ErrNoVersion
	}
	if err != nil {
		return notice.Version{}, err
	}
	return all[0], nil
}

// Version reads one with what happened to it.
func (s NoticeStore) Version(ctx context.Context, no id.Version) (notice.Version, error) {
	v, err := oneVersion(ctx, s.pool, no)
	if err != nil {
		return v, err
	}
	keys, err := s.Incident(ctx, int64(v.Incident))
	if err != nil {
		return v, err
	}
	if v.Events, err = s.events(ctx, keys, no); err == nil {
		v.Answers, err = s.answers(ctx, keys, v.Notice)
	}
	return v, err
}

// commentColumn names the column under which comments are sealed.
const commentColumn = "version_event.comment"

func (s NoticeStore) events(ctx context.Context, keys *vault.Incident, no id.Version) ([]notice.Event, error) {
	rows, err := s.pool.Query(ctx, "SELECT event_no, kind, made_by, at, comment FROM version_event WHERE version_no = $1 ORDER BY event_no", int64(no))
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (notice.Event, error) {
		var e notice.Event
		var event, by int64
		var kind string
		var sealed []byte
		if err := row.Scan(&event, &kind, &by, &e.At, &sealed); err != nil || sealed == nil {
			e.Kind, e.By, e.At = notice.EventKind(kind), id.User(by), e.At.UTC()
			return e, err
		}
		e.Kind, e.By, e.At = notice.EventKind(kind), id.User(by), e.At.UTC()
		plain, err := keys.OpenText(commentColumn, sealed, int64(no), event)
		e.Comment = string(plain)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", no, away(err))
	}
	return all, nil
}

// Columns gives the merge columns of the incident's imported lists, and its
// pools of codes.
func (s NoticeStore) Columns(ctx context.Context, incident id.Incident) (names, pools []string, err error) {
	all, err := mappingsOf(ctx, s.pool, int64(incident), intake.Imported)
	if err != nil {
		return nil, nil, away(err)
	}
	for _, m := range all {
		for _, t := range m {
			if t.Kind == intake.Merge && !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	slices.Sort(names)
	pools, err = poolsNamed(ctx, s.pool, incident)
	return names, pools, err
}

// InsertNotice keeps a notice.
func (t noticeTx) InsertNotice(n notice.Notice) (id.Notice, error) {
	if err := t.lockOpen(n.Incident); err != nil {
		return 0, err
	}
	var no int64
	err := t.gorm.Raw("INSERT INTO notice (incident_no, name, created_by) VALUES (?, ?, ?) RETURNING notice_no", int64(n.Incident), n.Name, int64(n.CreatedBy)).Scan(&no).Error
	if violates(err, "notice_name_once") {
		return 0, fault.Wrong("name", "notice_name_taken", nil)
	}
	if err != nil {
		return 0, fmt.Errorf("insert notice: %w", err)
	}
	return id.Notice(no), nil
}

// Next locks a notice for its next version.
func (t noticeTx) Next(no id.Notice) (notice.Notice, int, error) {
	if err := t.gorm.Exec("SELECT 1 FROM notice WHERE notice_no = ? FOR NO KEY UPDATE", int64(no)).Error; err != nil {
		return notice.Notice{}, 0, fmt.Errorf("lock %s: %w", no, err)
	}
	n, err := oneNotice(t.ctx, t.gorm, t.pg, no)
	if err != nil {
		return n, 0, err
	}
	if err := t.lockOpen(n.Incident); err != nil {
		return n, 0, err
	}
	next := 1
	if len(n.Versions) > 0 {
		next = n.Versions[len(n.Versions)-1].No + 1
	}
	return n, next, nil
}

// Insert keeps a version with its author.
func (t noticeTx) Insert(v notice.Version, document []byte) (id.Version, error) {
	var no int64
	err := t.gorm.Raw("INSERT INTO version (notice_no, no, sha256, document, created_by) VALUES (?, ?, ?, ?, ?) RETURNING version_no",
		int64(v.Notice), v.No, v.SHA256[:], document, int64(v.CreatedBy)).Scan(&no).Error
	if err != nil {
		return 0, fmt.Errorf("insert version: %w", err)
	}
	err = t.gorm.Exec("INSERT INTO version_author (notice_no, user_no, version_no) VALUES (?, ?, ?)", int64(v.Notice), int64(v.CreatedBy), no).Error
	for _, code := range []string{"author_approved_plan", "author_approved_text"} {
		if violates(err, code) {
			return 0, fault.New(fault.Forbidden, code, nil)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("insert author: %w", err)
	}
	return id.Version(no), nil
}

// Lock locks the notice of a version, and reads it.
func (t noticeTx) Lock(no id.Version) (notice.Version, error) {
	err := t.gorm.Exec("SELECT 1 FROM notice WHERE notice_no = (SELECT notice_no FROM version WHERE version_no = ?) FOR NO KEY UPDATE", int64(no)).Error
	if err != nil {
		return notice.Version{}, fmt.Errorf("lock %s: %w", no, err)
	}
	return oneVersion(t.ctx, t.pg, no)
}

// Add writes what happened to a version. The database holds the rule about
// different people a second time, against whoever comes at the same moment.
func (t noticeTx) Add(v notice.Version, e notice.Event) error {
	var event int64
	if err := t.gorm.Raw("SELECT coalesce(max(event_no), 0) + 1 FROM version_event WHERE version_no = ?", int64(v.ID)).Scan(&event).Error; err != nil {
		return fmt.Errorf("number event of %s: %w", v.ID, err)
	}
	var sealed []byte
	if e.Comment != "" {
		keys, err := t.db.Incident(t.ctx, int64(v.Incident))
		if err != nil {
			return err
		}
		if sealed, err = keys.SealText(commentColumn, []byte(e.Comment), int64(v.ID), event); err != nil {
			return err
		}
	}
	if e.Kind == notice.Approval {
		err := t.gorm.Exec("INSERT INTO approval (kind, target, version_no, approver, method) VALUES ('version', ?, ?, ?, 'totp')", v.SHA256[:], int64(v.ID), int64(e.By)).Error
		switch gone := roleGone(err); {
		case violates(err, "approver_is_author"):
			return fault.New(fault.Forbidden, "own_text", nil)
		case gone != nil:
			return gone
		case err != nil:
			return fmt.Errorf("approve %s: %w", v.ID, err)
		}
	}
	err := t.gorm.Exec("INSERT INTO version_event (version_no, event_no, kind, made_by, comment, at) VALUES (?, ?, ?, ?, ?, ?)",
		int64(v.ID), event, string(e.Kind), int64(e.By), sealed, t.at).Error
	if err != nil {
		return fmt.Errorf("add event of %s: %w", v.ID, err)
	}
	if e.Kind == notice.Withdraws {
		return t.takeBack(v.ID)
	}
	return nil
}
