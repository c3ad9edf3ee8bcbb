package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

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
