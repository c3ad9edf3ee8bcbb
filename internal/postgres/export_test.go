package postgres

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// RecordForTest writes one entry in a transaction of its own.
func (db *DB) RecordForTest(ctx context.Context) error {
	return db.do(ctx, func(t *tx) error {
		return t.Record(ledger.New(access.System, ledger.InstallationBegun, id.User(1)).With(map[string]int{"n": 1}))
	})
}
