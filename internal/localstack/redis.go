package localstack

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// startRedis starts the private Redis and waits until it has read its file and
// answers. It appends to that file each second and refuses rather than evicts.
func startRedis(ctx context.Context, path string, at place) (*server, error) {
	srv, err := launch("redis", at, path,
		"--port", "0", "--unixsocket", at.redisSocket(), "--unixsocketperm", "700",
		"--dir", at.redis(), "--pidfile", at.redisPID(), "--daemonize", "no", "--logfile", "",
		"--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction")
	if err != nil {
		return nil, err
	}
	srv.signals = []os.Signal{syscall.SIGTERM}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = until(ctx, srv, func(ctx context.Context) error { return ping(ctx, at.redisSocket()) })
	if err != nil {
		return nil, fmt.Errorf("%w (stop: %w)", err, srv.stop())
	}
	return srv, nil
}

// ping speaks the two lines of protocol that a start needs.
func ping(ctx context.Context, socket string) error {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("dial redis: %w", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return fmt.Errorf("ask redis: %w", err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return fmt.Errorf("hear redis: %w", err)
	}
	if !strings.HasPrefix(answer, "+PONG") {
		return fmt.Errorf("redis is not ready: %s", strings.TrimSpace(answer))
	}
	return nil
}
