package main

import (
	"context"
	"fmt"
	"time"

	"forthwith/internal/stage"
)

// soon is how long a launch may take to its first acceptance, and a pause to
// its last announcement, in seconds.
const soon = 2

// benchSteering measures what an operator waits for: from the launch to the
// first message that the sink took, and from the answer to a pause to the last
// MAIL of four workers.
func benchSteering(ctx context.Context, s size) ([]result, error) {
	w, to, end, err := oneWorker(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	c, toSend, err := ready(ctx, w, s.many, 0)
	if err != nil {
		return nil, err
	}
	for range 3 {
		if err := w.StartWorker(); err != nil {
			return nil, err
		}
	}
	if err := w.Story.Approve(ctx, c); err != nil {
		return nil, err
	}
	first, err := firstAfter(ctx, to, func() error { return w.Story.Press(ctx, c, toSend) })
	if err != nil {
		return nil, err
	}
	last, err := lastAfter(ctx, to, func() error { return w.Story.Steer(ctx, c, "pause") })
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d people, 4 workers: first acceptance %.3f s after the launch was sent, last MAIL %.3f s after the pause was answered\n", toSend, first.Seconds(), last.Seconds())
	return []result{of("launch_latency", "seconds", first.Seconds(), soon), of("pause_latency", "seconds", max(0, last.Seconds()), soon)}, nil
}

// firstAfter is how long it takes from an act to the next message.
func firstAfter(ctx context.Context, to *sink, act func() error) (time.Duration, error) {
	before, err := to.messages()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := act(); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		now, err := to.messages()
		if err != nil || now > before {
			return time.Since(begun), err
		}
	}
	return 0, ctx.Err()
}

// lastAfter is how long MAIL went on after the answer to an act, once messages
// flow; it is over when none came for three seconds.
func lastAfter(ctx context.Context, to *sink, act func() error) (time.Duration, error) {
	before, err := to.messages()
	if err != nil {
		return 0, err
	}
	err = stage.Until(ctx, time.Minute, "messages to flow", func() (bool, error) {
		now, err := to.messages()
		return now > before+1000, err
	})
	if err != nil {
		return 0, err
	}
	if err := act(); err != nil {
		return 0, err
	}
	answered := time.Now()
	for ctx.Err() == nil {
		t, err := to.tally()
		if err != nil || time.Since(t.Announced) > 3*time.Second {
			return t.Announced.Sub(answered), err
		}
		if err := stage.Sleep(ctx, 50*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, ctx.Err()
}
