package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

func TestAnEmptyEnvironmentHasDefaults(t *testing.T) {
	c, err := Read(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.PublicAddr != "127.0.0.1:8081" || c.TestPace != 1 || c.LogLevel != slog.LevelInfo || c.RelayNetworks != nil {
		t.Errorf("got %+v", c)
	}
}

func TestReadsEveryVariable(t *testing.T) {
	c, err := Read([]string{
		"DATABASE_URL=postgres://app:word@db.test/f", "DATABASE_OWNER_URL=host=db.test user=owner", "REDIS_URL=redis-sentinel://a.test,b.test/0?master=m",
		"FORTHWITH_ADDR=:9000", "FORTHWITH_METRICS_ADDR=127.0.0.1:9100", "FORTHWITH_BASE_URL=https://f.test/", "FORTHWITH_PUBLIC_URL=http://p.test:81",
		"FORTHWITH_MASTER_KEY=mk", "FORTHWITH_SIGNING_KEY=sk", "FORTHWITH_RELAY_NETWORKS=10.1.2.3/8, fd00::/8", "FORTHWITH_RELAY_PORTS=1025,2526", "FORTHWITH_PROXIES=192.0.2.9/32",
		"FORTHWITH_TEST_PACE=20.5", "FORTHWITH_LOG_LEVEL=Debug", "FORTHWITH_WORKER_CONCURRENCY=64", "UNRELATED=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintln(c.RelayNetworks, c.RelayPorts, c.Proxies, c.TestPace, c.LogLevel, c.Concurrency, c.BaseURL, c.PublicURL, c.Addr); got !=
		"[10.0.0.0/8 fd00::/8] [1025 2526] [192.0.2.9/32] 20.5 DEBUG 64 https://f.test http://p.test:81 :9000\n" {
		t.Error(got)
	}
	if c.Database.Reveal() != "postgres://app:word@db.test/f" || c.MasterKey.Reveal() != "mk" {
		t.Error("a secret is not what was set")
	}
}

func TestEveryMistakeIsReportedAtOnce(t *testing.T) {
	bad := map[string]string{
		"DATABASE_URL": "mysql://x", "DATABASE_OWNER_URL": "nonsense", "REDIS_URL": "http://x", "FORTHWITH_ADDR": "8080", "FORTHWITH_PUBLIC_ADDR": "x:99999",
		"FORTHWITH_METRICS_ADDR": ":x", "FORTHWITH_BASE_URL": "f.test", "FORTHWITH_PUBLIC_URL": "https://u:p@f.test/path", "FORTHWITH_MASTER_KEY": "a b",
		"FORTHWITH_SIGNING_KEY_FILE": "/nonexistent/key", "FORTHWITH_RELAY_NETWORKS": "10.0.0.1", "FORTHWITH_RELAY_PORTS": "25,0", "FORTHWITH_TEST_PACE": "0.5",
		"FORTHWITH_LOG_LEVEL": "loud", "FORTHWITH_PROXIES": "proxy.test", "FORTHWITH_WORKER_CONCURRENCY": "0",
	}
	var env []string
	for k, v := range bad {
		env = append(env, k+"="+v)
	}
	_, err := Read(env)
	f, ok := fault.As(err)
	if !ok || len(f.Fields) != len(bad) {
		t.Fatalf("%d mistakes of %d: %v", len(f.Fields), len(bad), err)
	}
	for _, field := range f.Fields {
		sentence := phrase.Say(field.Code, field.Values)
		if !phrase.Has(field.Code) || strings.Contains(sentence, " – –") || !strings.Contains(sentence, field.Name) || strings.HasPrefix(sentence, "–") {
			t.Errorf("%s: %s", field.Name, sentence)
		}
	}
	for _, odd := range []string{"NaN", "+Inf", "-1", "x"} {
		if _, err := Read([]string{"FORTHWITH_TEST_PACE=" + odd}); err == nil {
			t.Errorf("a pace of %s was taken", odd)
		}
	}
}

func TestASecretMayStandInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Read([]string{"FORTHWITH_MASTER_KEY_FILE=" + path})
	if err != nil || c.MasterKey.Reveal() != "from-file" {
		t.Errorf("got %q %v", c.MasterKey.Reveal(), err)
	}
	if _, err := Read([]string{"FORTHWITH_MASTER_KEY_FILE=" + path, "FORTHWITH_MASTER_KEY=x"}); !fault.Is(err, "config_twice") {
		t.Errorf("both: %v", err)
	}
	if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read([]string{"FORTHWITH_MASTER_KEY_FILE=" + path}); !fault.Is(err, "config_file_empty") {
		t.Errorf("empty: %v", err)
	}
}

func TestSecretsNeverPrintThemselves(t *testing.T) {
	const word = "hunter2"
	c, err := Read([]string{
		"DATABASE_URL=postgres://app:" + word + "@db.test/f?password=" + word, "DATABASE_OWNER_URL=host=db.test password=" + word,
		"REDIS_URL=redis://:" + word + "@r.test/0", "FORTHWITH_MASTER_KEY=" + word, "FORTHWITH_SIGNING_KEY=" + word,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "config", c, "key", c.MasterKey)
	fmt.Fprintf(&out, "%v %+v %#v %s %q", c, c, c, c.List(), c.MasterKey)
	if strings.Contains(out.String(), word) {
		t.Error("a secret was printed: " + out.String())
	}
	if !slices.Contains(c.List(), Setting{"DATABASE_URL", "postgres://app:•••@db.test/f"}) {
		t.Errorf("got %v", c.List())
	}
}

func TestRequireNamesAllThatIsMissing(t *testing.T) {
	c, err := Read([]string{"DATABASE_URL=postgres://db.test/f"})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Require("DATABASE_URL", "REDIS_URL", "FORTHWITH_MASTER_KEY")
	if f, ok := fault.As(err); !ok || len(f.Fields) != 2 || f.Fields[0].Name != "REDIS_URL" {
		t.Errorf("got %v", err)
	}
	if err := c.Require("DATABASE_URL", "FORTHWITH_ADDR"); err != nil {
		t.Error(err)
	}
}

func TestDNSIsAServerTheSystemsOrOff(t *testing.T) {
	for value, want := range map[string]string{"": "system", "off": "off", "192.0.2.53:53": "192.0.2.53:53"} {
		if c, err := Read([]string{"FORTHWITH_DNS=" + value}); err != nil || c.DNS != want {
			t.Errorf("%q is %q, %v", value, c.DNS, err)
		}
	}
	for _, odd := range []string{"192.0.2.53", ":53", "192.0.2.53:0", "none"} {
		if _, err := Read([]string{"FORTHWITH_DNS=" + odd}); err == nil {
			t.Errorf("%q is taken", odd)
		}
	}
}

func TestTheLargestFileHasARange(t *testing.T) {
	for value, want := range map[string]int{"": 512, "1": 1, "4096": 4096, " 700 ": 700} {
		if c, err := Read([]string{"FORTHWITH_MAX_FILE_MIB=" + value}); err != nil || c.MaxFileMiB != want {
			t.Errorf("%q is %d, %v", value, c.MaxFileMiB, err)
		}
	}
	for _, odd := range []string{"0", "-1", "4097", "1.5", "512MiB", "many"} {
		if _, err := Read([]string{"FORTHWITH_MAX_FILE_MIB=" + odd}); err == nil {
			t.Errorf("%q is taken", odd)
		}
	}
}
