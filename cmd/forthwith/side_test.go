package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"forthwith/api"
	"forthwith/internal/delivery"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
	"forthwith/internal/queue"
)

// sided serves the health and metrics of a process, and gives a way to ask it.
func sided(t *testing.T, s *system, h api.Health) func(path string) (int, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- s.sideBySide(ctx, ln, h, func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return func(path string) (int, string) {
		client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		out, err := client.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		raw, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		return out.StatusCode, string(raw)
	}
}

// watched is a system over a database of its own and a Redis at an address.
func watched(t *testing.T, redis string) (*system, *pgtest.Database) {
	t.Helper()
	db := pgtest.New(t)
	s := &system{db: db.DB, log: slog.New(slog.DiscardHandler), meter: newMeter(db.Backlog)}
	var err error
	if s.redis, err = queue.Connect(redis); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.redis.Close() })
	return s, db
}

// nobody is where no server listens.
const nobody = "redis://127.0.0.1:1"

func TestReadyTellsWhatAProcessNeeds(t *testing.T) {
	there := os.Getenv("FORTHWITH_TEST_REDIS")
	forget := func(db *pgtest.Database) {
		if _, err := db.As(t, postgres.OwnerRole).Exec(t.Context(), "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"); err != nil {
			t.Fatal(err)
		}
	}
	none := func(*pgtest.Database) {}
	for name, c := range map[string]struct {
		redis  string
		worker bool
		before func(*pgtest.Database)
		status int
		says   string
	}{
		"an api with everything":      {there, false, none, 200, `{"degraded":[],"status":"ready"}`},
		"an api without Redis":        {nobody, false, none, 200, `{"degraded":["redis"],"status":"ready"}`},
		"an api with an old schema":   {there, false, forget, 503, "schema_old"},
		"a worker with everything":    {there, true, none, 200, `{"degraded":[],"status":"ready"}`},
		"a worker without Redis":      {nobody, true, none, 503, "redis_down"},
		"a worker with an old schema": {there, true, forget, 503, "schema_old"},
		"a worker without a database": {there, true, func(db *pgtest.Database) { db.DB.Close() }, 503, "database_down"},
	} {
		t.Run(name, func(t *testing.T) {
			s, db := watched(t, c.redis)
			var h api.Health = health{s}
			if c.worker {
				h = needsRedis{health{s}}
			}
			ask := sided(t, s, h)
			c.before(db)
			status, body := ask("/readyz")
			var doc struct{ Code string }
			if status != 200 {
				_ = json.Unmarshal([]byte(body), &doc)
				body = doc.Code
			}
			if status != c.status || body != c.says {
				t.Errorf("got %d %s, want %d %s", status, body, c.status, c.says)
			}
			if status, body = ask("/healthz"); status != 200 || body != `{"status":"alive"}` {
				t.Errorf("alive: %d %s", status, body)
			}
		})
	}
}

func TestProfilesStandBesideTheMetrics(t *testing.T) {
	s, _ := watched(t, nobody)
	ask := sided(t, s, health{s})
	if status, body := ask("/debug/pprof/goroutine?debug=1"); status != 200 || !strings.HasPrefix(body, "goroutine profile: total ") {
		t.Errorf("goroutines: %d %.60s", status, body)
	}
	if status, body := ask("/debug/pprof/profile?seconds=1"); status != 200 || !strings.HasPrefix(body, "\x1f\x8b") {
		t.Errorf("a CPU profile: %d %.60q", status, body)
	}
	if status, _ := ask("/debug/pprof/nothing"); status != 404 {
		t.Errorf("an unknown profile: %d", status)
	}
}

// script is a connection that gives set answers.
type script struct {
	delivery.Session
	envelope, last outcome.Reply
}

func (s script) Dial(context.Context, delivery.Relay) (delivery.Session, error) { return s, nil }
func (s script) Envelope(context.Context, string, string) outcome.Reply         { return s.envelope }
func (s script) Deliver(context.Context, []byte) outcome.Reply                  { return s.last }
func (s script) Reset(context.Context) error                                    { return nil }

func TestMetricsCountAnswersByRelayAndTellWhatWaits(t *testing.T) {
	s, db := watched(t, nobody)
	ask := sided(t, s, health{s})
	ctx, relay := t.Context(), id.Relay(7).String()
	if _, err := db.As(t, postgres.AppRole).Exec(ctx, "INSERT INTO outbox (task, object) VALUES ('import_list', 1), ('import_list', 2)"); err != nil {
		t.Fatal(err)
	}
	let := outcome.Reply{Phase: outcome.PhaseRcpt, Code: 250}
	for _, c := range []script{
		{envelope: let, last: outcome.Reply{Phase: outcome.PhaseDot, Code: 250}},
		{envelope: let, last: outcome.Reply{Phase: outcome.PhaseDot, Lost: true}},
		{envelope: outcome.Reply{Phase: outcome.PhaseRcpt, Code: 550, Enhanced: "5.1.1"}},
	} {
		session, err := counted{c, s.meter}.Dial(ctx, delivery.Relay{No: 7})
		if err != nil {
			t.Fatal(err)
		}
		if session.Envelope(ctx, "notice@example.com", "ann@example.com").Code == 250 {
			session.Deliver(ctx, nil)
		}
	}
	for _, givenUp := range []bool{true, false} {
		session, err := counted{script{envelope: let}, s.meter}.Dial(ctx, delivery.Relay{No: 7})
		if err != nil {
			t.Fatal(err)
		}
		session.Envelope(ctx, "notice@example.com", "ann@example.com")
		if givenUp {
			if err := session.Reset(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	status, body := ask("/metrics")
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for _, line := range []string{
		`forthwith_answers_total{relay="` + relay + `",verdict="took"} 1`, `forthwith_answers_total{relay="` + relay + `",verdict="unknown"} 1`,
		`forthwith_answers_total{relay="` + relay + `",verdict="refused"} 1`, "forthwith_messages_open 1", "forthwith_outbox_tasks 2",
		"forthwith_ledger_lag_seconds ", "forthwith_ledger_pending_entries ", "forthwith_workers 0", "forthwith_batches_claimed 0", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(body, "\n"+line) {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Contains(body, "example") || strings.Contains(body, "@") {
		t.Error("the metrics name a domain")
	}
}

func TestMetricsGoOnWithoutADatabase(t *testing.T) {
	s, db := watched(t, nobody)
	ask := sided(t, s, health{s})
	db.DB.Close()
	if status, body := ask("/metrics"); status != 200 || !strings.Contains(body, "go_goroutines ") || strings.Contains(body, "forthwith_outbox_tasks") {
		t.Errorf("%d %s", status, body)
	}
}

// TestAProcessServesItsHealthWhereTheEnvironmentSays starts a whole process.
func TestAProcessServesItsHealthWhereTheEnvironmentSays(t *testing.T) {
	atTerminal(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	t.Setenv("REDIS_URL", os.Getenv("FORTHWITH_TEST_REDIS"))
	t.Setenv("FORTHWITH_ADDR", "127.0.0.1:0")
	t.Setenv("FORTHWITH_PUBLIC_ADDR", "127.0.0.1:0")
	t.Setenv("FORTHWITH_METRICS_ADDR", address)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- apiCommand{}.Run(ctx) }()
	for up := false; !up; {
		select {
		case err := <-ended:
			t.Fatalf("the process ended: %v", err)
		case <-time.After(10 * time.Millisecond):
			if out, err := http.Get("http://" + address + "/readyz"); err == nil {
				_ = out.Body.Close()
				up = out.StatusCode == 200
			}
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Error("the address still answers")
	}
}

// TestAServerThatEndsBeforeItBeganEnds is a SIGTERM in the first moment.
func TestAServerThatEndsBeforeItBeganEnds(t *testing.T) {
	for range 200 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		ended := make(chan error, 1)
		go func() { ended <- listenUntil(ctx, httpguard.NewApp(nil), ln) }()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("it answers for ever")
		}
	}
}
