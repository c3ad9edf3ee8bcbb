package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/evidence"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Do runs f in a transaction about reports.
func (s EvidenceStore) Do(ctx context.Context, f func(evidence.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(exportTx{t}) })
}

type exportTx struct{ *tx }

const exportReason = "export_job.reason"

// Request writes an export that is to be made.
func (t exportTx) Request(e evidence.Export, reason string) (id.Export, error) {
	keys, err := t.db.keys.incident(t.ctx, int64(e.Incident))
	if err != nil {
		return 0, err
	}
	sealed, err := keys.SealText(exportReason, []byte(reason), int64(e.Campaign))
	if err != nil {
		return 0, err
	}
	var no int64
	err = t.pg.QueryRow(t.ctx, `INSERT INTO export_job (campaign_no, kind, format, identifiers, reason, rows_total, requested_by)
		VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(sum(n), 0) FROM delivery_sum WHERE campaign_no = $1), $6) RETURNING export_no`,
		int64(e.Campaign), e.Kind, string(e.Format), string(e.Identifiers), sealed, int64(e.By)).Scan(&no)
	if err != nil {
		return 0, fmt.Errorf("insert export: %w", err)
	}
	return id.Export(no), nil
}

// Export reads one.
func (s EvidenceStore) Export(ctx context.Context, no id.Export) (evidence.Export, error) {
	e := evidence.Export{ID: no}
	var format, who string
	var sum []byte
	err := s.pool.QueryRow(ctx, `SELECT e.campaign_no, c.incident_no, e.kind, e.format, e.identifiers, e.state, e.rows_done, e.rows_total, e.sha256, e.requested_at, e.requested_by
		FROM export_job e JOIN campaign c USING (campaign_no) WHERE export_no = $1`, int64(no)).
		Scan((*int64)(&e.Campaign), (*int64)(&e.Incident), &e.Kind, &format, &who, &e.State, &e.Done, &e.Total, &sum, &e.Requested, (*int64)(&e.By))
	if errors.Is(err, pgx.ErrNoRows) {
		return e, fault.New(fault.NotFound, "no_such_export", nil)
	}
	if err != nil {
		return e, fmt.Errorf("read %s: %w", no, away(err))
	}
	e.Format, e.Identifiers, e.SHA256, e.Requested = evidence.Format(format), evidence.Identifiers(who), hex.EncodeToString(sum), e.Requested.UTC()
	return e, nil
}

// exportPiece is how much of a file one sealed row holds.
const exportPiece = 256 << 10

const exportChunk = "export_chunk"

// Fill makes the file of an export. See evidence.Exports.
func (s EvidenceStore) Fill(ctx context.Context, e evidence.Export, write func(io.Writer, func(int64)) error) error {
	keys, err := s.Incident(ctx, int64(e.Incident))
	if err != nil {
		return err
	}
	return s.do(ctx, func(t *tx) error {
		var running bool
		err := t.pg.QueryRow(ctx, "SELECT state = 'running' FROM export_job WHERE export_no = $1 FOR UPDATE SKIP LOCKED", int64(e.ID)).Scan(&running)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !running {
			return nil // somebody else is making it, or has made it
		}
		if err != nil {
			return fmt.Errorf("lock %s: %w", e.ID, err)
		}
		sum := sha256.New()
		pieces := &pieceWriter{put: func(no int, plain []byte) error {
			sealed, err := keys.SealText(exportChunk, plain, int64(e.ID), int64(no))
			if err != nil {
				return err
			}
			_, err = t.pg.Exec(ctx, "INSERT INTO export_chunk (export_no, chunk_no, sealed) VALUES ($1, $2, $3)", int64(e.ID), no, sealed)
			return err
		}}
		if err := write(io.MultiWriter(sum, pieces), func(int64) {}); err != nil {
			return err
		}
		if err := pieces.flush(); err != nil {
			return err
		}
		_, err = t.pg.Exec(ctx, "UPDATE export_job SET state = 'done', rows_done = rows_total, sha256 = $2, finished_at = now() WHERE export_no = $1", int64(e.ID), sum.Sum(nil))
		return err
	})
}

// pieceWriter cuts what is written into pieces.
type pieceWriter struct {
	buf bytes.Buffer
	no  int
	put func(no int, plain []byte) error
}

func (p *pieceWriter) Write(b []byte) (int, error) {
	p.buf.Write(b)
	for p.buf.Len() >= exportPiece {
		if err := p.put(p.no, p.buf.Next(exportPiece)); err != nil {
			return 0, err
		}
		p.no++
	}
	return len(b), nil
}

func (p *pieceWriter) flush() error {
	if p.buf.Len() == 0 {
		return nil
	}
	defer func() { p.no++ }()
	return p.put(p.no, p.buf.Next(p.buf.Len()))
}

// Read writes a made file.
func (s EvidenceStore) Read(ctx context.Context, e evidence.Export, w io.Writer) error {
	keys, err := s.Incident(ctx, int64(e.Incident))
	if err != nil {
		return err
	}
	for no := 0; ; no++ {
		var sealed []byte
		err := s.pool.QueryRow(ctx, "SELECT sealed FROM export_chunk WHERE export_no = $1 AND chunk_no = $2", int64(e.ID), no).Scan(&sealed)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", e.ID, away(err))
		}
		plain, err := keys.OpenText(exportChunk, sealed, int64(e.ID), int64(no))
		if err != nil {
			return err
		}
		if _, err := w.Write(plain); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
	}
}
