package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/postgres"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// runF4: Redis answers nobody for five minutes, then takes no more writes.
// Pages go on, and so does the send once it is back.
func runF4(ctx context.Context, o options, seed uint64) (string, error) {
	away := time.Duration(float64(5*time.Minute) / o.Pace)
	var slowest, resumed time.Duration
	return scene{workers: 2, rate: float64(o.size) / 8, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size/5); err != nil {
			return "", err
		}
		if err := w.Redis.Do(ctx, "CLIENT", "PAUSE", away.Milliseconds(), "ALL").Err(); err != nil {
			return "", err
		}
		if err := stage.Sleep(ctx, time.Second); err != nil { // what was under way
			return "", err
		}
		before := len(w.Messages())
		for end := time.Now().Add(away - 2*time.Second); time.Now().Before(end); {
			took, err := w.reads(ctx)
			if err != nil {
				return "", fmt.Errorf("while Redis is away: %w", err)
			}
			slowest = max(slowest, took)
			if err := stage.Sleep(ctx, 200*time.Millisecond); err != nil {
				return "", err
			}
		}
		if n := len(w.Messages()) - before; n > 0 {
			return "", fmt.Errorf("%d were sent at a rate that nobody could know", n)
		}
		if err := w.full(ctx); err != nil {
			return "", err
		}
		begun := time.Now()
		before = len(w.Messages())
		err := stage.Until(ctx, time.Minute, "sending again", func() (bool, error) { return len(w.Messages()) > before, nil })
		resumed = time.Since(begun)
		return fmt.Sprintf("slowest_read_s=%.2f resumed_s=%.2f", slowest.Seconds(), resumed.Seconds()), err
	}, after: func(ctx context.Context, w *world, v verdict) error {
		if slowest > 2*time.Second {
			return fmt.Errorf("a page took %s while Redis was away", slowest)
		}
		return noneUnclear(ctx, w, v)
	}}.play(ctx, o, seed)
}

// reads asks the API for a campaign and says how long that took.
func (w *world) reads(ctx context.Context) (time.Duration, error) {
	ops, err := w.Story.Client.As("ops", 0)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	_, err = w.Story.Client.Call(ctx, ops, http.MethodGet, "/campaigns/"+w.Made.ID, nil, &struct{}{})
	return time.Since(begun), err
}

// full has Redis refuse every write for a while.
func (w *world) full(ctx context.Context) error {
	if err := w.Redis.ConfigSet(ctx, "maxmemory", "1").Err(); err != nil {
		return err
	}
	_, err := w.reads(ctx)
	return errors.Join(err, stage.Sleep(ctx, 2*time.Second), w.Redis.ConfigSet(ctx, "maxmemory", "0").Err())
}

// runF26: every worker is cut from PostgreSQL while the relay still takes mail.
// Whatever leaves has its intent; what a worker knew when it came back is on
// record.
func runF26(ctx context.Context, o options, seed uint64) (string, error) {
	const workers = 2
	var during int
	cut := time.Duration(float64(2*time.Minute) / o.Pace) // four leases
	return scene{workers: workers, rate: float64(o.size) / 12, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size/4); err != nil {
			return "", err
		}
		super, err := pgx.Connect(ctx, w.Super)
		if err != nil {
			return "", err
		}
		defer super.Close(context.WithoutCancel(ctx))
		if _, err := super.Exec(ctx, "ALTER ROLE "+postgres.AppRole+" NOLOGIN"); err != nil {
			return "", err
		}
		_, err = w.count(ctx, `SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user) t`)
		before := w.Relay.Count(relaytest.Data)
		err = errors.Join(err, stage.Sleep(ctx, cut))
		during = w.Relay.Count(relaytest.Data) - before
		_, login := super.Exec(context.WithoutCancel(ctx), "ALTER ROLE "+postgres.AppRole+" LOGIN")
		return fmt.Sprintf("sent_while_cut=%d", during), errors.Join(err, login)
	}, after: func(_ context.Context, _ *world, v verdict) error {
		if most := workers * connections; during > most || v.Indeterminate > most {
			return fmt.Errorf("%d were sent while the record was away, %d are unclear, at most %d could be", during, v.Indeterminate, most)
		}
		return nil
	}}.play(ctx, o, seed)
}
