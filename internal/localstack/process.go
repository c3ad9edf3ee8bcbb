package localstack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// patience is how long each step of a stop may take before the next, harder
// one.
const patience = 15 * time.Second

// server is a child process in a group of its own, so that a Ctrl-C in the
// terminal reaches us alone and we stop things in order.
type server struct {
	name     string
	log      string
	cmd      *exec.Cmd
	signals  []os.Signal // from polite to firm
	done     chan struct{}
	stopping atomic.Bool
}

// launch starts a server as the account, its output in a log file.
func launch(name string, at place, path string, args ...string) (*server, error) {
	logFile, err := os.OpenFile(at.log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	s := &server{name: name, log: at.log(name), done: make(chan struct{})}
	s.cmd = command(context.Background(), at.owner, path, args...)
	s.cmd.Dir = at.sock
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	started := make(chan error)
	go func() {
		// The kernel's word about a dead parent is bound to the thread that
		// forked, so this one stays until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer logFile.Close()
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return s, nil
}

// command prepares a program that runs as the account, in its own group, and
// ends when we do.
func command(ctx context.Context, who *account, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if who != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: who.uid, Gid: who.gid}
	}
	EndWithParent(cmd.SysProcAttr)
	return cmd
}

// environment is ours without what would point the servers somewhere else, and
// in one language so that their logs can be read.
func environment() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "PATH=") || strings.HasPrefix(kv, "LD_LIBRARY_PATH=") {
			env = append(env, kv)
		}
	}
	return env
}

// stop asks politely, then firmly, then ends the whole group.
func (s *server) stop() error {
	s.stopping.Store(true)
	for _, sig := range s.signals {
		_ = s.cmd.Process.Signal(sig)
		select {
		case <-s.done:
			return nil
		case <-time.After(patience):
		}
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	select {
	case <-s.done:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("stop %s: process %d does not end", s.name, s.cmd.Process.Pid)
	}
}

// endOrphans stops what a killed owner of the place left running.
func (p place) endOrphans() error {
	if err := endOrphan(filepath.Join(p.data(), "postmaster.pid"), "postgres"); err != nil {
		return err
	}
	return endOrphan(p.redisPID(), "redis-server", "valkey-server")
}

// endOrphan stops a server whose owner was killed. The lock on the folder is
// ours, so a process that a pid file of the folder names, and that bears the
// server's name, can only be left over.
func endOrphan(pidFile string, names ...string) error {
	raw, err := os.ReadFile(pidFile)
	if err != nil {
		return nil // no file, no orphan
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 || !bears(pid, names) {
		return nil
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = syscall.Kill(pid, sig)
		for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
			if !bears(pid, names) {
				return nil
			}
		}
	}
	return fmt.Errorf("stop left-over process %d of %s", pid, filepath.Dir(pidFile))
}

// bears tells whether a living process has one of the names.
func bears(pid int, names []string) bool {
	out, err := exec.Command("ps", "-o", "stat=,comm=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return bearsByProc(pid, names)
	}
	fields := strings.Fields(string(out))
	return len(fields) >= 2 && !strings.HasPrefix(fields[0], "Z") && named(filepath.Base(fields[1]), names)
}

func bearsByProc(pid int, names []string) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && named(strings.TrimSpace(string(raw)), names)
}

func named(comm string, names []string) bool {
	for _, n := range names {
		if strings.HasPrefix(comm, n) {
			return true
		}
	}
	return false
}
