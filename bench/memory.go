package main

import (
	"context"
	"fmt"

	"forthwith/internal/stage"
)

// mostSending is what a worker that sends may hold at most, in MiB.
const mostSending = 96

// benchMemory holds the peak of a worker that only sends against its bound, and
// against that of one that sends to a tenth of the people: a ratio of one means
// flat.
func benchMemory(ctx context.Context, s size) ([]result, error) {
	w, to, end, err := overSink(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	var peaks [2]float64
	for i, people := range []int{s.many / 10, s.many} {
		if peaks[i], err = sendOnly(ctx, w, to, people, i); err != nil {
			return nil, err
		}
		fmt.Printf("%d people: a worker that only sends held at most %.1f MiB\n", people, peaks[i])
	}
	return []result{of("send_memory", "MiB", peaks[1], mostSending), of("send_memory_growth", "MiB", peaks[1], peaks[0])}, nil
}

// sendOnly has one worker import, freeze and check, and another one send; it
// gives the peak of the latter, in MiB.
func sendOnly(ctx context.Context, w *stage.World, to *sink, people, round int) (float64, error) {
	if err := w.StartWorker(); err != nil {
		return 0, err
	}
	c, toSend, err := ready(ctx, w, people, round)
	if err != nil {
		return 0, err
	}
	if err := dismiss(w); err != nil {
		return 0, err
	}
	if err := w.StartWorker(); err != nil {
		return 0, err
	}
	if err := sendAll(ctx, w, to, c, toSend); err != nil {
		return 0, err
	}
	memory, err := peak(w)
	if err != nil {
		return 0, err
	}
	return memory, dismiss(w)
}

// dismiss ends the only worker.
func dismiss(w *stage.World) error {
	last := w.Workers[0]
	w.Workers = nil
	return last.Stop()
}

// peak is the most MiB that the first worker held.
func peak(w *stage.World) (float64, error) {
	bytes, err := w.Workers[0].Peak()
	return float64(bytes) / (1 << 20), err
}
