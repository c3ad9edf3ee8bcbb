package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// What a large import may take, and how soon a cancel must be over.
const (
	mostMemory = 256 << 20
	mostCancel = 5 * time.Second
)

// runF28: a large list with a cell of 10 MB in which each tenth row is the one
// before it again, and another one that is cancelled half-way.
func runF28(ctx context.Context, o options, _ uint64) (string, error) {
	rows := 1_000_000
	if o.short {
		rows = 60_000
	}
	w, err := open(ctx, o, relaytest.Config{})
	if err != nil {
		return "", err
	}
	defer w.Close()
	if err := w.StartWorker(); err != nil {
		return "", err
	}
	l := &largeList{world: w, rows: rows}
	figures, err := l.imported(ctx)
	if err != nil {
		return figures, err
	}
	cancelled, err := l.cancelled(ctx)
	if err != nil {
		return figures, err
	}
	api, worker, err := l.memory()
	figures += fmt.Sprintf(" cancel_s=%.2f api_mib=%d worker_mib=%d", cancelled.Seconds(), api>>20, worker>>20)
	if err == nil && max(api, worker) > mostMemory {
		err = fmt.Errorf("more than %d MiB", mostMemory>>20)
	}
	return figures, err
}

// largeList imports made-up people.
type largeList struct {
	*world
	rows int
}

// file makes the list. Its first column tells runs apart: the same bytes are
// imported once.
func (l *largeList) file(run string) []byte {
	var b bytes.Buffer
	b.WriteString("email,name,run,plan\n")
	for i := range l.rows {
		who := i - i%10/9
		fmt.Fprintf(&b, "person%d@d%d.example.com,Person %d,%s,pro\n", who, who%997, who, run)
		if i == 40 {
			b.WriteString("long@example.com," + strings.Repeat("long ", 2<<20) + "," + run + ",pro\n")
		}
	}
	return b.Bytes()
}

var largeColumns = map[string]string{"email": "email", "name": "name", "run": "ignore", "plan": "attribute:plan"}

// imported waits for an import, and holds its counts and how its progress moved.
func (l *largeList) imported(ctx context.Context) (string, error) {
	if err := l.Story.Begin(ctx, "Large"); err != nil {
		return "", err
	}
	begun := time.Now()
	no, err := l.upload(ctx, "first")
	if err != nil {
		return "", err
	}
	seen := map[int]bool{}
	err = stage.Until(ctx, 5*time.Minute, "the import", func() (bool, error) {
		n, err := l.count(ctx, "SELECT progress_bytes FROM list WHERE list_no = $1", no)
		if err != nil {
			return false, err
		}
		seen[n] = true
		done, err := l.count(ctx, "SELECT count(*) FROM list WHERE list_no = $1 AND state = 'imported'", no)
		return done == 1, err
	})
	figures := fmt.Sprintf("rows=%d progress_steps=%d import_s=%.1f", l.rows+1, len(seen), time.Since(begun).Seconds())
	if err != nil {
		return figures, err
	}
	right, err := l.count(ctx, "SELECT count(*) FROM list WHERE list_no = $1 AND rows = $2 + 1 AND rejected = 1 AND repeats = $2 / 10 AND new_recipients = $2 - $2 / 10", no, l.rows)
	if err == nil && right != 1 {
		err = fmt.Errorf("the counts of the list are not those of its file")
	}
	if least := 2 + l.rows/200_000; err == nil && len(seen) < least {
		err = fmt.Errorf("its progress moved %d times", len(seen)-1)
	}
	return figures, err
}

// upload sends a list through the API.
func (l *largeList) upload(ctx context.Context, run string) (int64, error) {
	if err := l.Story.Upload(ctx, run, l.file(run), largeColumns); err != nil {
		return 0, err
	}
	no, err := l.count(ctx, "SELECT max(list_no) FROM list")
	return int64(no), err
}

// cancelled gives up an import that is under way, and tells how long it took
// until nothing of it was left and nobody worked on it.
func (l *largeList) cancelled(ctx context.Context) (time.Duration, error) {
	before, err := l.count(ctx, "SELECT count(*) FROM recipient")
	if err != nil {
		return 0, err
	}
	no, err := l.upload(ctx, "second")
	if err != nil {
		return 0, err
	}
	err = stage.Until(ctx, time.Minute, "the second import to move", func() (bool, error) {
		n, err := l.count(ctx, "SELECT count(*) FROM list WHERE list_no = $1 AND progress_bytes > 0", no)
		return n == 1, err
	})
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := l.asOps(ctx, http.MethodPost, fmt.Sprintf("/lists/lst_%d/cancel", no)); err != nil {
		return 0, err
	}
	err = stage.Until(ctx, mostCancel, "nobody to work on it", func() (bool, error) {
		n, err := l.count(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY list_row%' AND state = 'active'")
		return n == 0, err
	})
	took := time.Since(begun)
	if err != nil {
		return took, err
	}
	left, err := l.count(ctx, "SELECT (SELECT count(*) FROM recipient) - $2 + (SELECT count(*) FROM list_row WHERE list_no = $1) + (SELECT count(*) FROM list WHERE list_no = $1 AND state <> 'cancelled')", no, before)
	if err == nil && left != 0 {
		err = fmt.Errorf("%d rows of a cancelled import are left", left)
	}
	return took, err
}

func (l *largeList) asOps(ctx context.Context, method, path string) error {
	ops, err := l.Story.Client.As("ops", 0)
	if err == nil {
		_, err = l.Story.Client.Call(ctx, ops, method, path, nil, nil)
	}
	return err
}

// memory reads the most that the API and the worker ever held.
func (l *largeList) memory() (api, worker int64, err error) {
	if api, err = l.API.Peak(); err != nil {
		return 0, 0, err
	}
	worker, err = l.Workers[0].Peak()
	return api, worker, err
}
