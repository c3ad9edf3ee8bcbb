package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/vault"
)

// chunkColumn names the column under which a stored file is sealed.
const chunkColumn = "list_chunk.sealed"

// uploadsAtOnce bounds how many connections slow uploads may hold.
const uploadsAtOnce = 4

var uploading = make(chan struct{}, uploadsAtOnce)

type uploadTx struct {
	listTx
	no   id.List
	keys *vault.Incident
}

// Upload takes a file in. See intake.Uploads.
func (s ListStore) Upload(ctx context.Context, l intake.List, write func(intake.UploadTx) error) (id.List, error) {
	select {
	case uploading <- struct{}{}:
		defer func() { <-uploading }()
	default:
		return 0, fault.New(fault.Unavailable, "uploads_busy", fault.Values{"seconds": 10}).After(10 * time.Second)
	}
	if err := s.incidentThere(ctx, l.Incident); err != nil {
		return 0, err
	}
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return 0, err
	}
	var no id.List
	err = s.do(ctx, func(t *tx) error {
		if no, err = t.insertList(l); err != nil {
			return err
		}
		return write(uploadTx{listTx{t}, no, keys})
	})
	return no, err
}

func (t *tx) insertList(l intake.List) (id.List, error) {
	var state string
	if err := t.gorm.Raw("SELECT state FROM incident WHERE incident_no = ?", int64(l.Incident)).Scan(&state).Error; err != nil {
		return 0, fmt.Errorf("read %s: %w", l.Incident, err)
	}
	if state != "open" {
		return 0, fault.New(fault.Conflict, "incident_closed", nil)
	}
	var no int64
	err := t.gorm.Raw(`INSERT INTO list (incident_no, name, state, sha256, bytes, dialect, columns, uploaded_by)
		VALUES (?, '', ?, '', 0, '{}', '[]', ?) RETURNING list_no`, int64(l.Incident), string(l.State), int64(l.UploadedBy)).Scan(&no).Error
	if err != nil {
		return 0, fmt.Errorf("insert list: %w", err)
	}
	return id.List(no), nil
}

// Number is the list's.
func (t uploadTx) Number() id.List { return t.no }

// Keep seals one chunk for its place.
func (t uploadTx) Keep(chunk int, plain []byte) error {
	sealed, err := t.keys.SealText(chunkColumn, plain, int64(t.no), int64(chunk))
	if err != nil {
		return err
	}
	if _, err := t.pg.Exec(t.ctx, "INSERT INTO list_chunk (list_no, chunk_no, sealed) VALUES ($1, $2, $3)", int64(t.no), chunk, sealed); err != nil {
		return fmt.Errorf("keep chunk of %s: %w", t.no, err)
	}
	return nil
}

// Head opens the first chunk.
func (s ListStore) Head(ctx context.Context, l intake.List) ([]byte, error) {
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return nil, err
	}
	return s.chunk(ctx, keys, l, 0)
}

func (db *DB) chunk(ctx context.Context, keys *vault.Incident, l intake.List, no int) ([]byte, error) {
	var sealed []byte
	err := db.pool.QueryRow(ctx, "SELECT sealed FROM list_chunk WHERE list_no = $1 AND chunk_no = $2", int64(l.ID), no).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, db.whyGone(ctx, l.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("read chunk of %s: %w", l.ID, away(err))
	}
	plain, err := keys.OpenText(chunkColumn, sealed, int64(l.ID), int64(no))
	if err != nil {
		return nil, fault.New(fault.Invalid, "list_file_broken", nil).Because(err)
	}
	return plain, nil
}

// whyGone tells a list that was ended, which removes its file, from a file that
// lost a part.
func (db *DB) whyGone(ctx context.Context, no id.List) error {
	var alive bool
	err := db.pool.QueryRow(ctx, "SELECT state IN ('awaiting_confirmation', 'importing') FROM list WHERE list_no = $1", int64(no)).Scan(&alive)
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", no, away(err))
	case alive:
		return fault.New(fault.Invalid, "list_file_broken", nil)
	}
	return intake.ErrCancelled
}

// storedFile reads a list's file from its chunks, and makes sure at the end
// that it is the one whose hash was recorded.
type storedFile struct {
	ctx   context.Context
	db    *DB
	keys  *vault.Incident
	list  intake.List
	next  int
	left  []byte
	done  atomic.Int64
	total hash.Hash
}

func newStoredFile(ctx context.Context, db *DB, keys *vault.Incident, l intake.List) *storedFile {
	return &storedFile{ctx: ctx, db: db, keys: keys, list: l, total: sha256.New()}
}

func (f *storedFile) Read(p []byte) (int, error) {
	if len(f.left) == 0 {
		if f.done.Load() >= f.list.Bytes {
			return 0, f.end()
		}
		var err error
		if f.left, err = f.db.chunk(f.ctx, f.keys, f.list, f.next); err != nil {
			return 0, err
		}
		f.next++
		_, _ = f.total.Write(f.left) // never fails
		f.done.Add(int64(len(f.left)))
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

func (f *storedFile) end() error {
	if canon.FromBytes(f.total.Sum(nil)) != f.list.SHA256 {
		return fault.New(fault.Invalid, "list_file_broken", nil)
	}
	return io.EOF
}

// rejectCells names the column under which refused cells are sealed: a JSON
// array of strings, as intake.Reject writes them.
const rejectCells = "list_reject.cells"

type rejectReason struct {
	Code string `json:"code"`
	Got  int64  `json:"got,omitempty"`
}

// Rejects visits the refused rows of a list in their order.
func (s ListStore) Rejects(ctx context.Context, l intake.List, visit func(intake.Reject) error) error {
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return err
	}
	rows, err := s.pool.Query(ctx, "SELECT row_no, line, column_name, reason, cells FROM list_reject WHERE incident_no = $1 AND list_no = $2 ORDER BY row_no",
		int64(l.Incident), int64(l.ID))
	if err != nil {
		return fmt.Errorf("read rejects: %w", away(err))
	}
	var row, line int64
	var column string
	var reason rejectReason
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&row, &line, &column, &reason, &sealed}, func() error {
		plain, err := keys.OpenRow(rejectCells, int64(l.ID), row, sealed)
		if err != nil {
			return err
		}
		no := intake.Reject{Line: int(line), Column: column, Reason: intake.Reason(reason.Code), Got: reason.Got}
		if err := json.Unmarshal(plain, &no.Cells); err != nil {
			return err
		}
		return visit(no)
	})
	if err != nil {
		return fmt.Errorf("read rejects: %w", away(err))
	}
	return nil
}

// Refused counts the refused rows of a list by reason.
func (s ListStore) Refused(ctx context.Context, l intake.List) ([]intake.Refused, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT ON (rows, code) code, rows, line, column_name, got FROM (
			SELECT reason->>'code' AS code, count(*) OVER (PARTITION BY reason->>'code') AS rows, line, column_name, coalesce((reason->>'got')::bigint, 0) AS got
			FROM list_reject WHERE incident_no = $1 AND list_no = $2) AS each
		ORDER BY rows DESC, code, line`, int64(l.Incident), int64(l.ID))
	if err != nil {
		return nil, fmt.Errorf("count rejects: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (intake.Refused, error) {
		var r intake.Refused
		return r, row.Scan(&r.Reason, &r.Rows, &r.Line, &r.Column, &r.Got)
	})
	if err != nil {
		return nil, fmt.Errorf("count rejects: %w", away(err))
	}
	return all, nil
}
