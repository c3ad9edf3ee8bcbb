package localstack

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "postgres"
	ownerRole = "forthwith_owner"
	appRole   = "forthwith_app"
	database  = "forthwith"
	identMap  = "forthwith"
)

// cluster is the private PostgreSQL of a place.
type cluster struct {
	bin       binaries
	at        place
	throwaway bool
}

// start makes the cluster on the first run and starts the server. It does not
// wait until it answers.
func (c cluster) start(ctx context.Context) (*server, error) {
	if err := c.create(ctx); err != nil {
		return nil, err
	}
	if err := c.admit(); err != nil {
		return nil, err
	}
	srv, err := launch("postgres", c.at, c.bin.path("postgres"), c.settings()...)
	if err != nil {
		return nil, err
	}
	srv.signals = []os.Signal{syscall.SIGINT, syscall.SIGQUIT} // fast, then immediate
	return srv, nil
}

// create runs initdb beside the data folder and renames at the end, so that a
// kill in between leaves nothing that looks like a cluster.
func (c cluster) create(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.at.data(), "PG_VERSION")); err == nil {
		return nil
	}
	half := c.at.data() + ".new"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("clear half-made cluster: %w", err)
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return fmt.Errorf("make cluster folder: %w", err)
	}
	if err := c.at.hand(half); err != nil {
		return err
	}
	args := []string{"-D", half, "-U", superuser, "-A", "peer", "-E", "UTF8", "--locale=C"}
	if c.throwaway {
		args = append(args, "-N")
	}
	cmd := command(ctx, c.at.owner, c.bin.path("initdb"), args...)
	cmd.Dir = c.at.sock
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run initdb: %w: %s", err, lastLine(out))
	}
	if err := os.Rename(half, c.at.data()); err != nil {
		return fmt.Errorf("put cluster in place: %w", err)
	}
	return nil
}

// admit writes who may log in as whom: our own user and the server's, as each
// of the three roles, over the socket alone. Written at every start, since the
// same data may be started as root today and by its owner tomorrow.
func (c cluster) admit() error {
	us, err := user.Current()
	if err != nil {
		return fmt.Errorf("name the current user: %w", err)
	}
	people := []string{us.Username}
	if c.at.owner != nil && c.at.owner.name != us.Username {
		people = append(people, c.at.owner.name)
	}
	var ident strings.Builder
	for _, who := range slices.Compact(people) {
		for _, role := range []string{superuser, ownerRole, appRole} {
			fmt.Fprintf(&ident, "%s %q %s\n", identMap, who, role)
		}
	}
	return c.write(map[string]string{
		"pg_hba.conf":   "local all all peer map=" + identMap + "\n",
		"pg_ident.conf": ident.String(),
	})
}

func (c cluster) write(files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(c.at.data(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := c.at.hand(path); err != nil {
			return err
		}
	}
	return nil
}

// settings stand on the command line, so that every start has the present
// ones. Durability is spelled out and is never turned off.
func (c cluster) settings() []string {
	args := []string{"-D", c.at.data()}
	for _, kv := range []string{
		"listen_addresses=", "unix_socket_directories=" + c.at.sock, "unix_socket_permissions=0700", "port=5432",
		"fsync=on", "synchronous_commit=on", "full_page_writes=on",
		"max_connections=300", "shared_buffers=256MB", "max_wal_size=4GB", "checkpoint_timeout=15min",
		"max_locks_per_transaction=256", "log_min_duration_statement=-1", "log_statement=none",
		"log_parameter_max_length=0", "log_parameter_max_length_on_error=0", "log_error_verbosity=terse",
		"log_min_error_statement=panic", "timezone=UTC", "log_timezone=UTC",
	} {
		args = append(args, "-c", kv)
	}
	return args
}

// ready waits until the server answers, then sees to roles and database. Each
// step may find its work done.
func (c cluster) ready(ctx context.Context, srv *server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var conn *pgx.Conn
	if err := until(ctx, srv, func(ctx context.Context) (err error) {
		conn, err = pgx.Connect(ctx, c.at.dsn(superuser, "postgres"))
		return err
	}); err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return settle(ctx, conn)
}

// settle makes the roles and the database where they are missing. The owner
// may create databases, which the tests use for their copies.
func settle(ctx context.Context, conn *pgx.Conn) error {
	for _, step := range []struct{ seen, make string }{
		{"SELECT 1 FROM pg_roles WHERE rolname = '" + ownerRole + "'",
			"CREATE ROLE " + ownerRole + " LOGIN CREATEDB NOSUPERUSER NOCREATEROLE"},
		{"SELECT 1 FROM pg_roles WHERE rolname = '" + appRole + "'",
			"CREATE ROLE " + appRole + " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"},
		{"SELECT 1 FROM pg_database WHERE datname = '" + database + "'",
			"CREATE DATABASE " + database + " OWNER " + ownerRole},
	} {
		tag, err := conn.Exec(ctx, step.seen)
		if err != nil {
			return fmt.Errorf("look for roles and database: %w", err)
		}
		if tag.RowsAffected() > 0 {
			continue
		}
		if _, err := conn.Exec(ctx, step.make); err != nil {
			return fmt.Errorf("make roles and database: %w", err)
		}
	}
	return nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
