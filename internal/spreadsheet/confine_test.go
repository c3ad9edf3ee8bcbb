//go:build linux && (amd64 || arm64)

package spreadsheet

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"forthwith/internal/fault"
)

// A child tells what came of an attempt as the name of a sheet.
func attempt(t *testing.T, what string) (string, error) {
	t.Helper()
	b := New()
	b.args = append(b.args, what)
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
		"fork": "operation not permitted", "exec": "operation not permitted", "replace": "operation not permitted", "signal": "operation not permitted",
		"trace": "operation not permitted", "raise": "operation not permitted", "environment": "0 settings",
	} {
		if got, err := attempt(t, what); err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

func TestAChildThatTakesTooMuchIsEnded(t *testing.T) {
	for what, want := range map[string]string{"hang": "workbook_slow", "spin": "workbook_slow", "babble": "workbook_slow", "die": "workbook_broken", "nonsense": "workbook_broken"} {
		begun := time.Now()
		if got := refused(impatient(what), []byte("x")); got != want {
			t.Errorf("%s: %q", what, got)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %s", what, took)
		}
	}
}

// Either bound alone holds: what the kernel gives, and what the parent sees.
func TestMemoryIsBounded(t *testing.T) {
	if raced {
		t.Skip("the race detector takes many times the memory")
	}
	if got, err := attempt(t, "grow"); err == nil || !fault.Is(err, "workbook_memory") {
		t.Errorf("the kernel gave %q, %v", got, err)
	}
	b := New()
	b.memory, b.every, b.args = 1<<20, time.Millisecond, append(b.args, "hang")
	if got := refused(b, []byte("x")); got != "workbook_memory" {
		t.Errorf("the parent saw %q", got)
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
