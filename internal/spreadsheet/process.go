package spreadsheet

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// bounds are what a child may take. Time counts only while it is waited for: a
// slow sender and a slow database are none of its doing.
type bounds struct {
	silence time.Duration // without a sign of progress
	total   time.Duration
	memory  int64
	every   time.Duration // how often its memory is looked at
}

// process is a child with its pipes.
type process struct {
	bounds
	ctx    context.Context // ends it
	cmd    *exec.Cmd
	in     *os.File
	out    *os.File
	frames *bufio.Reader
	errs   *tail
	left   time.Duration
	buf    []byte
	fat    atomic.Bool
	end    func() // waits for it; once
	ended  chan struct{}
}

// start runs a child. Its environment is empty, and it gets our pipes only.
func start(ctx context.Context, b bounds, path string, args []string) (*process, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), in.Close())
	}
	p := &process{bounds: b, ctx: ctx, in: in, out: out, errs: &tail{}, left: b.total, ended: make(chan struct{})}
	p.frames = bufio.NewReaderSize(patient{p}, 64<<10)
	p.cmd = exec.CommandContext(ctx, path, args...)
	p.cmd.Args[0] = "forthwith"
	p.cmd.Env = []string{}
	p.cmd.Dir = "/"
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = childIn, childOut, p.errs
	p.cmd.WaitDelay = time.Second
	endWithUs(p.cmd)
	err = p.cmd.Start()
	err = errors.Join(err, childIn.Close(), childOut.Close())
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	p.end = sync.OnceFunc(func() {
		_ = p.in.Close()
		_ = p.cmd.Wait() // its status is looked at afterwards
		close(p.ended)
		_ = p.out.Close()
	})
	go p.watch()
	return p, nil
}

// watch kills a child that holds too much memory, whatever it told the kernel.
func (p *process) watch() {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-tick.C:
			if resident(p.cmd.Process.Pid) > p.memory {
				p.fat.Store(true)
				_ = p.cmd.Process.Kill()
			}
		}
	}
}

// kill ends the child now.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	p.end()
}

// wait gives how long the next step may take.
func (p *process) wait() time.Duration { return max(0, min(p.silence, p.left)) }

// patient reads what the child says, as long as there is patience.
type patient struct{ *process }

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	begun := time.Now()
	if err := p.out.SetReadDeadline(begun.Add(p.wait())); err != nil {
		return 0, err
	}
	n, err := p.out.Read(b)
	p.left -= time.Since(begun)
	return n, err
}

// say writes a frame.
func (p *process) say(k kind, payload []byte) error {
	begun := time.Now()
	if err := p.in.SetWriteDeadline(begun.Add(p.wait())); err != nil {
		return p.why(err)
	}
	w := bufio.NewWriterSize(p.in, len(payload)+16)
	err := writeFrame(w, k, payload)
	if err == nil {
		err = w.Flush()
	}
	p.left -= time.Since(begun)
	if err != nil {
		return p.why(err)
	}
	return nil
}

// hear reads the next frame that is more than a sign of life. What it gives is
// valid until the next call.
func (p *process) hear() (kind, []byte, error) {
	for {
		k, payload, err := readFrame(p.frames, p.buf)
		p.buf = payload
		switch {
		case err != nil:
			return 0, nil, p.why(err)
		case k == failedFrame:
			p.kill()
			return 0, nil, refusal(payload).fault()
		case k != aliveFrame:
			return k, payload, nil
		}
	}
}

// odd ends a child that does not keep to the format.
func (p *process) odd() error {
	p.kill()
	return broken.fault()
}

// why tells what became of a child whose pipe failed, and ends it.
func (p *process) why(err error) error {
	slow := errors.Is(err, os.ErrDeadlineExceeded)
	told := p.lastWord(slow)
	p.kill()
	switch {
	case p.ctx.Err() != nil:
		return p.ctx.Err()
	case slow || p.cmd.ProcessState.UserTime()+p.cmd.ProcessState.SystemTime() >= p.total:
		return tooSlow.fault()
	case p.fat.Load() || p.errs.says("out of memory", "cannot allocate memory", "pthread_create failed", "failed to create new OS thread"):
		return tooMuch.fault()
	}
	return told.fault()
}

// lastWord is the refusal of a child that ended while it was written to.
func (p *process) lastWord(slow bool) refusal {
	for !slow {
		k, payload, err := readFrame(p.frames, nil)
		if err != nil {
			break
		}
		if k == failedFrame {
			return refusal(payload)
		}
	}
	return broken
}

// tail keeps the beginning of what a child writes about its own end. It is
// looked at for a few words and never shown, for it may hold anything.
type tail struct {
	lock sync.Mutex
	text []byte
}

// Write implements io.Writer and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if room := 4<<10 - len(t.text); room > 0 {
		t.text = append(t.text, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// says tells whether any of some words stand there.
func (t *tail) says(words ...string) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(string(t.text), w) })
}

var _ io.Writer = (*tail)(nil)
