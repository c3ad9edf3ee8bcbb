package queue

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/task"
)

// serve starts a Redis of this form on a free port, and waits until it answers.
func serve(t *testing.T, arguments ...string) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	cmd := exec.Command("redis-server", append(arguments, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "")...)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v: make test installs it", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
	defer client.Close()
	eventually(t, "redis answers", func(ctx context.Context) error { return client.Ping(ctx).Err() })
	return port
}

// eventually tries until it works.
func eventually(t *testing.T, what string, try func(ctx context.Context) error) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// sentinel watches over a Redis, and gives the address that names it by the
// sentinel alone.
func sentinel(t *testing.T) string {
	t.Helper()
	master := serve(t)
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "sentinel monitor watched 127.0.0.1 %d 1\n", master), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("redis-sentinel://127.0.0.1:%d/?master=watched", serve(t, file, "--sentinel"))
}

// cluster is one node that has every slot.
func cluster(t *testing.T) string {
	t.Helper()
	port := serve(t, "--cluster-enabled", "yes")
	node := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", port)})
	defer node.Close()
	if err := node.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the cluster is whole", func(ctx context.Context) error {
		return node.Set(ctx, "whole", 1, 0).Err()
	})
	return fmt.Sprintf("redis-cluster://127.0.0.1:%d", port)
}

// Tasks go through a Redis that is named by its sentinels, and through a
// cluster.
func TestTasksGoThroughEveryFormOfRedis(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{"sentinel": sentinel, "cluster": cluster} {
		t.Run(name, func(t *testing.T) {
			c, err := Connect(address(t))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			eventually(t, "the client answers", func(ctx context.Context) error { return c.Ping(ctx).Err() })
			if err := Keeps(t.Context(), c, false); err != nil {
				t.Error(err)
			}
			got := make(chan int64, 1)
			handlers := map[task.Name]Handler{task.Send: func(_ context.Context, object int64) error {
				got <- object
				return nil
			}}
			s := NewServer(c, handlers, 2, slog.New(slog.DiscardHandler))
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			if err := NewClient(c).Enqueue(t.Context(), task.Task{Name: task.Send, Object: 7}); err != nil {
				t.Fatal(err)
			}
			select {
			case no := <-got:
				if no != 7 {
					t.Errorf("got %d", no)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("the task never arrived")
			}
		})
	}
}
