package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/suppression"
)

// The columns under which what is known of a file is sealed, for its number. Its
// hash is, too: of a file of one line it would let anybody test addresses.
const (
	fileReason = "suppression_file.reason"
	fileHash   = "suppression_file.sha256"
)

// InsertFile keeps a file. See suppression.FileTx.
func (t suppressionTx) InsertFile(f suppression.File, refused []suppression.RefusedLine, entry ledger.EntryID) (no id.SuppressionFile, err error) {
	if err := t.pg.QueryRow(t.ctx, "SELECT nextval(pg_get_serial_sequence('suppression_file', 'file_no'))").Scan((*int64)(&no)); err != nil {
		return 0, fmt.Errorf("number a file of suppressions: %w", err)
	}
	reason, err := t.db.Installation().SealSetting(fileReason, int64(no), []byte(f.Reason))
	if err != nil {
		return 0, err
	}
	sum, err := t.db.Installation().SealSetting(fileHash, int64(no), f.SHA256[:])
	if err != nil {
		return 0, err
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO suppression_file (file_no, sha256, source, reason, lines, made_by, made_at, entry_id) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		int64(no), sum, string(f.Source), reason, f.Lines, int64(f.By), f.At, entry)
	if err != nil {
		return 0, fmt.Errorf("insert a file of suppressions: %w", err)
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{"suppression_refusal"}, []string{"file_no", "line", "code"},
		pgx.CopyFromSlice(len(refused), func(i int) ([]any, error) { return []any{int64(no), refused[i].Line, refused[i].Code}, nil }))
	if err != nil {
		return 0, fmt.Errorf("keep refused lines of %s: %w", no, err)
	}
	return no, nil
}

// ReleaseFile ends the suppressions of a file. See suppression.FileTx.
func (t suppressionTx) ReleaseFile(no id.SuppressionFile, r suppression.Release) (int64, error) {
	rows, err := t.pg.Query(t.ctx, "SELECT suppression_no, digest FROM suppression WHERE file_no = $1 AND released_at IS NULL FOR UPDATE", int64(no))
	if err != nil {
		return 0, fmt.Errorf("read suppressions of %s: %w", no, err)
	}
	var numbers []int64
	var reasons [][]byte
	var one int64
	var digest [16]byte
	_, err = pgx.ForEachRow(rows, []any{&one, &digest}, func() error {
		sealed, err := t.db.Installation().SealSetting(releaseReason, boundTo(digest), []byte(r.Reason))
		numbers, reasons = append(numbers, one), append(reasons, sealed)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("read suppressions of %s: %w", no, err)
	}
	_, err = t.pg.Exec(t.ctx, `UPDATE suppression s SET release_reason = u.reason, released_by = $3, released_at = $4
		FROM unnest($1::bigint[], $2::bytea[]) AS u (no, reason) WHERE s.suppression_no = u.no`, numbers, reasons, int64(r.By), r.At)
	if err != nil {
		return 0, fmt.Errorf("release suppressions of %s: %w", no, err)
	}
	return int64(len(numbers)), nil
}

// fileColumns count what a file changed by the rows that came of it.
const fileColumns = `SELECT f.file_no, f.sha256, f.source, f.reason, f.lines, s.added, (SELECT count(*) FROM suppression_refusal r WHERE r.file_no = f.file_no), s.holding, f.made_by, f.made_at
	FROM suppression_file f CROSS JOIN LATERAL (SELECT count(*) AS added, count(*) FILTER (WHERE released_at IS NULL) AS holding FROM suppression WHERE file_no = f.file_no) s `

func (db *DB) scanFile(row pgx.CollectableRow) (suppression.File, error) {
	var f suppression.File
	var sum, reason []byte
	err := row.Scan((*int64)(&f.ID), &sum, (*string)(&f.Source), &reason, &f.Lines, &f.Added, &f.Refused, &f.Holding, (*int64)(&f.By), &f.At)
	if err != nil {
		return f, err
	}
	f.At = f.At.UTC()
	plain, err := db.Installation().OpenSetting(fileReason, int64(f.ID), reason)
	if err != nil {
		return f, fmt.Errorf("open reason of %s: %w", f.ID, err)
	}
	f.Reason = string(plain)
	if plain, err = db.Installation().OpenSetting(fileHash, int64(f.ID), sum); err != nil {
		return f, fmt.Errorf("open hash of %s: %w", f.ID, err)
	}
	f.SHA256 = canon.FromBytes(plain)
	return f, nil
}

// File reads one.
func (s SuppressionStore) File(ctx context.Context, no id.SuppressionFile) (suppression.File, error) {
	f, err := oneFrom(ctx, s.pool, fileColumns+"WHERE f.file_no = $1", []any{int64(no)}, no, suppression.ErrNoFile, s.scanFile)
	if err != nil || f.Released() == 0 {
		return f, err
	}
	last, err := oneFrom(ctx, s.pool, suppressionColumns+"WHERE s.file_no = $1 AND s.released_at IS NOT NULL ORDER BY s.released_at DESC LIMIT 1", []any{int64(no)}, no, suppression.ErrNotFound, s.scanSuppression)
	f.Last = last.Release
	return f, err
}

// Files reads a page in order of ids.
func (s SuppressionStore) Files(ctx context.Context, after id.SuppressionFile, limit int) ([]suppression.File, error) {
	return pageFrom(ctx, s.pool, page{fileColumns + "WHERE f.file_no > $1", []any{int64(after)}, nil, nil, "f.file_no", limit}, s.scanFile)
}

// Refused reads a page of refused lines.
func (s SuppressionStore) Refused(ctx context.Context, no id.SuppressionFile, after int64, limit int) ([]suppression.RefusedLine, error) {
	return pageFrom(ctx, s.pool, page{"SELECT line, code FROM suppression_refusal WHERE file_no = $1 AND line > $2", []any{int64(no), after}, nil, nil, "line", limit},
		func(row pgx.CollectableRow) (r suppression.RefusedLine, err error) {
			err = row.Scan(&r.Line, &r.Code)
			return r, err
		})
}
