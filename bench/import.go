package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/postgres"
	"forthwith/internal/sample"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// importMemory is what an import may take, in MiB.
const importMemory = 256

// benchImport imports a generated list, from the stored upload to the commit,
// beside COPY of the same cells, and reads the most that its worker held.
func benchImport(ctx context.Context, s size) ([]result, error) {
	w, owner, end, err := withOwner(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	var ours, limit []float64
	for round := range min(s.rounds, 3) {
		file := sample.Make(s.rows, uint64(round+1)).Customers
		o, err := imported(ctx, w, file, round)
		if err != nil {
			return nil, err
		}
		l, err := copied(ctx, owner, file)
		if err != nil {
			return nil, err
		}
		fmt.Printf("round %d: import %.0f rows/s, COPY %.0f rows/s\n", round+1, o, l)
		ours, limit = append(ours, o), append(limit, l)
	}
	memory, err := peak(w)
	if err != nil {
		return nil, err
	}
	return []result{ratio("import", "rows/s", ours, limit), of("import_memory", "MiB", memory, importMemory)}, nil
}

// withOwner starts a stage with a worker, and connects as the role that owns its
// schema. end ends both.
func withOwner(ctx context.Context, s size) (w *stage.World, owner *pgx.Conn, end func(), err error) {
	if w, err = stage.New(ctx, stage.Options{Pace: 1, Binary: s.binary}, relaytest.Config{}); err != nil {
		return nil, nil, nil, err
	}
	var dsn string
	if err = w.StartWorker(); err == nil {
		dsn, err = w.DSN(postgres.OwnerRole)
	}
	if err == nil {
		owner, err = pgx.Connect(ctx, dsn)
	}
	if err != nil {
		w.Close()
		return nil, nil, nil, err
	}
	return w, owner, func() {
		_ = owner.Close(ctx) // its database goes with the stage
		w.Close()
	}, nil
}

// imported times one import as an onlooker sees it: from the moment that the
// stored upload can be seen to the moment that its rows can.
func imported(ctx context.Context, w *stage.World, file []byte, round int) (float64, error) {
	var last int64
	if err := w.SQL.QueryRow(ctx, "SELECT coalesce(max(list_no), 0) FROM list").Scan(&last); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- w.Story.Import(ctx, fmt.Sprintf("Import %d", round), file) }()
	var stored time.Time
	var rows, seconds float64
	err := stage.Until(ctx, 10*time.Minute, "the import", func() (bool, error) {
		var state string
		err := w.SQL.QueryRow(ctx, "SELECT state, rows FROM list WHERE list_no > $1", last).Scan(&state, &rows)
		if errors.Is(err, pgx.ErrNoRows) {
			return false, nil
		}
		if stored.IsZero() {
			stored = time.Now()
		}
		seconds = time.Since(stored).Seconds()
		return state == "imported", err
	})
	return rows / seconds, errors.Join(err, <-done)
}

// copied writes the same cells with binary COPY into one logged table with a
// serial key and one index.
func copied(ctx context.Context, c *pgx.Conn, file []byte) (float64, error) {
	if _, err := c.Exec(ctx, `DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy (no bigserial PRIMARY KEY, a text, b text, c text, d text, e text, f text, g text, h text);
		CREATE INDEX ON bench_copy (a)`); err != nil {
		return 0, err
	}
	r := csv.NewReader(strings.NewReader(string(file)))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	var rows [][]any
	for {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		row := make([]any, 8)
		for i := range row {
			row[i] = ""
			if i < len(cells) {
				row[i] = cells[i]
			}
		}
		rows = append(rows, row)
	}
	begun := time.Now()
	_, err := c.CopyFrom(ctx, pgx.Identifier{"bench_copy"}, []string{"a", "b", "c", "d", "e", "f", "g", "h"}, pgx.CopyFromRows(rows))
	return float64(len(rows)) / time.Since(begun).Seconds(), err
}
