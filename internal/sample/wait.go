package sample

import (
	"context"
	"time"
)

// Until asks again until done holds, or either of them fails.
func Until[T any](ctx context.Context, get func() (T, error), done func(T) (bool, error)) (T, error) {
	for {
		v, err := get()
		if err != nil {
			return v, err
		}
		if ok, err := done(v); ok || err != nil {
			return v, err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return v, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
