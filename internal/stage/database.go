package stage

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/queue"
	"forthwith/internal/vault"
)

// DSN is the database's address for a role, in keywords: it may hold a folder
// of sockets.
func (w *World) DSN(role string) (string, error) {
	cfg, err := pgx.ParseConfig(w.Super)
	if err != nil {
		return "", err
	}
	out := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", cfg.Host, cfg.Port, role, w.Name)
	if cfg.Password != "" {
		out += " password=" + cfg.Password
	}
	return out, nil
}

func (w *World) database(ctx context.Context) error {
	if err := postgres.Bootstrap(ctx, w.Super, w.Name); err != nil {
		return err
	}
	owner, err := postgres.Connect(ctx, w.Super, postgres.Options{User: postgres.OwnerRole, Database: w.Name, MaxConns: 4})
	if err != nil {
		return err
	}
	defer owner.Close()
	if _, err := owner.MigrateUp(ctx, postgres.AppRole); err != nil {
		return err
	}
	if w.DB, err = postgres.Connect(ctx, w.Super, postgres.Options{User: postgres.AppRole, Database: w.Name, MaxConns: 4}); err != nil {
		return err
	}
	private, _, err := ledger.GenerateSigning()
	if err != nil {
		return err
	}
	return w.begin(ctx, vault.GenerateMaster(), private)
}

func (w *World) begin(ctx context.Context, masterText, private string) error {
	master, err := vault.ParseMaster(masterText)
	if err != nil {
		return err
	}
	signer, err := ledger.ParseSigner(private)
	if err != nil {
		return err
	}
	if err := w.DB.Begin(ctx, master, signer.Origin(), "test"); err != nil {
		return err
	}
	_, ports, err := net.SplitHostPort(w.RelayAt)
	if err != nil {
		return err
	}
	if w.Second != nil {
		ports = fmt.Sprintf("%s,%d", ports, w.Second.Port())
	}
	app, err := w.DSN(postgres.AppRole)
	if err != nil {
		return err
	}
	if w.SQL, err = pgx.Connect(ctx, app); err != nil {
		return err
	}
	w.Env = []string{"FORTHWITH_DNS=off", "DATABASE_URL=" + app, "REDIS_URL=" + os.Getenv(redisVariable), "FORTHWITH_MASTER_KEY=" + masterText, "FORTHWITH_SIGNING_KEY=" + private,
		"FORTHWITH_RELAY_NETWORKS=127.0.0.0/8", "FORTHWITH_RELAY_PORTS=" + ports, fmt.Sprintf("FORTHWITH_TEST_PACE=%g", w.Pace)}
	return nil
}

func (w *World) redisOpen(ctx context.Context) (err error) {
	if w.Redis, err = queue.Connect(os.Getenv(redisVariable)); err != nil {
		return err
	}
	return w.Redis.FlushAll(ctx).Err()
}
