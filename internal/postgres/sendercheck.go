package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// checkColumns are those of the newest look-up of a sender, beside it; all are
// null where none was made.
const (
	checkColumns = `k.revision, k.items, k.checked_by, k.checked_at,
		EXISTS (SELECT 1 FROM dkim_key d WHERE d.sender_no = s.sender_no AND greatest(d.made_at, d.used_at, d.retired_at) > k.checked_at)
		OR EXISTS (SELECT 1 FROM relay_revision r WHERE r.at > k.checked_at)`
	newestCheck = " LEFT JOIN LATERAL (SELECT revision, items, checked_by, checked_at FROM sender_check c WHERE c.sender_no = s.sender_no ORDER BY check_no DESC LIMIT 1) k ON true "
)

// checkRow is where these columns are read to.
type checkRow struct {
	revision *int
	items    []byte
	by       *int64
	at       *time.Time

	overtaken bool
}

func (r *checkRow) targets() []any {
	return []any{&r.revision, &r.items, &r.by, &r.at, &r.overtaken}
}

// into gives a sender its newest look-up, if one was made.
func (r *checkRow) into(s *sender.Sender) error {
	if r.revision == nil {
		return nil
	}
	s.Checked = &sender.Check{Sender: s.ID, Revision: *r.revision, At: r.at.UTC(), Overtaken: r.overtaken}
	if r.by != nil {
		s.Checked.By = id.User(*r.by)
	}
	return readJSON(r.items, &s.Checked.Items)
}

// InsertCheck writes a look-up, with the time of its transaction.
func (t senderTx) InsertCheck(c sender.Check) (sender.Check, error) {
	items, err := json.Marshal(c.Items)
	if err != nil {
		return c, fmt.Errorf("write look-up of %s: %w", c.Sender, err)
	}
	c.At = t.at
	_, err = t.pg.Exec(t.ctx, "INSERT INTO sender_check (sender_no, revision, items, checked_by, checked_at) VALUES ($1, $2, $3, nullif($4, 0), $5)",
		int64(c.Sender), c.Revision, items, int64(c.By), c.At)
	if err != nil {
		return c, fmt.Errorf("insert look-up of %s: %w", c.Sender, err)
	}
	return c, nil
}

// Hosts lists relays with where they stand, in order of their ids.
func (s SenderStore) Hosts(ctx context.Context, limit int) ([]sender.RelayHost, error) {
	rows, err := s.pool.Query(ctx, "SELECT relay_no, name, host FROM relay JOIN relay_revision r USING (relay_no, revision) ORDER BY relay_no LIMIT $1", limit)
	if err != nil {
		return nil, fmt.Errorf("read hosts of relays: %w", away(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r sender.RelayHost, err error) {
		return r, row.Scan((*int64)(&r.ID), &r.Name, &r.Host)
	})
}
