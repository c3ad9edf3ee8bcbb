package queue

import (
	"fmt"
	"strconv"

	"github.com/hibiken/asynq"

	"forthwith/internal/task"
)

func encode(object int64) []byte { return strconv.AppendInt(nil, object, 10) }

// Decode reads a task as it comes from the queue.
func Decode(t *asynq.Task) (task.Task, error) {
	object, err := strconv.ParseInt(string(t.Payload()), 10, 64)
	if err != nil {
		return task.Task{}, fmt.Errorf("decode %s: %w", t.Type(), asynq.SkipRetry)
	}
	return task.Task{Name: task.Name(t.Type()), Object: object}, nil
}
