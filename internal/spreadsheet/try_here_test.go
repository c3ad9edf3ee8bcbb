//go:build linux && (amd64 || arm64)

package spreadsheet

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// try is a child that does something it may not do. It writes what came of it
// as the name of a sheet, so that the parent sees it.
func try(what string) int {
	if err := confine(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var err error
	switch what {
	case "hang":
		for {
			time.Sleep(time.Second)
		}
	case "spin":
		for n := 0; ; n++ {
		}
	case "babble":
		for {
			_, _ = os.Stdout.Write([]byte{byte(aliveFrame), 0})
		}
	case "grow":
		err = grow()
	case "die":
		return 7
	case "nonsense":
		_, _ = os.Stdout.WriteString("R\xff\xff\xff\xff\xff\xff\x7f")
		return 0
	case "socket":
		_, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	case "unix":
		_, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	case "dial":
		_, err = net.Dial("tcp", "127.0.0.1:25")
	case "read":
		_, err = os.ReadFile("/etc/hostname")
	case "write":
		err = os.WriteFile("/tmp/forthwith-child", []byte("x"), 0o600)
	case "fork":
		_, err = syscall.ForkExec("/bin/true", []string{"true"}, &syscall.ProcAttr{})
	case "exec":
		err = exec.Command("/bin/true").Run()
	case "replace":
		err = syscall.Exec("/bin/true", []string{"true"}, nil)
	case "signal":
		err = syscall.Kill(os.Getppid(), 0)
	case "trace":
		err = syscall.PtraceAttach(os.Getppid())
	case "raise":
		err = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40})
	case "descriptors":
		_, err = syscall.Write(left, []byte("x"))
		if err == syscall.EBADF {
			err = nil
		} else {
			err = fmt.Errorf("descriptor %d: %v", left, err)
		}
	case "environment":
		err = fmt.Errorf("%d settings", len(os.Environ()))
	}
	return say(err)
}

func say(err error) int {
	text := "done"
	if err != nil {
		text = err.Error()
	}
	payload := appendBytes([]byte{0}, []byte(text))
	_, _ = os.Stdout.Write(append([]byte{byte(sheetsFrame), byte(len(payload))}, payload...))
	time.Sleep(time.Minute) // the parent ends it
	return 0
}

func grow() error {
	var all [][]byte
	for range 1000 {
		piece := make([]byte, 1<<20)
		for i := range piece {
			piece[i] = 1
		}
		all = append(all, piece)
	}
	return fmt.Errorf("%d MiB", len(all))
}

// left is a descriptor that the parent leaves open by mistake.
const left = 77

func leave(t *testing.T, f *os.File) {
	t.Helper()
	if err := syscall.Dup3(int(f.Fd()), left, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(left) })
}
