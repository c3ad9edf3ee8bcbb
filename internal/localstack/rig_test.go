package localstack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func start(t *testing.T, o Options) *Stack {
	t.Helper()
	o.Throwaway = true
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// common is the stack of the tests that leave it as it is.
var common struct {
	once  sync.Once
	dir   string
	stack *Stack
	err   error
}

func running(t *testing.T) *Stack {
	t.Helper()
	common.once.Do(func() {
		if common.dir, common.err = short(); common.err == nil {
			common.stack, common.err = Start(context.Background(), Options{Dir: common.dir, Throwaway: true})
		}
	})
	if common.err != nil {
		t.Fatal(common.err)
	}
	return common.stack
}

// folder is a short folder that other users may pass through.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := short()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func short() (string, error) {
	parent := "/dev/shm" // memory where there is some
	if _, err := os.Stat(parent); err != nil {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "fw-ls-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

func spawn(t *testing.T, dir string, as *syscall.Credential) (*exec.Cmd, report) {
	t.Helper()
	bin := filepath.Join(folder(t), "owner")
	raw, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bin, raw, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.Stderr = os.Stderr
	in, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = in
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	cmd.Stdin = inW
	t.Cleanup(func() { _ = inW.Close(); _ = cmd.Process.Kill() })
	var r report
	if err := json.NewDecoder(out).Decode(&r); err != nil || r.Err != "" {
		t.Fatalf("child: %v %s", err, r.Err)
	}
	return cmd, r
}

func pids(s *Stack) []int {
	var all []int
	for _, srv := range s.servers {
		all = append(all, srv.cmd.Process.Pid)
	}
	return all
}

func exec1(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func one(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func redis(t *testing.T, url, line string) string {
	t.Helper()
	conn, err := net.Dial("unix", strings.TrimPrefix(url, "unix://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return talk(t, conn, line)
}

func talk(t *testing.T, conn net.Conn, line string) string {
	t.Helper()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	words := strings.Fields(line)
	cmd := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		cmd += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := io.WriteString(conn, cmd); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(buf[:n]), "\r\n")
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for !done() {
		select {
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
