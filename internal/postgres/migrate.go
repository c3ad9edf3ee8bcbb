package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"forthwith/migrations"
)

// Roles of the database. The owner has the schema; the application may only
// do what its work needs, and on evidence only INSERT and SELECT.
const (
	OwnerRole = "forthwith_owner"
	AppRole   = "forthwith_app"
)

func newestMigration() int64 {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		panic("list migrations: " + err.Error()) // the pattern is constant
	}
	var newest int64
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > newest {
			newest = n
		}
	}
	return newest
}

// MigrationState is one migration and whether it was applied.
type MigrationState struct {
	Name    string
	Applied bool
}

func (db *DB) migrator() (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db.sql, migrations.Files, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// MigrateUp brings the schema to this program's version and grants the
// application's role what it may do. The pool must be connected as the owner.
// A second run changes nothing.
func (db *DB) MigrateUp(ctx context.Context, app string) (int, error) {
	p, err := db.migrator()
	if err != nil {
		return 0, err
	}
	applied, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate up: %w", err)
	}
	return len(applied), db.grant(ctx, app)
}

// MigrateDown takes back the newest migration.
func (db *DB) MigrateDown(ctx context.Context) error {
	p, err := db.migrator()
	if err != nil {
		return err
	}
	if _, err := p.Down(ctx); err != nil {
		return fmt.Errorf("migrate down: %w", err)
	}
	return nil
}

// MigrationStatus lists every migration in order.
func (db *DB) MigrationStatus(ctx context.Context) ([]MigrationState, error) {
	p, err := db.migrator()
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	out := make([]MigrationState, len(all))
	for i, s := range all {
		out[i] = MigrationState{Name: path.Base(s.Source.Path), Applied: s.State == goose.StateApplied}
	}
	return out, nil
}

// kept are the tables that the application only reads: the database itself, or
// the owner, writes them.
var kept = []string{"goose_db_version", "delivery_sum", "delivery_pace"}

// grant follows the triggers: a table with the insert-only trigger gives the
// application INSERT and SELECT, any other also UPDATE and DELETE. Partitions
// give nothing: rows go through the parent.
func (db *DB) grant(ctx context.Context, app string) error {
	role := pgx.Identifier{app}.Sanitize()
	statements, err := db.grants(ctx, role)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, db.pool, func(t pgx.Tx) error {
		for _, s := range statements {
			if _, err := t.Exec(ctx, s); err != nil {
				return fmt.Errorf("grant to the application: %w", err)
			}
		}
		return nil
	})
}

func (db *DB) grants(ctx context.Context, role string) ([]string, error) {
	out := []string{
		"GRANT USAGE ON SCHEMA public TO " + role,
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " + role,
		"GRANT EXECUTE ON FUNCTION make_incident_partitions(bigint), begin_people(bigint), attach_people(bigint), begin_members(bigint, bigint), attach_members(bigint, bigint), make_campaign_partitions(bigint), analyze_campaign(bigint), analyze_incident(bigint), analyze_codes(bigint) TO " + role,
	}
	rows, err := db.pool.Query(ctx, `SELECT c.relname, EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'insert_only')
		FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	var name string
	var insertOnly bool
	_, err = pgx.ForEachRow(rows, []any{&name, &insertOnly}, func() error {
		rights := "SELECT, INSERT, UPDATE, DELETE"
		if insertOnly {
			rights = "SELECT, INSERT"
		}
		if slices.Contains(kept, name) {
			rights = "SELECT"
		}
		table := pgx.Identifier{name}.Sanitize()
		out = append(out, "REVOKE ALL ON "+table+" FROM "+role, "GRANT "+rights+" ON "+table+" TO "+role)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return out, nil
}

// Bootstrap makes the two roles and the database in a private cluster. The URL
// must be the superuser's. A second run changes nothing.
func Bootstrap(ctx context.Context, superuser, database string) error {
	conn, err := pgx.Connect(ctx, superuser)
	if err != nil {
		return fmt.Errorf("connect as superuser: %w", err)
	}
	defer conn.Close(ctx)
	for _, role := range []string{OwnerRole, AppRole} {
		if err := ensure(ctx, conn, "SELECT 1 FROM pg_roles WHERE rolname = $1", role, "CREATE ROLE "+role+" LOGIN"); err != nil {
			return err
		}
	}
	return ensure(ctx, conn, "SELECT 1 FROM pg_database WHERE datname = $1", database,
		"CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+" OWNER "+OwnerRole)
}

func ensure(ctx context.Context, conn *pgx.Conn, question, name, create string) error {
	var one int
	err := conn.QueryRow(ctx, question, name).Scan(&one)
	if err == nil {
		return nil
	}
	if _, err := conn.Exec(ctx, create); err != nil && !violates(err, "pg_database_datname_index") && !violates(err, "pg_authid_rolname_index") {
		return fmt.Errorf("make %s: %w", name, err)
	}
	return nil
}
