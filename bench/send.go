package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// benchSend alternates the three sides over one sink.
func benchSend(ctx context.Context, s size) ([]result, error) {
	w, to, end, err := overSink(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	watched, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if err := w.StartWorker("FORTHWITH_METRICS_ADDR=" + watched); err != nil {
		return nil, err
	}
	var ours, loop, raw []float64
	for round := range s.rounds {
		if s.profile != "" && round == s.rounds-1 {
			go keepProfile(ctx, watched, s.profile, openMessages)
		}
		o, err := product(ctx, w, to, s.people, round)
		if err != nil {
			return nil, err
		}
		l, err := goMailLoop(to.address, s.people, nil)
		if err != nil {
			return nil, err
		}
		r, err := netSMTP(to.address, s.people)
		if err != nil {
			return nil, err
		}
		fmt.Printf("round %d: ours %.0f/s, go-mail loop %.0f/s, net/smtp prebuilt %.0f/s\n", round+1, o, l, r)
		ours, loop, raw = append(ours, o), append(loop, l), append(raw, r)
	}
	if honest := median(loop) / median(raw); honest < 0.4 {
		return nil, fmt.Errorf("the go-mail loop does %.2f of net/smtp: this machine's limits are not honest among themselves", honest)
	}
	return []result{ratio("send", "per second", ours, loop), ratio("send_raw", "per second", ours, raw)}, nil
}

// overSink makes a world without a worker whose only relay is a sink.
func overSink(ctx context.Context, s size, how ...string) (w *stage.World, to *sink, end func(), err error) {
	if to, err = startSink(how...); err != nil {
		return nil, nil, nil, err
	}
	if w, err = stage.New(ctx, stage.Options{Pace: 1, Binary: s.binary, RelayAt: to.address}, relaytest.Config{}); err != nil {
		to.stop()
		return nil, nil, nil, err
	}
	w.Story.Speed = sample.Speed{PerSecond: 100_000, Connections: connections}
	w.Story.Texts = []sample.Text{message}
	return w, to, func() { w.Close(); to.stop() }, nil
}

// oneWorker is a world over a sink with one worker.
func oneWorker(ctx context.Context, s size) (w *stage.World, to *sink, end func(), err error) {
	if w, to, end, err = overSink(ctx, s); err != nil {
		return nil, nil, nil, err
	}
	if err = w.StartWorker(); err != nil {
		end()
	}
	return w, to, end, err
}

// product sends one campaign and gives messages a second, from the answer to
// launch to the last committed outcome, on the database's clock.
func product(ctx context.Context, w *stage.World, to *sink, people, round int) (float64, error) {
	c, toSend, err := ready(ctx, w, people, round)
	if err != nil {
		return 0, err
	}
	before := costs()
	if err := sendAll(ctx, w, to, c, toSend); err != nil {
		return 0, err
	}
	fmt.Printf("microseconds of a processor for a message: %s\n", costs().since(before, toSend))
	var seconds float64
	err = w.SQL.QueryRow(ctx, `SELECT extract(epoch FROM (SELECT max(at) FROM outcome WHERE campaign_no = $1::bigint) - (SELECT max(at) FROM launch WHERE campaign_no = $1::bigint))::float8`, number(c)).Scan(&seconds)
	return float64(toSend) / seconds, err
}

// ready carries a campaign of so many people to its plan.
func ready(ctx context.Context, w *stage.World, people, round int) (sample.Campaign, int64, error) {
	if err := prepare(ctx, w, people, round); err != nil {
		return sample.Campaign{}, 0, err
	}
	return plan(ctx, w)
}

// prepare imports so many people and freezes their cohorts.
func prepare(ctx context.Context, w *stage.World, people, round int) error {
	return w.Story.Prepare(ctx, fmt.Sprintf("Bench %d", round), sample.Make(people, uint64(round+1)))
}

// plan has the cohort checked.
func plan(ctx context.Context, w *stage.World) (sample.Campaign, int64, error) {
	return w.Story.Ready(ctx, sample.Exposed, 100_000)
}

// sendAll launches and waits for the end; the sink must have every message.
func sendAll(ctx context.Context, w *stage.World, to *sink, c sample.Campaign, toSend int64) error {
	before, err := to.messages()
	if err != nil {
		return err
	}
	if err := w.Story.Launch(ctx, c, toSend); err != nil {
		return err
	}
	if err := complete(ctx, w, number(c)); err != nil {
		return err
	}
	after, err := to.messages()
	if err == nil && after-before != toSend {
		err = fmt.Errorf("the sink counted %d messages of %d", after-before, toSend)
	}
	return err
}

// number is how the database names a campaign.
func number(c sample.Campaign) string { return strings.TrimPrefix(c.ID, "cmp_") }

// complete waits for the end with a question that costs nothing.
func complete(ctx context.Context, w *stage.World, number string) error {
	return stage.Until(ctx, 10*time.Minute, "the campaign to be complete", func() (bool, error) {
		var done bool
		err := w.SQL.QueryRow(ctx, "SELECT state = 'complete' FROM campaign WHERE campaign_no = $1::bigint", number).Scan(&done)
		return done, err
	})
}
