package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"forthwith/internal/notice"
	"forthwith/internal/stage"
)

// Bounds of a preflight: seconds, and MiB of its worker.
const (
	preflightSeconds = 90
	preflightMemory  = 256
)

// benchPreflight has the plan for very many people made, from the request to
// where an onlooker sees that it is ready, beside rendering as many messages in
// memory. The worker does nothing else, so that its peak is that of the preflight.
func benchPreflight(ctx context.Context, s size) ([]result, error) {
	w, _, end, err := oneWorker(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := prepare(ctx, w, s.many, 0); err != nil {
		return nil, err
	}
	if err := dismiss(w); err != nil {
		return nil, err
	}
	watched, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if err := w.StartWorker("FORTHWITH_METRICS_ADDR=" + watched); err != nil {
		return nil, err
	}
	if s.profile != "" {
		go keepProfile(ctx, watched, s.profile, awake)
	}
	before := costs()
	people, seconds, err := preflight(ctx, w)
	if err != nil {
		return nil, err
	}
	fmt.Printf("microseconds of a processor for a person: %s\n", costs().since(before, people))
	memory, err := peak(w)
	if err != nil {
		return nil, err
	}
	alone, err := composeAlone(int(people))
	if err != nil {
		return nil, err
	}
	return []result{of("preflight", "s", seconds, preflightSeconds), ratio("preflight_composing", "s", []float64{seconds}, []float64{alone}),
		of("preflight_memory", "MiB", memory, preflightMemory)}, nil
}

// preflight gives how many people a plan is for and how long it took. It fails
// where nobody could see it advance.
func preflight(ctx context.Context, w *stage.World) (people int64, seconds float64, err error) {
	done := make(chan error, 1)
	begun := time.Now()
	go func() {
		var err error
		_, people, err = plan(ctx, w)
		done <- err
	}()
	seen := map[int64]bool{}
	err = stage.Until(ctx, 20*time.Minute, "the plan", func() (bool, error) {
		var state string
		var progress int64
		err := w.SQL.QueryRow(ctx, `SELECT coalesce(max(state), ''), coalesce(max((preflight->>'progress')::bigint), 0) FROM campaign`).Scan(&state, &progress)
		seen[progress], seconds = true, time.Since(begun).Seconds()
		return state == "ready" || state == "draft" && progress > 0, err
	})
	if err = errors.Join(err, <-done); err != nil {
		return 0, 0, err
	}
	fmt.Printf("preflight: %d people in %.1f s, %d different figures of progress\n", people, seconds, len(seen))
	if seconds > 5 && len(seen) < 5 {
		err = fmt.Errorf("a preflight of %.0f s showed %d figures of progress", seconds, len(seen))
	}
	return people, seconds, err
}

// composeAlone renders as many messages of the same text, one after the other,
// from values that are there.
func composeAlone(people int) (seconds float64, err error) {
	skeleton, err := notice.Source{Locale: message.Locale, Subject: message.Subject, Body: message.Body}.Compile()
	if err != nil {
		return 0, err
	}
	text, err := skeleton.Load()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	for i := range people {
		no := strconv.Itoa(i)
		v := notice.Values{"recipient.name": {"Reader " + no}, "merge.account": {"LC-" + no}, "notice.code": {"ABCD-EFGH-JKMN-PQRS"}, "org.name": {"Larkfield Cloud"}}
		if _, err := text.Render(v); err != nil {
			return 0, err
		}
	}
	return time.Since(begun).Seconds(), nil
}
