package queue

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"forthwith/internal/fault"
	"forthwith/internal/task"
)

// Redis is a connection that the queue and the rate limits share.
type Redis = redis.UniversalClient

// Connect opens a client for redis://, rediss://, unix://, redis-sentinel://
// (with ?master=) and redis-cluster:// addresses. It does not wait for the
// server: a process starts with Redis down.
func Connect(address string) (Redis, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "redis_address", nil)
	}
	off := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	hosts := strings.Split(u.Host, ",")
	password, _ := u.User.Password()
	switch u.Scheme {
	case "redis", "rediss", "unix":
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, fault.New(fault.Invalid, "redis_address", nil)
		}
		o.MaintNotificationsConfig = off
		return redis.NewClient(o), nil
	case "redis-sentinel", "rediss-sentinel":
		return redis.NewFailoverClient(&redis.FailoverOptions{MasterName: u.Query().Get("master"), SentinelAddrs: hosts,
			Username: u.User.Username(), Password: password, TLSConfig: secure(u.Scheme)}), nil
	case "redis-cluster", "rediss-cluster":
		return redis.NewClusterClient(&redis.ClusterOptions{Addrs: hosts, Username: u.User.Username(), Password: password,
			TLSConfig: secure(u.Scheme), MaintNotificationsConfig: off}), nil
	}
	return nil, fault.New(fault.Invalid, "redis_address", nil)
}

// secure is TLS 1.2 or newer for a rediss address.
func secure(scheme string) *tls.Config {
	if !strings.HasPrefix(scheme, "rediss") {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

// Keeps refuses a Redis that may evict. standIn says that the address is the
// in-process stand-in, which cannot be asked.
func Keeps(ctx context.Context, c redis.UniversalClient, standIn bool) error {
	if standIn {
		return nil
	}
	got, err := c.ConfigGet(ctx, "maxmemory-policy").Result()
	if err != nil {
		return fault.New(fault.Unavailable, "redis_down", nil).Because(err)
	}
	if policy := got["maxmemory-policy"]; policy != "" && policy != "noeviction" {
		return fault.New(fault.Unavailable, "redis_evicts", fault.Values{"policy": policy})
	}
	return nil
}

// Queues by weight: sending goes before long work.
const (
	sendQueue = "send"
	workQueue = "work"
)

// Client enqueues tasks.
type Client struct{ asynq *asynq.Client }

// NewClient makes a client over a connection that the caller owns.
func NewClient(c redis.UniversalClient) *Client {
	return &Client{asynq: asynq.NewClientFromRedisClient(c)}
}

// longestRun bounds one run of a task; a send that takes longer is woken again.
const longestRun = 12 * time.Hour

// Enqueue asks for one run of a task.
func (c *Client) Enqueue(ctx context.Context, t task.Task) error {
	name := workQueue
	if t.Name == task.Send {
		name = sendQueue
	}
	_, err := c.asynq.EnqueueContext(ctx, asynq.NewTask(string(t.Name), encode(t.Object)), asynq.Queue(name), asynq.MaxRetry(3), asynq.Timeout(longestRun))
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", t.Name, err)
	}
	return nil
}
