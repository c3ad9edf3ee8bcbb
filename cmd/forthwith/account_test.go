package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"forthwith/internal/fault"
	"forthwith/internal/identity"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// atTerminal gives a terminal whose environment names a database of its own.
func atTerminal(t *testing.T) (*pgtest.Database, func(args ...string) (string, error)) {
	t.Helper()
	db := pgtest.New(t)
	as := func(role string) string {
		u, err := url.Parse(db.URL)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("user", role)
		u.Path, u.RawQuery = "/"+db.Name, q.Encode()
		return u.String()
	}
	t.Setenv("DATABASE_URL", as(postgres.AppRole))
	t.Setenv("DATABASE_OWNER_URL", as(postgres.OwnerRole))
	t.Setenv("FORTHWITH_MASTER_KEY", db.Master)
	t.Setenv("FORTHWITH_SIGNING_KEY", db.Signing)
	t.Setenv("FORTHWITH_BASE_URL", "https://notices.example.com")
	return db, func(args ...string) (string, error) { return typed(t, args) }
}

// typed runs one command line and gives what it prints.
func typed(t *testing.T, args []string) (string, error) {
	t.Helper()
	var c commands
	parsed, err := kong.Must(&c).Parse(args)
	if err != nil {
		return "", err
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = write
	var out bytes.Buffer
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(&out, read)
	}()
	parsed.BindTo(context.Background(), (*context.Context)(nil))
	runErr := parsed.Run()
	os.Stdout = before
	_ = write.Close()
	<-copied
	return out.String(), runErr
}

func TestAnEnrolledUserAndTheirTokenWork(t *testing.T) {
	db, run := atTerminal(t)
	out, err := run("user", "add", "--email", "Ann@example.com", "--name", "Ann", "--role", "legal", "--enrol")
	if err != nil {
		t.Fatal(err)
	}
	var told map[string]string
	if err := json.Unmarshal([]byte(out), &told); err != nil || len(told) != 3 || told["user_id"] == "" || told["password"] == "" || told["totp_secret"] == "" {
		t.Fatalf("printed %q, %v", out, err)
	}
	out, err = run("token", "create", "--user", "ann@example.com", "--scope", "read,draft", "--scope", "approve")
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSuffix(out, "\n")
	store := postgres.IdentityStore{DB: db.DB}
	staff := identity.Service{Store: store, Reader: store}
	who, err := staff.Authenticate(t.Context(), token)
	if err != nil || who.User.String() != told["user_id"] || len(who.Scopes) != 3 {
		t.Errorf("the token is for %v: %v", who, err)
	}
	if _, err := staff.CheckPassword(t.Context(), store, "ann@example.com", told["password"]); err != nil {
		t.Errorf("the password: %v", err)
	}
	if _, err := run("user", "disable", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := staff.Authenticate(t.Context(), token); !fault.Is(err, "not_signed_in") {
		t.Errorf("a disabled user's token: %v", err)
	}
}

func TestAnInvitationIsALink(t *testing.T) {
	_, run := atTerminal(t)
	for _, args := range [][]string{{"user", "add", "--email", "bo@example.com", "--name", "Bo", "--role", "ops"}, {"user", "reset-factors", "bo@example.com"}} {
		out, err := run(args...)
		if err != nil || !strings.HasPrefix(out, "https://notices.example.com/invite/fwt_") {
			t.Errorf("%v printed %q, %v", args, out, err)
		}
	}
	out, err := run("user", "list")
	if err != nil || !strings.Contains(out, "bo@example.com") || !strings.Contains(out, "invited") {
		t.Errorf("listed %q, %v", out, err)
	}
}

func TestWhatATerminalRefuses(t *testing.T) {
	_, run := atTerminal(t)
	cases := []struct {
		name string
		args []string
		code string
	}{
		{"nobody's token", []string{"token", "create", "--user", "nobody@example.com", "--scope", "read"}, "no_such_user"},
		{"no address", []string{"user", "add", "--email", "bo", "--name", "Bo", "--role", "ops"}, "user_email"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := run(c.args...); !fault.Is(err, c.code) || sentence(err) == c.code {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := run("user", "add", "--email", "bo@example.com", "--name", "Bo", "--role", "root"); err == nil {
		t.Error("an unknown role was taken")
	}
}

func TestMigrationsAreListedAndMayBeRepeated(t *testing.T) {
	_, run := atTerminal(t)
	if out, err := run("migrate", "up"); err != nil || !strings.HasPrefix(out, "0 migrations") {
		t.Errorf("printed %q, %v", out, err)
	}
	out, err := run("migrate", "status")
	if err != nil || !strings.Contains(out, "applied    0001_evidence.sql") || strings.Contains(out, "pending") {
		t.Errorf("printed %q, %v", out, err)
	}
}

func TestConfigCheckShowsNoSecretAndEveryMistake(t *testing.T) {
	db, run := atTerminal(t)
	if out, err := run("config", "check"); err != nil || strings.Contains(out, db.Master) || strings.Contains(out, db.Signing) {
		t.Errorf("printed %q, %v", out, err)
	}
	t.Setenv("FORTHWITH_ADDR", "nonsense")
	t.Setenv("FORTHWITH_MASTER_KEY", "nonsense")
	_, err := run("config", "check")
	if f, ok := fault.As(err); !ok || len(f.Fields) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestAGeneratedKeyIsOneThatIsTaken(t *testing.T) {
	_, run := atTerminal(t)
	for name, args := range map[string][]string{"FORTHWITH_MASTER_KEY": {"key", "generate", "master"}, "FORTHWITH_SIGNING_KEY": {"key", "generate", "signing"}} {
		out, err := run(args...)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, strings.TrimSpace(out))
	}
	if _, err := run("config", "check"); err != nil {
		t.Errorf("got %v", err)
	}
}
