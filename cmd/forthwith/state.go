package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"forthwith/internal/config"
	"forthwith/internal/sample"
	"forthwith/web"
)

// state is .local/run.json: where a stack answers, and how its sample people
// sign in. Only its owner may read it.
type state struct {
	URL      string           `json:"url"`
	Public   string           `json:"public_url"` // where codes are checked
	SMTP     string           `json:"inbox_smtp"`
	Database string           `json:"database_url"`
	People   []*sample.Person `json:"people"`
	Door     string           `json:"sample_door,omitempty"` // secret of the link that lets a visitor be one of them
	Carried  bool             `json:"sample_carried"`        // the sample's small cohort was sent
	Small    string           `json:"sample_campaign,omitempty"`
	Broad    string           `json:"broad_campaign,omitempty"`
	BroadSum string           `json:"broad_plan_sha256,omitempty"`
	BroadTo  int64            `json:"broad_recipients,omitempty"`
}

func statePath() string { return filepath.Join(local, "run.json") }

func readState() (state, error) {
	var s state
	return s, readFile(statePath(), &s)
}

func (s state) save() error { return writeFile(statePath(), s) }

// hostOf is the address that an earlier run listened at.
func hostOf(site string) string {
	u, err := url.Parse(site)
	if err != nil {
		return ""
	}
	return u.Host
}

// openDoor makes the secret of the sample's door, or finds the one of an earlier
// run, and says where it opens.
func (s *state) openDoor() web.Options {
	if s.Door == "" {
		raw := make([]byte, 24)
		rand.Read(raw)
		s.Door = base64.RawURLEncoding.EncodeToString(raw)
	}
	return web.Options{Secret: s.Door, Host: hostOf(s.URL)}
}

// signInURL is the link that lets a visitor be one of the sample people.
func (s state) signInURL() string { return s.URL + "/signin?sample=" + s.Door }

// readFile reads a JSON file; one that is not there leaves into as it is.
func readFile(path string, into any) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// writeFile replaces a JSON file that only its owner may read, as a whole.
func writeFile(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// logFile keeps the log out of the reader's way.
func logFile(cfg config.Config) (*slog.Logger, error) {
	f, err := os.OpenFile(filepath.Join(local, "forthwith.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	log := slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: cfg.LogLevel}))
	slog.SetDefault(log)
	return log, nil
}
