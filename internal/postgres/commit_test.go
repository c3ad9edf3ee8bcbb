package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/ledger"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/vault"
)

// holdCommits makes every transaction that writes an entry wait at its COMMIT,
// however often its end is asked for: a network that is down lets nobody ask.
const holdCommits = `CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		LOOP
			BEGIN
				PERFORM pg_advisory_xact_lock_shared(4711);
				RETURN NULL;
			EXCEPTION WHEN query_canceled THEN
				NULL;
			END;
		END LOOP;
	END $$;
	CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_commit();
	SELECT pg_advisory_lock(4711)`

// A connection that breaks at COMMIT leaves the server about it: until it is
// known what came of it, the change is not made a second time.
func TestACommitThatIsUnderWayIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		end  string // of the first transaction
		runs int64
	}{
		"it is made":     {"SELECT pg_advisory_unlock(4711)", 1},
		"it is not made": {"SELECT pg_terminate_backend($1), pg_advisory_unlock(4711)", 2},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			db := pgtest.New(t)
			super := db.As(t, "postgres")
			if _, err := super.Exec(ctx, holdCommits); err != nil {
				t.Fatal(err)
			}
			one := func(sql string, args ...any) (n int) {
				t.Helper()
				if err := super.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			waiting := func(event string) bool {
				return one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1", event) > 0
			}
			before := one("SELECT count(*) FROM ledger_entry")
			var runs atomic.Int64
			first := make(chan *pgx.Conn, 9)
			done := make(chan error, 1)
			go func() {
				done <- db.RecordingForTest(ctx, 0, func(conn *pgx.Conn) {
					runs.Add(1)
					first <- conn
				})
			}()
			conn := <-first
			for !waiting("advisory") {
			}
			_ = conn.PgConn().Conn().Close()
			for !waiting("transactionid") && runs.Load() == 1 {
			}
			args := []any{}
			if c.runs > 1 {
				args = append(args, conn.PgConn().PID())
			}
			if _, err := super.Exec(ctx, c.end, args...); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got, made := runs.Load(), one("SELECT count(*) FROM ledger_entry")-before; got != c.runs || made != 1 {
				t.Errorf("it ran %d times and was made %d times", got, made)
			}
		})
	}
}

// However many transactions begin before the keys of their incident were read,
// each has them: who has a connection waits for nobody who waits for one.
func TestManyTransactionsAskForKeysAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	d := newDesk(t)
	signer, err := ledger.ParseSigner(d.Signing)
	if err != nil {
		t.Fatal(err)
	}
	master, err := vault.ParseMaster(d.Master)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Begin(ctx, master, signer.Origin(), "test"); err != nil { // another process has read none
		t.Fatal(err)
	}
	var all sync.WaitGroup
	most := int(d.MostForTest())
	var began sync.WaitGroup
	began.Add(most)
	for range most {
		all.Go(func() {
			err := d.RecordingForTest(ctx, int64(d.incident), func(*pgx.Conn) {
				began.Done()
				began.Wait()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
