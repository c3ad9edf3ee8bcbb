package queue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"forthwith/internal/logkey"
	"forthwith/internal/task"
)

// Handler runs one task. It may be called twice for one.
type Handler func(ctx context.Context, object int64) error

// Server takes tasks from the queue and runs their handlers.
type Server struct {
	asynq *asynq.Server
	mux   *asynq.ServeMux
}

// NewServer makes a server. concurrency bounds how many tasks run at once.
func NewServer(c redis.UniversalClient, handlers map[task.Name]Handler, concurrency int, log *slog.Logger) *Server {
	s := &Server{mux: asynq.NewServeMux()}
	for name, h := range handlers {
		s.mux.HandleFunc(string(name), func(ctx context.Context, t *asynq.Task) error {
			got, err := Decode(t)
			if err != nil {
				return err
			}
			return h(ctx, got.Object)
		})
	}
	s.asynq = asynq.NewServerFromRedisClient(c, asynq.Config{
		Concurrency:              concurrency,
		Queues:                   map[string]int{sendQueue: 6, workQueue: 3},
		ShutdownTimeout:          25 * time.Second,
		DelayedTaskCheckInterval: time.Second,
		TaskCheckInterval:        50 * time.Millisecond,
		RetryDelayFunc:           func(n int, _ error, _ *asynq.Task) time.Duration { return time.Duration(n+1) * 2 * time.Second },
		Logger:                   quiet{log},
		LogLevel:                 asynq.WarnLevel,
		ErrorHandler: asynq.ErrorHandlerFunc(func(_ context.Context, t *asynq.Task, err error) {
			log.Error("task failed", logkey.Task, t.Type(), logkey.Error, err)
		}),
	})
	return s
}

// Start begins to take tasks.
func (s *Server) Start() error {
	if err := s.asynq.Start(s.mux); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	return nil
}

// Stop takes no new tasks, waits for those that run, and ends.
func (s *Server) Stop() {
	s.asynq.Stop()
	s.asynq.Shutdown()
}

// quiet keeps asynq's own lines out of the log, but for their level: they hold
// what it got from Redis.
type quiet struct{ log *slog.Logger }

func (q quiet) Debug(...any) {}
func (q quiet) Info(...any)  {}
func (q quiet) Warn(...any)  { q.log.Warn("queue warns") }
func (q quiet) Error(...any) { q.log.Error("queue is in trouble") }
func (q quiet) Fatal(...any) { q.log.Error("queue gave up") }
