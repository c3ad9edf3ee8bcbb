package spreadsheet

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// itself is this program, also when its file was replaced since.
func itself() (string, error) { return "/proc/self/exe", nil }

// endWithUs makes the kernel end the child when we end, and keeps a terminal's
// Ctrl-C from it: who is asked to end decides about their children.
func endWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// killedByOthers tells whether the kernel ended a process for want of memory,
// as far as that can be told.
func killedByOthers(p *os.ProcessState) bool {
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// resident is the memory that a process holds, in bytes; 0 where it has ended.
func resident(pid int) int64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(raw)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64) // 0 for what is no number
	return pages * int64(os.Getpagesize())
}
