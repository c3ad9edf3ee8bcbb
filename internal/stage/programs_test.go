package stage

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"forthwith/internal/sample"
)

// TestMain is the program as well, which the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "api" {
		fmt.Fprintln(os.Stderr, serve())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func serve() error {
	if os.Getenv("DIES") != "" {
		return fmt.Errorf("the schema is old")
	}
	ln, err := net.Listen("tcp", os.Getenv("FORTHWITH_ADDR"))
	if err != nil {
		return err
	}
	slog.New(slog.NewJSONHandler(os.Stderr, nil)).Info("api listens", "addr", ln.Addr().String())
	return http.Serve(ln, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

func world(t *testing.T, env ...string) *World {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &World{Options: Options{Binary: self}, Folder: t.TempDir(), Env: env, Story: &sample.Story{Client: &sample.Client{}}}
}

func TestAnAPIThatEndsIsNotWaitedFor(t *testing.T) {
	begun := time.Now()
	err := world(t, "DIES=1").StartAPI(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the schema is old") || time.Since(begun) > slowest/2 {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}

// Whoever has taken the port meanwhile is waited for.
func TestAnAPIIsStartedAgainWhereItWas(t *testing.T) {
	w := world(t)
	if err := w.StartAPI(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.API.Kill() })
	base := w.Story.Client.Base
	w.API.Kill()
	other, err := net.Listen("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan error, 1)
	go func() { started <- w.StartAPI(t.Context()) }()
	err = Until(t.Context(), time.Minute, "the port to be missed", func() (bool, error) {
		raw, err := os.ReadFile(filepath.Join(w.Folder, "api.log"))
		return bytes.Contains(raw, []byte("address already in use")), err
	})
	_ = other.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil || w.Story.Client.Base != base {
		t.Errorf("at %s, not %s: %v", w.Story.Client.Base, base, err)
	}
}
