package stage

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"forthwith/internal/localstack"
)

// Process is one running copy of the program.
type Process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended
	err  error         // with which it did
}

// start runs the program with an environment of its own. Its log goes to a file
// of the world.
func start(binary, folder, name string, env []string, args ...string) (*Process, error) {
	path := filepath.Join(folder, name+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	localstack.EndWithParent(cmd.SysProcAttr)
	p := &Process{cmd: cmd, log: path, done: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// ended tells whether it has ended by itself, with the last line of its log.
func (p *Process) ended() error {
	select {
	case <-p.done:
		raw, _ := os.ReadFile(p.log) // without it there is nothing more to say
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		return fmt.Errorf("process ended (%v): %s", p.err, lines[len(lines)-1])
	default:
		return nil
	}
}

// listens gives the address at which it last said that it listens, or nothing.
func (p *Process) listens() (string, error) {
	raw, err := os.ReadFile(p.log)
	if err != nil {
		return "", err
	}
	address := ""
	for line := range strings.Lines(string(raw)) {
		var said struct{ Msg, Addr string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "api listens" {
			address = said.Addr
		}
	}
	return address, nil
}

// Kill ends a process as a power cut would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks a process to end, and insists after a while.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.err
	case <-time.After(40 * time.Second):
		p.Kill()
		return fmt.Errorf("a process did not end within 40 s of SIGTERM")
	}
}

// Peak is the largest resident size that the process had, in bytes.
func (p *Process) Peak() (int64, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if kib, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("read memory of process %d: it tells no VmHWM", p.PID())
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }
