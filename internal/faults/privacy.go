package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"forthwith/internal/sample"
)

// runPrivacy carries a send and looks for addresses and names of the people in
// it: in every table as the bytes that are stored, in Redis, and in the logs.
func runPrivacy(ctx context.Context, o options, seed uint64) (string, error) {
	o.size = min(o.size, 1000)
	markers := personal(sample.Make(o.size, seed))
	looked := 0
	figures, err := scene{after: func(ctx context.Context, w *world, _ verdict) error {
		for _, look := range []func(context.Context, *world) ([]piece, error){tables, redisKeys, logs} {
			pieces, err := look(ctx, w)
			if err != nil {
				return err
			}
			for _, p := range pieces {
				looked += len(p.raw)
				if err := p.clean(markers); err != nil {
					return err
				}
			}
		}
		return nil
	}}.play(ctx, o, seed)
	return fmt.Sprintf("markers=%d bytes_searched=%d %s", len(markers), looked, figures), err
}

// personal are addresses and whole names of the list.
func personal(l sample.Lists) [][]byte {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(l.Customers, []byte("\ufeff"))))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	var out [][]byte
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		for i, cell := range cells {
			if i < 2 && len(cell) > 8 && !strings.HasPrefix(cell, "E-Mail") {
				out = append(out, []byte(cell))
			}
		}
	}
}

// piece is something that was stored or written.
type piece struct {
	where string
	raw   []byte
}

// clean fails where a marker stands, naming the place and not the person.
func (p piece) clean(markers [][]byte) error {
	for _, m := range markers {
		if bytes.Contains(p.raw, m) {
			return fmt.Errorf("personal data stands in %s", p.where)
		}
	}
	return nil
}

// tables reads every table in binary form, in which a value is its own bytes.
func tables(ctx context.Context, w *world) ([]piece, error) {
	conn, err := w.owner(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	var out []piece
	for _, name := range names {
		var b bytes.Buffer
		if _, err := conn.PgConn().CopyTo(ctx, &b, "COPY "+pgx.Identifier{name}.Sanitize()+" TO STDOUT (FORMAT binary)"); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out = append(out, piece{"table " + name, b.Bytes()})
	}
	return out, nil
}

func redisKeys(ctx context.Context, w *world) ([]piece, error) {
	client := w.Redis.(*redis.Client)
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		return nil, err
	}
	var out []piece
	for _, k := range keys {
		value, err := client.Dump(ctx, k).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		out = append(out, piece{"Redis", []byte(k + value)})
	}
	return out, nil
}

func logs(_ context.Context, w *world) ([]piece, error) {
	files, err := filepath.Glob(filepath.Join(w.Folder, "*.log"))
	if err != nil {
		return nil, err
	}
	var out []piece
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, piece{"log " + filepath.Base(f), raw})
	}
	return out, nil
}
