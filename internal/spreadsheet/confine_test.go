//go:build linux && (amd64 || arm64)

package spreadsheet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"forthwith/internal/fault"
)

// A child tells what came of an attempt as the name of a sheet.
func attempt(t *testing.T, what string) (string, error) {
	t.Helper()
	b := New()
	b.args, b.memory = append(b.args, what), 1<<40 // the parent looks away
	book, err := b.Open(t.Context(), strings.NewReader("x"))
	if err != nil {
		return "", err
	}
	defer book.Close()
	return book.Sheets()[0].Name, nil
}

func TestAChildCanDoNothingButCompute(t *testing.T) {
	t.Setenv("FORTHWITH_MASTER_KEY", "secret")
	for what, want := range map[string]string{
		"socket": "operation not permitted", "unix": "operation not permitted", "dial": "operation not permitted", "read": "operation not permitted", "write": "operation not permitted",
		"fork": "operation not permitted", "process": "operation not permitted", "exec": "operation not permitted", "replace": "operation not permitted", "signal": "operation not permitted",
		"trace": "operation not permitted", "raise": "operation not permitted", "environment": "0 settings",
	} {
		if got, err := attempt(t, what); err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

func TestAChildHasTheBoundsThatAreSaid(t *testing.T) {
	most := int64(256 << 20)
	if raced {
		most *= 16
	}
	if b := New(); b.silence != 10*time.Second || b.total != 2*time.Minute || int64(b.memory) != most {
		t.Errorf("%s without a word, %s in all, %d bytes", b.silence, b.total, b.memory)
	}
}

func TestAChildThatTakesTooMuchIsEnded(t *testing.T) {
	for _, what := range []string{"hang", "spin", "babble"} {
		begun := time.Now()
		if got := refused(impatient(what), []byte("x")); got != "workbook_slow" {
			t.Errorf("%s: %q", what, got)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %s", what, took)
		}
	}
}

func TestAChildThatDoesNotKeepToTheFormatIsBroken(t *testing.T) {
	for _, what := range []string{"die", "nonsense"} {
		b := New()
		b.args = append(b.args, what)
		if got := refused(b, []byte("x")); got != "workbook_broken" {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// A slow sender is not the child's doing, and one that breaks off ends it.
func TestTheSenderDecidesHowLongItTakes(t *testing.T) {
	broke := errors.New("the wire broke")
	if _, err := impatient().Open(t.Context(), iotest.ErrReader(broke)); !errors.Is(err, broke) {
		t.Errorf("got %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	b := impatient("hang")
	b.silence, b.total = time.Minute, time.Minute
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := b.Open(ctx, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func TestFewWorkbooksAreOpenAtOnce(t *testing.T) {
	b := New()
	b.patience = time.Millisecond
	raw := madeOf("", nil)
	for range atOnce {
		opened(t, b, raw)
	}
	if got := refused(b, raw); got != "workbooks_busy" {
		t.Errorf("one more: %q", got)
	}
	<-b.turns // as if one was closed
	if got := refused(b, raw); got != "" {
		t.Errorf("after one was closed: %q", got)
	}
	b.turns <- struct{}{}
}

// What a child was given must be gone with it.
func TestNoChildOutlivesItsBook(t *testing.T) {
	book := opened(t, New(), madeOf("", nil)).(*Book)
	pid := book.cmd.Process.Pid
	if resident(pid) == 0 {
		t.Fatal("it does not run")
	}
	_ = book.Close()
	if resident(pid) != 0 {
		t.Error("it still runs")
	}
}

// Whatever ends the parent, even kill -9, ends its child.
func TestAChildDiesWithItsParent(t *testing.T) {
	path, _ := itself()
	cmd := exec.Command(path, Command, "parent")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	var pid int
	if err == nil {
		_, err = fmt.Fscan(out, &pid)
	}
	if err != nil || resident(pid) == 0 {
		t.Fatalf("child %d: %v", pid, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for end := time.Now().Add(10 * time.Second); resident(pid) > 0; {
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("it lives on")
		}
	}
}

// A child that nobody talks to any more ends by itself; who asks it to end is
// not obeyed.
func TestAChildEndsWithItsPipes(t *testing.T) {
	book := opened(t, New(), madeOf(`<row><c><v>1</v></c></row>`, nil)).(*Book)
	_ = book.cmd.Process.Signal(syscall.SIGTERM)
	if got := told(t, book, 0); len(got) != 1 {
		t.Errorf("after SIGTERM: %q", got)
	}
	_ = book.in.Close()
	if err := book.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Who else kills a child is the kernel, for want of memory.
func TestAChildThatTheKernelEndedTookTooMuch(t *testing.T) {
	book := opened(t, New(), madeOf("", nil)).(*Book)
	_ = book.cmd.Process.Signal(syscall.SIGKILL)
	rows := book.Rows(0, 0)
	if rows.Scan() || !fault.Is(rows.Err(), "workbook_memory") {
		t.Errorf("got %v", rows.Err())
	}
}

func TestADescriptorThatWasLeftOpenIsClosed(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	leave(t, w)
	if got, err := attempt(t, "descriptors"); err != nil || got != "done" {
		t.Errorf("%q, %v", got, err)
	}
}
