package postgres

import (
	"context"
	"net"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// RecordForTest writes one entry in a transaction of its own.
func (db *DB) RecordForTest(ctx context.Context) error {
	return db.do(ctx, func(t *tx) error {
		return t.Record(ledger.New(access.System, ledger.InstallationBegun, id.User(1)).With(map[string]int{"n": 1}))
	})
}

// RecordingForTest runs f in a transaction that writes one entry of an incident,
// or of none.
func (db *DB) RecordingForTest(ctx context.Context, incident int64, f func(*pgx.Conn)) error {
	return db.do(ctx, func(t *tx) error {
		f(t.pg)
		return t.Record(ledger.New(access.System, ledger.InstallationBegun, id.User(1)).In(incident))
	})
}

// WithdrawnForTest are the queries that leave out whom no list has any more. $1 is
// the incident; the one by outcome asks for statuses besides.
func WithdrawnForTest() map[string]string {
	return map[string]string{"domains": domainsOf, "by place": peopleByPlace, "by outcome": peopleByOutcome, "newcomers": countNewcomers, "passed over": passedOver,
		"everybody": "SELECT count(*) FROM recipient p WHERE incident_no = $1 AND NOT " + isGone("p.recipient_no")}
}

// DialForTest dials an address as the pool does, and says how long that may take.
func (db *DB) DialForTest(ctx context.Context, address string) (time.Duration, net.Conn, error) {
	cfg := db.pool.Config().ConnConfig
	conn, err := cfg.DialFunc(ctx, "tcp", address)
	return cfg.ConnectTimeout, conn, err
}

// MostForTest is how many connections the pool has.
func (db *DB) MostForTest() int32 { return db.pool.Config().MaxConns }

// RecipientPageForTest gives the query behind a page of people.
func RecipientPageForTest(incident id.Incident, f cohort.Filter) (string, []any, error) {
	return recipientPage(incident, f).sql()
}

// LedgerPageForTest gives the query behind a page of the ledger.
func LedgerPageForTest(from int64, limit int, where ...filter.Equal) (string, []any, error) {
	return ledgerPage(from, limit, where).sql()
}

// The queries that a preflight and a review ask for a part of their people at a
// time.
var (
	SomeMembersForTest   = someMembers
	SomeShutForTest      = someShut
	RecallHoldingForTest = recallHolding
)
