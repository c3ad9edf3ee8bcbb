package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"forthwith/internal/localstack"
)

// stack is a running `forthwith up`.
type stack struct {
	URL    string `json:"url"`
	Public string `json:"public_url"`
	Door   string `json:"sample_door"`
	pid    int
	Broad  string `json:"broad_campaign"`
	Small  string `json:"sample_campaign"`
	People []struct {
		Name, Role, Email, Password string
		TOTPSecret                  string `json:"totp_secret"`
	} `json:"people"`
}

var (
	up     stack
	chrome *browser
)

// TestMain starts one stack and one browser for all tests, and keeps these in the
// order of their files: they share one sample that is carried through once, and
// one first page.
func TestMain(m *testing.M) {
	flag.Parse()
	err := flag.Set("test.shuffle", "off")
	code := 1
	if err == nil {
		code, err = run(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "forthwith-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	end, err := start(dir)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if chrome, err = launch(); err != nil {
		return 1, err
	}
	defer chrome.close()
	return m.Run(), nil
}

// start builds the program, and runs it in an empty folder until it says what
// comes next.
func start(dir string) (end func() error, err error) {
	binary := filepath.Join(dir, "forthwith")
	if out, err := exec.Command("go", "build", "-o", binary, "forthwith/cmd/forthwith").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	cmd := exec.Command(binary, "up")
	cmd.Dir, cmd.Env = dir, environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	localstack.EndWithParent(cmd.SysProcAttr)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	up.pid = cmd.Process.Pid
	end = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	}
	if err := awaitLine(out, "Ctrl-C"); err != nil {
		return nil, errors.Join(err, end())
	}
	raw, err := os.ReadFile(filepath.Join(dir, ".local", "run.json"))
	if err == nil {
		err = json.Unmarshal(raw, &up)
	}
	if err != nil {
		return nil, errors.Join(err, end())
	}
	return end, nil
}

// environment is ours without what would lead to another database.
func environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DATABASE_") && !strings.HasPrefix(v, "REDIS_URL") && !strings.HasPrefix(v, "FORTHWITH_") {
			kept = append(kept, v)
		}
	}
	return append(kept, "FORTHWITH_ADDR=127.0.0.1:18080", "FORTHWITH_DNS=off")
}

// awaitLine reads what the program prints until a line begins with a word, and
// goes on reading behind the caller.
func awaitLine(from io.Reader, word string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	found := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(from)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), word) {
				found <- true
			}
		}
		close(found)
	}()
	select {
	case ok := <-found:
		if ok {
			return nil
		}
		return errors.New("the stack ended before it was ready")
	case <-ctx.Done():
		return errors.New("the stack was not ready in three minutes")
	}
}
