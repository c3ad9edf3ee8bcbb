package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"forthwith/internal/fault"
	"forthwith/internal/identity"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
	"forthwith/internal/vault"
)

// tx is one transaction, through gorm and through pgx at once. It carries its
// context because it lives exactly as long.
type tx struct {
	ctx     context.Context
	gorm    *gorm.DB
	pg      *pgx.Conn
	db      *DB
	at      time.Time
	entries []ledger.EntryID
	opened  []openedIncident // incidents that this transaction makes
}

type openedIncident struct {
	no   int64
	keys *vault.Incident
}

const tries = 5

// do runs f in a transaction and commits. f may run again after a
// serialisation failure, a deadlock, or a COMMIT whose answer was lost and
// which the ledger shows was not made; it must not keep anything from a run
// that failed. A server that is away fails with the fault that says so.
func (db *DB) do(ctx context.Context, f func(*tx) error) error {
	var err error
	for range tries {
		t, inner, commitErr := db.once(ctx, f)
		err = commitErr
		switch {
		case err == nil:
			if len(t.entries) > 0 {
				identity.Did(ctx)
			}
			return nil
		case inner == nil && t != nil && len(t.entries) > 0: // COMMIT failed, or its answer was lost
			if made, readErr := db.wasMade(ctx, t.entries[0]); readErr != nil || made {
				identity.Did(ctx)
				return settle(made, readErr, err)
			}
		case !passing(err):
			return away(err)
		}
		if ctx.Err() != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "database_busy", nil).Because(err)
}

func settle(made bool, readErr, commitErr error) error {
	if made {
		return nil
	}
	return fault.New(fault.Unavailable, "database_down", nil).Because(errors.Join(commitErr, readErr))
}

// wasMade tells whether a transaction was committed, by the entry that it
// recorded. It waits while the server is still about it.
func (db *DB) wasMade(ctx context.Context, entry ledger.EntryID) (made bool, err error) {
	if err := db.outlast(ctx, entry); err != nil {
		return false, err
	}
	err = db.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM ledger_entry WHERE entry_id = $1)", entry).Scan(&made)
	return made, err
}

// outlast returns once no transaction holds an entry that it has not committed:
// the same key again waits for its end. What is inserted is taken back.
func (db *DB) outlast(ctx context.Context, entry ledger.EntryID) error {
	t, err := db.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("wait for a commit: %w", err)
	}
	defer func() { _ = t.Rollback(context.WithoutCancel(ctx)) }()
	_, err = t.Exec(ctx, "INSERT INTO ledger_pending (entry_id) VALUES ($1)", entry)
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code[:2] == "23" {
		return nil // it is there twice, or there is no such entry: either way it is over
	}
	if err != nil {
		return fmt.Errorf("wait for a commit: %w", err)
	}
	return nil
}

// passing tells whether an error heals by trying again.
func passing(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == "40001" || pe.Code == "40P01" || pe.Code == "55P03"
	}
	return pgconn.SafeToRetry(err)
}

// once runs f in one transaction. inner is what f said; err is how the whole
// ended. database/sql must not see the caller's cancellation: it would roll
// back beside our own use of the connection.
func (db *DB) once(ctx context.Context, f func(*tx) error) (t *tx, inner, err error) {
	g := db.gorm.WithContext(context.WithoutCancel(ctx))
	err = g.Connection(func(g *gorm.DB) error {
		conn, err := underlying(g)
		if err != nil {
			return err
		}
		return g.Transaction(func(g *gorm.DB) error {
			if t, inner = db.begin(ctx, g, conn); inner == nil {
				inner = f(t)
			}
			return inner
		})
	})
	return t, inner, err
}

func (db *DB) begin(ctx context.Context, g *gorm.DB, conn *pgx.Conn) (*tx, error) {
	t := &tx{ctx: ctx, gorm: g.WithContext(ctx), pg: conn, db: db}
	return t, t.readClock()
}

func (t *tx) readClock() error {
	if err := t.pg.QueryRow(t.ctx, "SELECT clock_timestamp()").Scan(&t.at); err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	t.at = t.at.UTC()
	return nil
}

// underlying finds the pgx connection beneath gorm's, so that COPY and batches
// run inside the same transaction.
func underlying(g *gorm.DB) (*pgx.Conn, error) {
	pinned, ok := g.Statement.ConnPool.(*sql.Conn)
	if !ok {
		return nil, fmt.Errorf("find connection: gorm runs on %T", g.Statement.ConnPool)
	}
	var conn *pgx.Conn
	err := pinned.Raw(func(dc any) error {
		conn = dc.(*stdlib.Conn).Conn()
		return nil
	})
	return conn, err
}

// Now is the database's clock when the transaction began, or had its turn.
func (t *tx) Now() time.Time { return t.at }

const insertEntry = `WITH entry AS (
	INSERT INTO ledger_entry (entry_id, at, actor, verb, object, incident_no, details_sha256, details, leaf_hash)
	VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7, $8, $9) RETURNING entry_id)
	INSERT INTO ledger_pending (entry_id) SELECT entry_id FROM entry`

// Record writes a ledger entry with the change. Its details are sealed under
// the incident's data key, or under the installation's where it concerns none.
func (t *tx) Record(e ledger.Entry) error {
	r, err := e.Seal(t.at)
	if err != nil {
		return err
	}
	sealed, err := t.db.keys.sealDetails(t, e.Incident, r)
	if err != nil {
		return err
	}
	t.entries = append(t.entries, r.ID)
	_, err = t.pg.Exec(t.ctx, insertEntry,
		r.ID, r.At, r.Actor, string(r.Verb), r.Object, e.Incident, r.DetailsSHA256[:], sealed, r.LeafHash[:])
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Verb, err)
	}
	return nil
}

// Enqueue asks for a task once the transaction is committed.
func (t *tx) Enqueue(want task.Task) error {
	if _, err := t.pg.Exec(t.ctx, "INSERT INTO outbox (task, object) VALUES ($1, $2)", string(want.Name), want.Object); err != nil {
		return fmt.Errorf("enqueue %s: %w", want.Name, err)
	}
	return nil
}

// alone fails with task.ErrRunsAlready while another transaction does the same work
// on an object. Whatever is not finished is asked for again and again. It waits for
// a moment: one that was cut off may not have ended yet.
func (t *tx) alone(work string, no int64) error {
	_, err := t.pg.Exec(t.ctx, "SET LOCAL lock_timeout = '1s'")
	if err == nil {
		_, err = t.pg.Exec(t.ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", work, no)
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == "55P03" {
		return task.ErrRunsAlready
	}
	if err == nil {
		_, err = t.pg.Exec(t.ctx, "SET LOCAL lock_timeout TO DEFAULT")
	}
	if err != nil {
		return fmt.Errorf("look for the same %s: %w", work, err)
	}
	return nil
}

// violates tells whether an error is the violation of a named constraint.
func violates(err error, constraint string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.ConstraintName == constraint
}

// lostAnswer tells whether an error leaves open what the server did: the
// connection broke, or the server was shut down. One that lets nobody in, or
// lets nobody write because another takes its place, did nothing, whatever it
// says.
func lostAnswer(err error) bool {
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return true
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code[:2] == "57" || pe.Code[:2] == "08" || pe.Code[:2] == "53" || pe.Code == "25006"
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err)
}

// away turns a failure of the server or of the way to it into the fault that
// says so: it heals by waiting.
func away(err error) error {
	if err == nil || !lostAnswer(err) {
		return err
	}
	if _, ok := fault.As(err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Unavailable, "database_down", nil).Because(err)
}
