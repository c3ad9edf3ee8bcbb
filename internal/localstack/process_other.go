//go:build !linux

package localstack

import "syscall"

// EndWithParent has no counterpart here: a server whose owner was killed is
// found by its pid file at the next start.
func EndWithParent(*syscall.SysProcAttr) {}
