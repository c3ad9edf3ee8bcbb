// Package pgtest gives each test a database of its own, cloned from a migrated
// template on the private server that make test starts.
package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/vault"
	"forthwith/migrations"
)

// Server is the environment variable that names the private server, as its
// superuser.
const Server = "FORTHWITH_TEST_DATABASE"

// Database is one test's own.
type Database struct {
	*postgres.DB // connected as the application's role, keys opened
	Name         string
	URL          string // the server's; use Options to choose user and database
	Master       string
	Signing      string
}

var (
	once        sync.Once
	template    string
	templateErr error
	counter     atomic.Int64
)

// New clones the template. The database goes when the test ends. Without a
// server the test fails: nothing is skipped.
func New(t testing.TB) *Database {
	t.Helper()
	url := os.Getenv(Server)
	if url == "" {
		t.Fatalf("%s is not set: run the tests with ‘make test’, or behind ‘go run ./internal/localstack/with --’", Server)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	once.Do(func() { template, templateErr = prepare(ctx, url) })
	if templateErr != nil {
		t.Fatalf("prepare the template: %v", templateErr)
	}
	name := "t" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(counter.Add(1), 10)
	if err := super(ctx, url, "postgres", "CREATE DATABASE "+name+" TEMPLATE "+template+" OWNER "+postgres.OwnerRole+" STRATEGY file_copy"); err != nil {
		t.Fatalf("clone the template: %v", err)
	}
	t.Cleanup(func() { drop(t, url, name) })
	return open(ctx, t, url, name)
}

func open(ctx context.Context, t testing.TB, url, name string) *Database {
	t.Helper()
	db, err := postgres.Connect(ctx, url, postgres.Options{User: postgres.AppRole, Database: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	out := &Database{DB: db, Name: name, URL: url, Master: vault.GenerateMaster()}
	master, err := vault.ParseMaster(out.Master)
	if err != nil {
		t.Fatal(err)
	}
	private, _, err := ledger.GenerateSigning()
	if err != nil {
		t.Fatal(err)
	}
	out.Signing = private
	signer, err := ledger.ParseSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Begin(ctx, master, signer.Origin(), "test"); err != nil {
		t.Fatal(err)
	}
	return out
}

// As connects to the same database as another role, such as the owner.
func (d *Database) As(t testing.TB, role string) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Database, cfg.User = d.Name, role
	conn, err := pgx.ConnectConfig(context.Background(), cfg)
	if err != nil {
		t.Fatalf("connect as %s: %v", role, err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func drop(t testing.TB, url, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := super(ctx, url, "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Errorf("drop %s: %v", name, err)
	}
}

// prepare makes the template once for each state of the migrations. Test
// programs that run side by side wait for the first of them.
func prepare(ctx context.Context, url string) (string, error) {
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := connect(ctx, url, "postgres")
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(7461)"); err != nil {
		return "", err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&there); err != nil || there {
		return name, err
	}
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name); err != nil {
		return "", err
	}
	if err := build(ctx, url, name); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return name, err
}

func build(ctx context.Context, url, name string) error {
	if err := postgres.Bootstrap(ctx, url, name); err != nil {
		return err
	}
	owner, err := postgres.Connect(ctx, url, postgres.Options{User: postgres.OwnerRole, Database: name, MaxConns: 4})
	if err != nil {
		return err
	}
	defer owner.Close()
	_, err = owner.MigrateUp(ctx, postgres.AppRole)
	return err
}

func templateName() (string, error) {
	h := sha256.New()
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, n := range names {
		raw, err := fs.ReadFile(migrations.Files, n)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", n, len(raw))
		h.Write(raw)
	}
	return "template_" + hex.EncodeToString(h.Sum(nil))[:16], nil
}

func connect(ctx context.Context, url, database string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.Database = database
	return pgx.ConnectConfig(ctx, cfg)
}

func super(ctx context.Context, url, database, statement string) error {
	conn, err := connect(ctx, url, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
