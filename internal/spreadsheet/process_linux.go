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

// endWithUs makes the kernel end the child when we end.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

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
