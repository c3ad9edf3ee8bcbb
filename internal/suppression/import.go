package suppression

import (
	"context"
	"io"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/reason"
)

// File is a file of addresses as it stands on record. Lines are Added + Known +
// Refused; Added are those that hold, and those that were released.
type File struct {
	ID      id.SuppressionFile
	SHA256  canon.Hash
	Source  Source
	Reason  string
	Lines   int64
	Added   int64
	Refused int64
	Holding int64
	By      id.User
	At      time.Time
	Last    *Release // of one or all of those that were released; of one file only
}

// Known counts the lines whose address had a reason already, in the file itself
// or before.
func (f File) Known() int64 { return f.Lines - f.Added - f.Refused }

// Released counts those that hold no more.
func (f File) Released() int64 { return f.Added - f.Holding }

// FileTx is the part of a transaction that is about files.
type FileTx interface {
	// InsertFile keeps a file and the lines of it that were refused.
	InsertFile(f File, refused []RefusedLine, entry ledger.EntryID) (id.SuppressionFile, error)
	// ReleaseFile ends the suppressions of a file that hold, and counts them.
	ReleaseFile(no id.SuppressionFile, r Release) (int64, error)
}

// FileStore reads files.
type FileStore interface {
	File(ctx context.Context, no id.SuppressionFile) (File, error)
	// Files reads a page in order of ids.
	Files(ctx context.Context, after id.SuppressionFile, limit int) ([]File, error)
	// Refused reads a page of the lines that were refused, in their order.
	Refused(ctx context.Context, no id.SuppressionFile, after int64, limit int) ([]RefusedLine, error)
}

// Import keeps one suppression for each line of a file: an address stands in its
// first column. A first line without an address is its header. Lines that hold
// none are refused one by one, and stay on record; the others count.
func (s Service) Import(ctx context.Context, by access.Actor, file io.Reader, source Source, why string) (File, error) {
	if err := access.SuppressPeople.Allow(by); err != nil {
		return File{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(append(sourceFault(source), reason.Check(why)...)); err != nil {
		return File{}, err
	}
	got, err := read(file)
	if err != nil {
		return File{}, err
	}
	var no id.SuppressionFile
	err = s.Store.Do(ctx, func(tx Tx) error {
		f := File{SHA256: got.sum, Source: source, Reason: why, Lines: got.lines, By: by.User, At: tx.Now()}
		told := ledger.New(by, ledger.SuppressionsAdded, no)
		if no, err = tx.InsertFile(f, got.refused, told.ID); err != nil {
			return err
		}
		made, err := tx.Insert(Suppression{File: no, Source: source, Reason: why, By: f.By, At: f.At}, got.addresses)
		if err != nil {
			return err
		}
		told.Object = no.String()
		return tx.Record(told.With(map[string]any{"source": source, "suppressions": len(made), "given": len(got.addresses), "lines": got.lines,
			"refused": len(got.refused), "sha256": got.sum, "reason_sha256": reason.Digest(why)}))
	})
	if err != nil {
		return File{}, err
	}
	return s.Store.File(ctx, no)
}

// ReleaseFile ends every suppression of a file that holds.
func (s Service) ReleaseFile(ctx context.Context, by access.Actor, no id.SuppressionFile, why string) (File, error) {
	if err := access.EndSuppression.Allow(by); err != nil {
		return File{}, err
	}
	why = strings.TrimSpace(why)
	if err := fault.Wrongs(reason.Check(why)); err != nil {
		return File{}, err
	}
	f, err := s.Store.File(ctx, no)
	if err != nil {
		return f, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		ended, err := tx.ReleaseFile(no, Release{Reason: why, By: by.User, At: tx.Now()})
		if err != nil {
			return err
		}
		if ended == 0 {
			return errFileReleased
		}
		return tx.Record(ledger.New(by, ledger.SuppressionEnded, no).With(map[string]any{"source": f.Source, "suppressions": ended, "reason_sha256": reason.Digest(why)}))
	})
	if err != nil {
		return f, err
	}
	return s.Store.File(ctx, no)
}

// File reads one.
func (s Service) File(ctx context.Context, by access.Actor, no id.SuppressionFile) (File, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return File{}, err
	}
	return s.Store.File(ctx, no)
}

// Files gives files in order of their ids.
func (s Service) Files(ctx context.Context, by access.Actor, after id.SuppressionFile, limit int) ([]File, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Files(ctx, after, limit)
}

// Refused gives a page of the lines of a file that were refused.
func (s Service) Refused(ctx context.Context, by access.Actor, no id.SuppressionFile, after int64, limit int) ([]RefusedLine, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	if _, err := s.Store.File(ctx, no); err != nil {
		return nil, err
	}
	return s.Store.Refused(ctx, no, after, limit)
}
