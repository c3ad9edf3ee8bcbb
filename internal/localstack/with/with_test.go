package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the command itself.
func TestMain(m *testing.M) {
	if os.Getenv("WITH_TEST_MAIN") == "" {
		os.Exit(m.Run())
	}
	main()
}

func TestTallyCountsAndFails(t *testing.T) {
	const pass, fail = `{"Action":"pass","Package":"p","Test":"A"}`, `{"Action":"fail","Package":"p","Test":"B"}`
	cases := map[string]struct {
		in, want string
		code     int
	}{
		"all tests pass":                           {pass + "\n", "1 passed, 0 failed", 0},
		"one test fails":                           {pass + "\n" + fail + "\n", "1 passed, 1 failed", 1},
		"a skipped test fails":                     {pass + "\n" + `{"Action":"skip","Package":"p","Test":"C"}` + "\n", "1 passed, 0 failed", 1},
		"no test at all fails":                     {"", "0 passed, 0 failed", 1},
		"a build that fails":                       {pass + "\n" + `{"ImportPath":"q","Action":"build-fail"}` + "\n", "1 passed, 0 failed", 1},
		"a package that panics":                    {pass + "\n" + `{"Action":"fail","Package":"p"}` + "\n", "1 passed, 1 failed", 1},
		"a failed test and its package count once": {fail + "\n" + `{"Action":"fail","Package":"p"}` + "\n", "0 passed, 1 failed", 1},
		"a test that never returns":                {pass + "\n" + `{"Action":"output","Package":"p","Test":"D","Output":"panic"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n", "1 passed, 1 failed", 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			tally := newTally(&out)
			for _, b := range []byte(c.in) { // any slicing of the stream
				if _, err := tally.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
			if code := tally.close(); code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); lines[len(lines)-1] != c.want {
				t.Errorf("closing line %q, want %q", lines[len(lines)-1], c.want)
			}
		})
	}
}

func TestTheCommandsCodeIsOurs(t *testing.T) {
	cmd := with(t, `test -n "$FORTHWITH_TEST_DATABASE$FORTHWITH_TEST_REDIS" && exit 7`)
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != 7 {
		t.Errorf("exit code %d", got)
	}
}

func TestASignalEndsTheCommandAndItsServers(t *testing.T) {
	pids := t.TempDir() + "/pids"
	cmd := with(t, fmt.Sprintf(`echo $$ > %s.new; sed -n 1p "$(dirname "$(dirname "${FORTHWITH_TEST_REDIS#unix://}")")/postgres/postmaster.pid" >> %s.new || true; mv %s.new %s; exec tail -f /dev/null`, pids, pids, pids, pids))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the command runs", func() bool { _, err := os.Stat(pids); return err == nil })
	raw, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
	for _, f := range strings.Fields(string(raw)) {
		var pid int
		if _, err := fmt.Sscan(f, &pid); err != nil {
			t.Fatal(err)
		}
		await(t, "process "+f+" ends", func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

func with(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "--", "/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "WITH_TEST_MAIN=1")
	cmd.Stderr = os.Stderr
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	})
	return cmd
}

func await(t *testing.T, what string, done func() bool) {
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
