package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// boundDomain is the domain that F23 bounds beside the relay: a ninth of the
// people are there.
const boundDomain = "example.net"

// runF23: four workers share one rate, and a lower one to one domain, while one
// of them is killed and Redis forgets everything. The relay counts.
func runF23(ctx context.Context, o options, seed uint64) (string, error) {
	const workers = 4
	rate := math.Ceil(float64(o.size) / 30) // slow enough for a claim to leave something to everybody
	slow := math.Ceil(rate / 12)
	var spread string
	figures, err := scene{workers: workers, rate: rate, domains: map[string]float64{boundDomain: slow}, during: func(ctx context.Context, w *world) (string, error) {
		for i := range 3 {
			if err := w.answered(ctx, (i+1)*o.size/5); err != nil {
				return "", err
			}
			if i == 1 {
				w.take(0).Kill()
				if err := w.StartWorker(); err != nil {
					return "", err
				}
			}
			if err := w.Redis.FlushAll(ctx).Err(); err != nil {
				return "", err
			}
		}
		return "", nil
	}, after: func(ctx context.Context, w *world, v verdict) error {
		for _, window := range []time.Duration{time.Second, time.Minute} {
			if got, most := busiest(w.Relay.Events(), window), 1.05*rate*window.Seconds()+1; float64(got) > most {
				return fmt.Errorf("%d MAIL in %s, at most %.0f are allowed", got, window, most)
			}
			if got, most := busiest(to(w.Relay.Events(), boundDomain), window), 1.05*slow*window.Seconds()+1; float64(got) > most {
				return fmt.Errorf("%d messages to one domain in %s, at most %.0f are allowed", got, window, most)
			}
		}
		var least, all int
		err := w.SQL.QueryRow(ctx, "SELECT min(n), count(*) FROM (SELECT count(*) AS n FROM intent WHERE campaign_no = $1 GROUP BY worker_no) t", w.campaign()).Scan(&least, &all)
		if err == nil && all < workers-1 {
			err = fmt.Errorf("%d workers of %d sent anything", all, workers)
		}
		spread = fmt.Sprintf("busiest_second=%d of %.0f to_one_domain=%d of %.0f least_of_a_worker=%d", busiest(w.Relay.Events(), time.Second), rate,
			busiest(to(w.Relay.Events(), boundDomain), time.Second), slow, least)
		return err
	}}.play(ctx, o, seed)
	return figures + " " + spread, err
}

// take takes a worker out of those that are ended with the world.
func (w *world) take(i int) *stage.Process {
	w.Mu.Lock()
	defer w.Mu.Unlock()
	p := w.Workers[i]
	w.Workers = slices.Delete(w.Workers, i, i+1)
	return p
}

// to picks the MAIL of messages whose recipient is at a domain.
func to(events []relaytest.Event, domain string) []relaytest.Event {
	mail := map[int]relaytest.Event{}
	var out []relaytest.Event
	for _, e := range events {
		switch {
		case e.Phase == relaytest.Mail:
			mail[e.Conn] = e
		case e.Phase == relaytest.Rcpt && strings.HasSuffix(e.Arg, "@"+domain):
			out = append(out, mail[e.Conn])
		}
	}
	slices.SortFunc(out, func(a, b relaytest.Event) int { return cmp.Compare(a.At, b.At) })
	return out
}

// busiest is the largest number of MAIL in any window of this length.
func busiest(events []relaytest.Event, window time.Duration) int {
	var times []time.Duration
	for _, e := range events {
		if e.Phase == relaytest.Mail {
			times = append(times, e.At)
		}
	}
	most, from := 0, 0
	for to := range times {
		for times[to]-times[from] >= window {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// until waits until a count has come to something.
func (w *world) until(ctx context.Context, what, query string, least int) error {
	return stage.Until(ctx, 10*time.Minute, what, func() (bool, error) {
		n, err := w.count(ctx, query, w.campaign())
		return n >= least, err
	})
}
