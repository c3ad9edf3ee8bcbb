package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// runF7: what a recipient is refused for decides, the enhanced code first.
func runF7(ctx context.Context, o options, seed uint64) (string, error) {
	kinds := []struct {
		says   relaytest.Action
		status string
	}{
		{relaytest.Action{Code: 550, Enhanced: "5.1.1"}, "rejected"},
		{relaytest.Action{Code: 550}, "rejected"},
		{relaytest.Action{Code: 551}, "rejected"},
		{relaytest.Action{Code: 553, Enhanced: "5.1.3"}, "rejected"},
		{relaytest.Action{Code: 552, Enhanced: "5.2.2"}, "rejected"},
		{relaytest.Action{Code: 450, Enhanced: "4.2.1"}, "accepted"}, // for now, and taken the second time
		{relaytest.Action{Code: 554, Enhanced: "5.7.1"}, "accepted"}, // the relay's fault, and taken through the other
	}
	const each = 10
	return scene{pair: true, before: func(_ context.Context, w *world) error {
		for i, k := range kinds {
			var seen atomic.Int64
			mine := func(relaytest.Transaction) bool { return seen.Add(1)%int64(4*len(kinds)) == int64(4*i) }
			w.Relay.On(relaytest.Rule{At: relaytest.Rcpt, Match: mine, Times: each, Do: k.says})
		}
		return nil
	}, after: func(ctx context.Context, w *world, _ verdict) error {
		want := 0
		for _, k := range kinds {
			if k.status == "rejected" {
				want += each
			}
		}
		n, err := w.count(ctx, "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'rejected'", w.campaign())
		if err == nil && n != want {
			var by string
			err = w.SQL.QueryRow(ctx, `SELECT string_agg(said, ', ') FROM (SELECT count(*) || ' ' || o.code || ' ' || coalesce(o.enhanced, '') AS said
				FROM delivery d JOIN outcome o USING (campaign_no, seq) WHERE d.status = 'rejected' GROUP BY o.code, o.enhanced) t`).Scan(&by)
			err = errors.Join(err, fmt.Errorf("%d are refused for good, %d should be: %s", n, want, by))
		}
		return err
	}}.play(ctx, o, seed)
}

// runF8: the first of two relays is suspended at 40 %: every login and every
// recipient is refused.
func runF8(ctx context.Context, o options, seed uint64) (string, error) {
	var before int
	return scene{workers: 4, pair: true, rate: float64(o.size) / 10, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size*2/5); err != nil {
			return "", err
		}
		w.Relay.On(relaytest.Rule{At: relaytest.Rcpt, Do: relaytest.Action{Code: 550, Enhanced: "5.7.1"}})
		begun := time.Now()
		before = len(w.Relay.Messages())
		err := stage.Until(ctx, time.Minute, "the second relay to carry on", func() (bool, error) { return len(w.Second.Messages()) > 0, nil })
		if err != nil {
			return "", err
		}
		moved := time.Since(begun)
		return fmt.Sprintf("moved_s=%.2f first=%d", moved.Seconds(), before), errors.Join(w.opened(ctx, 1), w.alerted(ctx, "relay_failed"))
	}, after: func(ctx context.Context, w *world, v verdict) error {
		n, err := w.count(ctx, "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status = 'rejected'", w.campaign())
		if err != nil || n > 0 || v.Indeterminate > 0 {
			return fmt.Errorf("%d are refused, %d unclear because a relay was suspended (%v)", n, v.Indeterminate, err)
		}
		if after := len(w.Relay.Messages()); after > before+4*connections {
			return fmt.Errorf("the suspended relay took %d more", after-before)
		}
		return nil
	}}.play(ctx, o, seed)
}

// runShut: a person quarantines the first of two relays in the middle.
func runShut(ctx context.Context, o options, seed uint64) (string, error) {
	var last time.Duration
	return scene{workers: 4, pair: true, rate: float64(o.size) / 10, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size*2/5); err != nil {
			return "", err
		}
		if err := w.Story.Quarantine(ctx, 0); err != nil {
			return "", err
		}
		events := w.Relay.Events()
		last = events[len(events)-1].At
		return "", nil
	}, after: func(_ context.Context, w *world, v verdict) error {
		for _, e := range w.Relay.Events() {
			if e.At > last+2*time.Second && e.Phase != relaytest.Closed {
				return fmt.Errorf("%s %v after the relay was shut", e.Phase, e.At-last)
			}
		}
		if most := 4 * connections; v.Indeterminate > most {
			return fmt.Errorf("%d are unclear, at most %d could be", v.Indeterminate, most)
		}
		return nil
	}}.play(ctx, o, seed)
}
