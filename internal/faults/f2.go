package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/postgres"
	"forthwith/internal/sample"
	"forthwith/internal/stage"
)

// owner connects as the role that owns the schema.
func (w *world) owner(ctx context.Context) (*pgx.Conn, error) {
	dsn, err := w.DSN(postgres.OwnerRole)
	if err != nil {
		return nil, err
	}
	return pgx.Connect(ctx, dsn)
}

// runF2: kill -9 the API around uploads and around the launch, and the worker
// around the commit of imports.
func runF2(ctx context.Context, o options, seed uint64) (string, error) {
	r := random(seed)
	whole, absent, launches := 0, 0, 0
	figures, err := scene{before: func(ctx context.Context, w *world) error {
		for i := range kills - 5 {
			file := sample.Make(300, seed+uint64(i)+1).Resets
			done := make(chan error, 1)
			go func() { done <- w.Story.Upload(ctx, fmt.Sprintf("Log %d", i), file, sample.ResetColumns) }()
			if err := stage.Sleep(ctx, time.Duration(r.IntN(160))*time.Millisecond); err != nil {
				return err
			}
			w.API.Kill()
			<-done
			if i%4 == 0 {
				w.Workers[0].Kill()
				w.Workers = w.Workers[1:]
				if err := w.StartWorker(); err != nil {
					return err
				}
			}
			if err := w.StartAPI(ctx); err != nil {
				return err
			}
		}
		return w.imports(ctx, &whole, &absent)
	}, during: func(ctx context.Context, w *world) (string, error) {
		n, err := w.pressed(ctx)
		launches = n
		return "", err
	}, after: noneUnclear}.play(ctx, o, seed)
	return fmt.Sprintf("uploads_whole=%d uploads_absent=%d launches=%d %s", whole, absent, launches, figures), err
}

// imports waits for what was uploaded wholly, and holds that every list is
// there with all of its rows or not at all.
func (w *world) imports(ctx context.Context, whole, absent *int) error {
	err := stage.Until(ctx, 2*time.Minute, "imports to end", func() (bool, error) {
		n, err := w.count(ctx, "SELECT count(*) FROM list WHERE state = 'importing'")
		return n == 0, err
	})
	if err != nil {
		return err
	}
	if *whole, err = w.count(ctx, "SELECT count(*) FROM list WHERE state = 'imported' AND name LIKE 'Log %'"); err != nil {
		return err
	}
	*absent = kills - 5 - *whole
	torn, err := w.count(ctx, `SELECT count(*) FROM list l WHERE state <> 'imported' OR rows <> (SELECT count(*) FROM list_row r WHERE r.list_no = l.list_no)
		+ (SELECT count(*) FROM list_reject j WHERE j.list_no = l.list_no)
		OR 1 <> (SELECT count(*) FROM ledger_entry e WHERE e.verb = 'list_imported' AND e.object = 'lst_' || l.list_no)`)
	if err == nil && torn > 0 {
		err = fmt.Errorf("%d lists are there in part", torn)
	}
	return err
}

// pressed kills the API around presses of launch, and holds that there is one
// launch with one entry.
func (w *world) pressed(ctx context.Context) (int, error) {
	for i := range 5 {
		go func() { _ = w.Story.Press(ctx, w.Made, w.ToSend) }()
		if err := stage.Sleep(ctx, time.Duration(5*i)*time.Millisecond); err != nil {
			return 0, err
		}
		w.API.Kill()
		if err := w.StartAPI(ctx); err != nil {
			return 0, err
		}
	}
	launches, err := w.count(ctx, "SELECT count(*) FROM launch")
	if err != nil {
		return 0, err
	}
	entries, err := w.count(ctx, "SELECT count(*) FROM ledger_entry WHERE verb = 'campaign_launched'")
	if err == nil && (launches != 1 || entries != 1) {
		err = fmt.Errorf("%d launches, %d entries", launches, entries)
	}
	return launches, err
}
