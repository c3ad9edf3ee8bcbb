package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// A server that lets nobody in is away, whatever it says: who waits for it
// loses nothing, who takes it for an answer loses what it wanted to write.
func TestAServerThatLetsNobodyInIsAway(t *testing.T) {
	ctx := context.Background()
	db := pgtest.New(t)
	super, err := pgx.Connect(ctx, db.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer super.Close(ctx)
	shut := func(sql string, args ...any) {
		t.Helper()
		if _, err := super.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	shut("ALTER DATABASE " + db.Name + " ALLOW_CONNECTIONS false")
	shut("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", db.Name)
	store := postgres.DeliveryStore{DB: db.DB}
	for range 3 { // the first may meet a connection that has ended
		if _, err := store.Enlist(ctx, "worker", time.Minute); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("it is no outage: %v", err)
		}
	}
	shut("ALTER DATABASE " + db.Name + " ALLOW_CONNECTIONS true")
}

// Whoever changes something meanwhile is told to come again, and not that something
// is broken.
func TestAChangeWhileAServerOnlyReadsComesAgain(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	l := d.imported(t, d.incident, fourPeople, fullMapping)
	all := rule(t, `{"attribute":"plan","op":"exists"}`)
	draft := d.cohort(t, "All", 10, `{"attribute":"plan","op":"exists"}`)
	super := d.As(t, "postgres")
	for _, sql := range []string{"ALTER DATABASE " + d.Name + " SET default_transaction_read_only = on",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = '" + postgres.AppRole + "'"} {
		if _, err := super.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the first may meet a connection that has ended
		for name, change := range map[string]func() error{
			"a cohort": func() error {
				_, err := d.cohorts().Create(ctx, d.ops, d.incident, cohort.Draft{Name: "X", Precedence: 1, Rule: all})
				return err
			},
			"a freeze": func() error { _, err := d.cohorts().Freeze(ctx, d.ops, draft.ID); return err },
			"an upload": func() error {
				_, err := d.lists.Upload(ctx, d.ops, d.incident, csvFile("email\na@example.com\n", nil))
				return err
			},
			"a withdrawal": func() error { _, err := d.lists.Withdraw(ctx, d.ops, l.ID, "wrong", nil); return err },
			"an exclusion": func() error {
				_, err := d.exclusions().Exclude(ctx, d.legal, d.incident, cohort.Exclude{List: l.ID, Kind: cohort.Deceased, Reason: "told by the family"})
				return err
			},
		} {
			if err := change(); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("%s is no outage: %v", name, err)
			}
		}
	}
}

// A server that takes no writes is being replaced, or is full: what a worker
// learnt waits until one takes it.
func TestAServerThatOnlyReadsIsAway(t *testing.T) {
	ctx := context.Background()
	db := pgtest.New(t)
	super := db.As(t, "postgres")
	turn := func(to string) {
		t.Helper()
		for _, sql := range []string{"ALTER DATABASE " + db.Name + " SET default_transaction_read_only = " + to,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = '" + postgres.AppRole + "'"} {
			if _, err := super.Exec(ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	store := postgres.DeliveryStore{DB: db.DB}
	w, err := store.Enlist(ctx, "worker", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	turn("on")
	for range 3 { // the first may meet a connection that has ended
		if _, err := store.Commit(ctx, delivery.Group{Campaign: 1, Worker: w, No: 1, Finished: []delivery.Claim{{Batch: 1}}}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("it is no outage: %v", err)
		}
	}
}
