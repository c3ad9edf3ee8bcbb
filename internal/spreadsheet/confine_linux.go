//go:build linux && (amd64 || arm64)

package spreadsheet

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	cpuSeconds = 120
	threads    = 10 // more than the runtime needs for two processors
	// softMemory makes the collector work for its bound; hardMemory is what the
	// kernel gives beyond what a process has when it begins, some 20 MiB. Between
	// the two is room for what the collector has not got round to.
	softMemory = 168 << 20
	hardMemory = 208 << 20
)

// confine gives up, for good and for every thread, what reading a workbook does
// not need: files, sockets, other processes and programs, and memory and time
// beyond a bound. It fails when any of it cannot be given up.
func confine() error {
	runtime.GOMAXPROCS(2)
	beginThreads()
	debug.SetMemoryLimit(softMemory)
	time.NewTimer(time.Hour).Stop() // the runtime opens what it waits with now: later it cannot
	if err := closeInherited(); err != nil {
		return err
	}
	if err := limit(); err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	return filter()
}

// beginThreads makes the runtime begin its threads now. Where the C library
// begins them, each counts for as much as its stack could grow.
func beginThreads() {
	var begun, ended sync.WaitGroup
	release := make(chan struct{})
	begun.Add(threads)
	for range threads {
		ended.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			begun.Done()
			<-release
		})
	}
	begun.Wait()
	close(release)
	ended.Wait()
}

// closeInherited closes what the parent may have left open, but for the three
// pipes and what the runtime waits with.
func closeInherited() error {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		no, err := strconv.Atoi(e.Name())
		to, linkErr := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || linkErr != nil || no <= 2 || strings.HasPrefix(to, "anon_inode:") {
			continue // linkErr: the folder that was just read
		}
		_ = unix.Close(no) // it may be gone already
	}
	return nil
}

// limit bounds what the kernel gives. Memory is bounded by RLIMIT_DATA, which
// counts what can be written: the address space of a Go program is mostly
// reserved and empty. RLIMIT_NPROC would count the threads of all processes of a
// user; the filter lets no process begin instead.
func limit() error {
	held, err := dataBytes()
	if err != nil {
		return err
	}
	if raced {
		held += 16 * hardMemory
	}
	for what, most := range map[int]uint64{
		unix.RLIMIT_CPU: cpuSeconds, unix.RLIMIT_FSIZE: 0, unix.RLIMIT_NOFILE: 0, unix.RLIMIT_CORE: 0, unix.RLIMIT_DATA: held + hardMemory,
	} {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

// dataBytes is what counts for RLIMIT_DATA so far.
func dataBytes() (uint64, error) {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, after, _ := bytes.Cut(raw, []byte("VmData:"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no VmData")
	}
	kib, err := strconv.ParseUint(string(fields[0]), 10, 64)
	return kib << 10, err
}

// filter lets through the system calls that the Go runtime lives on, and refuses
// all others, in every thread (seccomp(2)).
func filter() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	code := program()
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	no, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	switch {
	case errno != 0:
		return errno
	case no != 0:
		return fmt.Errorf("thread %d cannot be confined", no)
	}
	return nil
}
