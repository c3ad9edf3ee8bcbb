package postgres

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUp bounds how long what was sent may stay unacknowledged (RFC 5482):
// keepalives ask only where nothing is under way.
func giveUp(network, _ string, socket syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	if err := socket.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
	}); err != nil {
		return err
	}
	return failed
}
