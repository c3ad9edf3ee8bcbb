package localstack

import "syscall"

// EndWithParent has the kernel interrupt the child when we die, however we die.
// Both servers take SIGINT as the order to shut down cleanly at once. The death
// is that of the thread that forked: lock the goroutine to it until the child
// has ended.
func EndWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
