package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// kills is how often F1, F2 end a process without warning.
const kills = 25

// connections is how many the sample's relay allows one process.
const connections = 16

// runF1: kill -9 a worker again and again.
func runF1(ctx context.Context, o options, seed uint64) (string, error) {
	r := random(seed)
	longest := time.Duration(0)
	rate := float64(o.size) / 20
	return scene{workers: 2, rate: rate, relay: relaytest.Config{}, during: func(ctx context.Context, w *world) (string, error) {
		for range kills {
			if err := stage.Sleep(ctx, time.Duration(200+r.IntN(600))*time.Millisecond); err != nil {
				return "", err
			}
			w.take(r.IntN(len(w.Workers))).Kill()
			before := len(w.Relay.Messages())
			if err := w.StartWorker(); err != nil {
				return "", err
			}
			begun := time.Now()
			err := stage.Until(ctx, time.Minute, "sending again", func() (bool, error) {
				left, err := w.count(ctx, "SELECT count(*) FROM batch WHERE campaign_no = $1 AND NOT done", w.campaign())
				return len(w.Relay.Messages()) > before || left == 0, err
			})
			if err != nil {
				return "", err
			}
			longest = max(longest, time.Since(begun))
		}
		return fmt.Sprintf("kills=%d longest_pause_s=%.2f", kills, longest.Seconds()), nil
	}, after: func(_ context.Context, _ *world, v verdict) error {
		if v.Indeterminate > kills*connections {
			return fmt.Errorf("%d are unclear, at most %d could be", v.Indeterminate, kills*connections)
		}
		return nil
	}}.play(ctx, o, seed)
}

// runF3: Redis forgets everything, three times.
func runF3(ctx context.Context, o options, seed uint64) (string, error) {
	return scene{workers: 2, rate: float64(o.size) / 12, during: func(ctx context.Context, w *world) (string, error) {
		for i := range 3 {
			if err := w.answered(ctx, (i+1)*o.size/5); err != nil {
				return "", err
			}
			if err := w.Redis.FlushAll(ctx).Err(); err != nil {
				return "", err
			}
		}
		return "flushes=3", nil
	}, after: noneUnclear}.play(ctx, o, seed)
}

func noneUnclear(_ context.Context, _ *world, v verdict) error {
	if v.Indeterminate > 0 {
		return fmt.Errorf("%d are unclear", v.Indeterminate)
	}
	return nil
}

// runF5: every backend of the program is terminated, again and again.
func runF5(ctx context.Context, o options, seed uint64) (string, error) {
	return scene{workers: 2, rate: float64(o.size) / 15, during: func(ctx context.Context, w *world) (string, error) {
		ended := 0
		for i := range 8 {
			if err := w.answered(ctx, (i+1)*o.size/12); err != nil {
				return "", err
			}
			n, err := w.count(ctx, `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user) t`)
			if err != nil {
				return "", err
			}
			ended += n
		}
		return fmt.Sprintf("backends_ended=%d", ended), nil
	}, after: noneUnclear}.play(ctx, o, seed)
}

// runF9: the connection is dropped after the final dot; both policies.
func runF9(ctx context.Context, o options, seed uint64) (string, error) {
	const dropped = 60
	held, err := scene{before: dropAfterDot(dropped), after: func(_ context.Context, _ *world, v verdict) error {
		if v.Indeterminate != dropped || v.Marked != 0 {
			return fmt.Errorf("%d are unclear, %d were dropped", v.Indeterminate, dropped)
		}
		return nil
	}}.play(ctx, o, seed)
	if err != nil {
		return "hold: " + held, err
	}
	again, err := scene{resend: true, before: dropAfterDot(dropped), after: func(_ context.Context, w *world, v verdict) error {
		if v.Indeterminate != 0 || v.Marked != dropped {
			return fmt.Errorf("%d second copies are marked, %d were dropped, %d are unclear", v.Marked, dropped, v.Indeterminate)
		}
		return sameBytes(w)
	}}.play(ctx, o, seed)
	return "hold: " + held + "; resend_once: " + again, err
}

func dropAfterDot(n int) func(context.Context, *world) error {
	return func(_ context.Context, w *world) error {
		// One in four: more in a row would be the relay's fault, and open its circuit.
		var seen atomic.Int64
		fourth := func(relaytest.Transaction) bool { return seen.Add(1)%4 == 0 }
		w.Relay.On(relaytest.Rule{At: relaytest.Dot, Match: fourth, Skip: 20, Times: n, Do: relaytest.Action{End: relaytest.CloseMute}})
		return nil
	}
}

// sameBytes: a second copy is the first one, byte for byte.
func sameBytes(w *world) error {
	first := map[string]string{}
	for _, m := range w.Messages() {
		id := m.Header("Message-Id")
		if before, ok := first[id]; ok && before != m.SHA256 {
			return errors.New("a second copy has other bytes")
		}
		first[id] = m.SHA256
	}
	return nil
}

// runF10: 250, then the connection is closed.
func runF10(ctx context.Context, o options, seed uint64) (string, error) {
	return scene{before: func(_ context.Context, w *world) error {
		w.Relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: relaytest.ThenClose}})
		return nil
	}, after: noneUnclear}.play(ctx, o, seed)
}

// runF15: the ledger cannot be written.
func runF15(ctx context.Context, o options, seed uint64) (string, error) {
	refused := 0
	figures, err := scene{before: func(ctx context.Context, w *world) error {
		owner, err := w.owner(ctx)
		if err != nil {
			return err
		}
		defer owner.Close(ctx)
		if _, err := owner.Exec(ctx, "ALTER TABLE ledger_entry ADD CONSTRAINT disk_full CHECK (false) NOT VALID"); err != nil {
			return err
		}
		if err := w.Story.Launch(ctx, w.Made, w.ToSend); err == nil {
			return errors.New("something was decided without an entry")
		}
		refused++
		n, err := w.count(ctx, "SELECT (SELECT count(*) FROM approval WHERE kind = 'plan') + (SELECT count(*) FROM launch)")
		if err != nil || n != 0 {
			return fmt.Errorf("%d decisions without an entry (%v)", n, err)
		}
		_, err = owner.Exec(ctx, "ALTER TABLE ledger_entry DROP CONSTRAINT disk_full")
		return err
	}, after: noneUnclear}.play(ctx, o, seed)
	return fmt.Sprintf("refused=%d %s", refused, figures), err
}

// runF17: a thousand wake-ups for one campaign, four workers.
func runF17(ctx context.Context, o options, seed uint64) (string, error) {
	return scene{workers: 4, during: func(ctx context.Context, w *world) (string, error) {
		for range 1000 {
			if _, err := w.SQL.Exec(ctx, "INSERT INTO outbox (task, object) VALUES ('campaign:send', $1)", w.campaign()); err != nil {
				return "", err
			}
		}
		return "wake_ups=1000", nil
	}, after: noneUnclear}.play(ctx, o, seed)
}

// runF18: launch is pressed fifty times at once.
func runF18(ctx context.Context, o options, seed uint64) (string, error) {
	var launched, refused atomic.Int64
	figures, err := scene{during: func(ctx context.Context, w *world) (string, error) {
		var all sync.WaitGroup
		for range 49 {
			all.Go(func() {
				var p *sample.Problem
				if err := w.Story.Press(ctx, w.Made, w.ToSend); err == nil {
					launched.Add(1)
				} else if errors.As(err, &p) && p.Status == 409 {
					refused.Add(1)
				}
			})
		}
		all.Wait()
		entries, err := w.count(ctx, "SELECT count(*) FROM ledger_entry WHERE verb = 'campaign_launched'")
		if err == nil && (entries != 1 || launched.Load() != 0 || refused.Load() != 49) {
			err = fmt.Errorf("%d entries, %d more launches, %d refusals", entries, launched.Load(), refused.Load())
		}
		return "", err
	}, after: noneUnclear}.play(ctx, o, seed)
	return fmt.Sprintf("refused=%d %s", refused.Load(), figures), err
}
