package localstack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"forthwith/internal/fault"
)

const childDir = "LOCALSTACK_TEST_CHILD"

// report is what a child process tells about the stack it started.
type report struct {
	Dir, SuperURL, AppURL, RedisURL string
	PIDs                            []int
	Err                             string
}

// TestMain lets the test binary be the owner of a stack in a process that can
// be killed or run as somebody else.
func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		code := m.Run()
		if common.stack != nil && common.stack.Stop() != nil {
			code = 1
		}
		_ = os.RemoveAll(common.dir)
		os.Exit(code)
	}
	s, err := Start(context.Background(), Options{Dir: dir, Throwaway: true})
	if err != nil {
		_ = json.NewEncoder(os.Stdout).Encode(report{Err: err.Error()})
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(report{s.Dir, s.SuperURL, s.AppURL, s.RedisURL, pids(s), ""})
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent closes it, or kills us
	if s.Stop() != nil {
		os.Exit(1)
	}
}

func TestASecondStartFindsTheDataOfTheFirst(t *testing.T) {
	dir := folder(t)
	calls := 0
	boot := func(ctx context.Context, dsn string) error { calls++; return exec1(ctx, dsn, "SELECT 1") }
	first := start(t, Options{Dir: dir, Bootstrap: boot})
	if err := exec1(t.Context(), first.OwnerURL, "CREATE TABLE kept AS SELECT 41 AS n"); err != nil {
		t.Fatal(err)
	}
	redis(t, first.RedisURL, "SET kept 42")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, Options{Dir: dir, Bootstrap: boot})
	if got := one(t, second.SuperURL, "SELECT n::text FROM kept"); got != "41" {
		t.Errorf("PostgreSQL kept %q", got)
	}
	if got := redis(t, second.RedisURL, "GET kept"); got != "$2\r\n42" {
		t.Errorf("Redis kept %q", got)
	}
	if calls != 2 {
		t.Errorf("bootstrap ran %d times in 2 starts", calls)
	}
}

func TestServersAreDurableAndNeverEvict(t *testing.T) {
	s := running(t)
	for name, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": ""} {
		if got := one(t, s.SuperURL, "SHOW "+name); got != want {
			t.Errorf("%s = %q", name, got)
		}
	}
	if n, _ := strconv.Atoi(one(t, s.SuperURL, "SHOW max_connections")); n < 200 {
		t.Errorf("max_connections = %d", n)
	}
	for name, want := range map[string]string{"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"} {
		if got := redis(t, s.RedisURL, "CONFIG GET "+name); !strings.HasSuffix(got, "\r\n"+want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRolesAreWhatTheyAreCalled(t *testing.T) {
	s := running(t)
	for dsn, want := range map[string]string{
		s.SuperURL: "postgres true true", s.OwnerURL: "forthwith_owner false true", s.AppURL: "forthwith_app false false",
	} {
		got := one(t, dsn, "SELECT concat_ws(' ', rolname, rolsuper::text, rolcreatedb::text) FROM pg_roles WHERE rolname = current_user")
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if err := exec1(t.Context(), s.AppURL, "CREATE TABLE public.mine (n int)"); err == nil {
		t.Error("the application's role made a table")
	}
}

func TestTwoFoldersDoNotMeet(t *testing.T) {
	a, b := running(t), start(t, Options{Dir: folder(t)})
	if err := exec1(t.Context(), a.OwnerURL, "CREATE TABLE only_here (n int)"); err != nil {
		t.Fatal(err)
	}
	if got := one(t, b.SuperURL, "SELECT count(*)::text FROM pg_tables WHERE tablename = 'only_here'"); got != "0" {
		t.Error("the second stack sees the first one's table")
	}
}

func TestAFolderInUseIsRefused(t *testing.T) {
	s := running(t)
	_, err := Start(t.Context(), Options{Dir: s.Dir})
	if !fault.Is(err, "stack_running") {
		t.Errorf("the second start gave %v", err)
	}
	if got := one(t, s.SuperURL, "SELECT 'alive'"); got != "alive" {
		t.Error("the first stack was disturbed")
	}
}

func TestKilledParentLeavesNoServer(t *testing.T) {
	dir := folder(t)
	child, r := spawn(t, dir, nil)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for _, pid := range r.PIDs {
		wait(t, fmt.Sprintf("process %d ends", pid), func() bool { return syscall.Kill(pid, 0) != nil })
	}
	start(t, Options{Dir: dir})
}

func TestAnOrphanIsStoppedBeforeANewStart(t *testing.T) {
	dir := folder(t)
	s, err := Start(t.Context(), Options{Dir: dir, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	pid := s.servers[1].cmd.Process.Pid
	s.servers[1].stopping.Store(true)
	if err := s.lock.Close(); err != nil { // as if the owner were dead
		t.Fatal(err)
	}
	second := start(t, Options{Dir: dir})
	wait(t, "the orphan ends", func() bool { return syscall.Kill(pid, 0) != nil })
	if got := one(t, second.SuperURL, "SELECT 'alive'"); got != "alive" {
		t.Error("the new stack does not answer")
	}
}

func TestRunsAsAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		start(t, Options{Dir: folder(t)}) // we are one
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	dir := folder(t)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	child, r := spawn(t, dir, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)})
	if r.Dir != dir {
		t.Errorf("the data went to %s", r.Dir)
	}
	info, err := os.Stat(filepath.Join(r.Dir, "postgres", "PG_VERSION"))
	if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != uid {
		t.Errorf("the cluster is not nobody's: %v", err)
	}
	_ = child.Stdin.(io.Closer).Close()
	if err := child.Wait(); err != nil {
		t.Errorf("the child stopped with %v", err)
	}
}

func TestAFolderThatTheServersCannotEnterGoesToTheTemporaryOne(t *testing.T) {
	if os.Geteuid() != 0 {
		dir := filepath.Join(folder(t), "shut")
		if err := os.Mkdir(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		elsewhere(t, dir)
		return
	}
	shut := filepath.Join(folder(t), "shut")
	if err := os.Mkdir(shut, 0o700); err != nil {
		t.Fatal(err)
	}
	elsewhere(t, filepath.Join(shut, "checkout"))
}

func elsewhere(t *testing.T, dir string) {
	t.Helper()
	var said strings.Builder
	s := start(t, Options{Dir: dir, Out: &said})
	if s.Dir == dir || !strings.HasPrefix(s.Dir, "/tmp/forthwith-") || !strings.Contains(said.String(), s.Dir) {
		t.Errorf("the data is in %s, said: %s", s.Dir, said.String())
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if again := start(t, Options{Dir: dir}); again.Dir != s.Dir {
		t.Errorf("the second start went to %s", again.Dir)
	} else if err := again.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := Forget(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Dir); err == nil {
		t.Error("forgotten data is still there")
	}
}

func TestSocketPathsStayShort(t *testing.T) {
	at, err := locate(filepath.Join(folder(t), strings.Repeat("a-long-name/", 12)))
	if err != nil {
		t.Fatal(err)
	}
	if p := filepath.Join(at.sock, pgSocketName); len(p) > maxSocketPath {
		t.Errorf("%s has %d bytes", p, len(p))
	}
	_ = os.RemoveAll(filepath.Dir(at.sock))
}

func TestABusyPortGivesWayToTheNextFreeOne(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).Port
	l, err := Listen("127.0.0.1", port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := l.Addr().(*net.TCPAddr).Port; got <= port || got >= port+100 {
		t.Errorf("asked for %d, got %d", port, got)
	}
}

func TestTheStandInAsksForItsPasswordAndAges(t *testing.T) {
	s, err := startStandIn()
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	conn, err := net.Dial("tcp", s.srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := talk(t, conn, "GET k"); !strings.HasPrefix(got, "-NOAUTH") {
		t.Errorf("without the password: %q", got)
	}
	talk(t, conn, "AUTH "+s.password)
	talk(t, conn, "SET k v EX 1")
	wait(t, "the key expires", func() bool { return talk(t, conn, "GET k") == "$-1" })
}
