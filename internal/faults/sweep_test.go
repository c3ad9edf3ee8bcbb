package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// rowsRead is how many rows of the campaign's open deliveries f reads by
// looking through the whole table, and through its indexes. A backend tells
// what it read when it ends.
func (r *rig) rowsRead(super *pgx.Conn, f func()) (scanned, fetched int64) {
	r.t.Helper()
	sum := func() (scanned, fetched int64) {
		r.exec("SELECT pg_stat_force_next_flush()")
		r.end(super)
		err := super.QueryRow(context.Background(), `SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = $1),
			(SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = $1)`, fmt.Sprintf("delivery_open_%d", r.campaign)).Scan(&scanned, &fetched)
		if err != nil {
			r.t.Fatal(err)
		}
		return scanned, fetched
	}
	s, i := sum()
	f()
	s2, i2 := sum()
	return s2 - s, i2 - i
}

// end ends the program's connections to the database.
func (r *rig) end(super *pgx.Conn) {
	const ours = " FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'forthwith' AND pid <> pg_backend_pid()"
	if _, err := super.Exec(context.Background(), "SELECT pg_terminate_backend(pid)"+ours); err != nil {
		r.t.Fatal(err)
	}
	r.until(func() bool {
		var n int
		return super.QueryRow(context.Background(), "SELECT count(*)"+ours).Scan(&n) == nil && n == 0
	})
}

// The sweep runs every few seconds. Its cost follows what is due or over, not
// what waits, also where the same connection swept when nobody waited.
func TestASweepReadsOnlyWhatIsDueOrOver(t *testing.T) {
	const people, due, over = 50000, 300, 200
	r := newRig(t, people, "hold", relaytest.Config{})
	gather := func() {
		r.until(func() bool { // its connections were ended
			_, err := r.store.Gather(context.Background())
			return err == nil
		})
	}
	super := r.db.As(t, "postgres")
	scanned, fetched := r.rowsRead(super, func() {
		for range 10 {
			gather()
		}
		r.put(people, due, over)
		gather()
	})
	if got := r.statuses()[outcome.Expired]; got != over {
		t.Errorf("%d expired", got)
	}
	if n := r.count("next_at IS NULL AND batch_no IS NOT NULL", "delivery_open"); n != due {
		t.Errorf("%d are in retry batches", n)
	}
	if scanned > 0 || fetched < due+over || fetched > 4*(due+over) {
		t.Errorf("a sweep over %d open deliveries read %d rows by scan and %d by index", people, scanned, fetched)
	}
	t.Logf("a sweep over %d open deliveries read %d rows by scan and %d by index", people, scanned, fetched)
	if scanned, fetched = r.rowsRead(super, gather); scanned > 0 || fetched > 4*(due+over) {
		t.Errorf("a sweep with nothing to do read %d rows by scan and %d by index", scanned, fetched)
	}
	r.explained()
}

// put makes everybody wait, some of them due and some of them over.
func (r *rig) put(people, due, over int) {
	r.exec("UPDATE batch SET done = true WHERE campaign_no = $1", r.campaign)
	r.exec("UPDATE delivery SET status = 'deferred' WHERE campaign_no = $1", r.campaign)
	r.exec(`INSERT INTO delivery_open (campaign_no, seq, status, next_at, expire_at) SELECT $1, n, 'deferred',
		CASE WHEN n > $2::bigint - $3::bigint THEN now() ELSE now() + interval '1 hour' END,
		CASE WHEN n <= $4::bigint THEN now() ELSE now() + interval '1 day' END FROM generate_series(1, $2::bigint) n`, r.campaign, people, due, over)
}

// explained holds that the database's own plan for what is over uses the
// index that was made for it.
func (r *rig) explained() {
	r.t.Helper()
	rows, err := r.app.Query(context.Background(), fmt.Sprintf(`EXPLAIN SELECT seq FROM delivery_open WHERE campaign_no = %d AND status = 'deferred'
		AND expire_at <= now() AND next_at IS NOT NULL ORDER BY expire_at LIMIT 10000 FOR UPDATE SKIP LOCKED`, r.campaign))
	if err != nil {
		r.t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	plan := strings.Join(lines, "\n")
	if err != nil || strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "expire_at") {
		r.t.Errorf("%v:\n%s", err, plan)
	}
}
