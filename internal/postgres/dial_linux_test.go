package postgres_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"forthwith/internal/postgres/pgtest"
)

// A machine that is gone without a word holds no connection for longer than half
// a minute, whether one waits for it or not.
func TestADeadDatabaseIsNoticed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	within, conn, err := pgtest.New(t).DialForTest(t.Context(), ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if within != 30*time.Second {
		t.Errorf("connecting may take %s", within)
	}
	socket, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(name int) (n int) {
		t.Helper()
		var failed error
		if err := socket.Control(func(fd uintptr) { n, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, name) }); err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		return n
	}
	if n := option(unix.TCP_USER_TIMEOUT); n != 30_000 {
		t.Errorf("what was sent may stay unacknowledged for %d ms", n)
	}
	if idle, every, times := option(unix.TCP_KEEPIDLE), option(unix.TCP_KEEPINTVL), option(unix.TCP_KEEPCNT); idle+every*times != 30 {
		t.Errorf("an idle connection is asked about after %d s, %d times, every %d s", idle, times, every)
	}
}
