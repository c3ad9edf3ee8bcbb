package queue

import (
	"context"
	"log/slog"
	"time"

	"forthwith/internal/logkey"
	"forthwith/internal/task"
)

// Outbox is where transactions leave their tasks.
type Outbox interface {
	// Drain hands over tasks, oldest first, and removes them when f succeeds. A
	// crash in between hands them over again.
	Drain(ctx context.Context, limit int, f func([]task.Task) error) (int, error)
}

// Feed carries tasks from the outbox to the queue until ctx ends. Any number
// of processes may do it at once. While Redis is away they wait in the outbox.
func (c *Client) Feed(ctx context.Context, box Outbox, every time.Duration, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		n, err := box.Drain(ctx, 100, func(tasks []task.Task) error {
			for _, t := range tasks {
				if err := c.Enqueue(ctx, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			log.Warn("tasks wait in the outbox", logkey.Error, err)
		}
		if n == 100 {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
