package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/relay"
)

// RelayStore implements relay.Store, and opens what a connection needs.
type RelayStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s RelayStore) Do(ctx context.Context, f func(relay.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(relayTx{t}) })
}

type relayRow struct {
	RelayNo          int64
	Name             string
	Revision         int
	State            string
	HasPassword      bool
	Rotate           bool
	ShutOnTLSFailure bool `gorm:"column:shut_on_tls_failure"`
	Password         []byte
	AcceptedAt       *time.Time
	FailedAt         *time.Time
	Host             string
	Port             int
	TLS              string `gorm:"column:tls"`
	Auth             string
	Username         []byte
	MaxRatePerSecond float64
	MaxConnections   int
	WarmUp           []byte
}

const (
	relayColumns = `SELECT r.relay_no, r.name, v.revision, r.state, r.password IS NOT NULL AS has_password, r.rotate, r.shut_on_tls_failure, r.accepted_at, r.failed_at,
		v.host, v.port, v.tls, v.auth, v.username, v.max_rate_per_second, v.max_connections, v.warm_up `
	newestRelay = relayColumns + "FROM relay r JOIN relay_revision v USING (relay_no, revision) "

	// The columns that hold sealed values, each with the relay's number.
	usernameColumn = "relay_revision.username"
	passwordColumn = "relay.password"
)

func (db *DB) readRelay(row relayRow) (relay.Relay, error) {
	r := relay.Relay{ID: id.Relay(row.RelayNo), Name: row.Name, Revision: row.Revision, State: relay.State(row.State), HasPassword: row.HasPassword, Rotate: row.Rotate, ShutOnTLSFailure: row.ShutOnTLSFailure,
		AcceptedAt: utc(row.AcceptedAt), FailedAt: utc(row.FailedAt), Settings: relay.Settings{Host: row.Host, Port: row.Port, TLS: relay.TLS(row.TLS),
			Auth: relay.Auth(row.Auth), MaxRatePerSecond: row.MaxRatePerSecond, MaxConnections: row.MaxConnections}}
	username, err := db.openRelay(usernameColumn, row.RelayNo, row.Username)
	r.Username = username
	return r, errors.Join(err, readJSON(row.WarmUp, &r.WarmUp))
}

// openRelay opens a sealed value; none is the empty text.
func (db *DB) openRelay(column string, no int64, sealed []byte) (string, error) {
	if sealed == nil {
		return "", nil
	}
	plain, err := db.keys.installation.OpenSetting(column, no, sealed)
	if err != nil {
		return "", fmt.Errorf("open %s of %s: %w", column, id.Relay(no), err)
	}
	return string(plain), nil
}

// sealRelay seals a value; the empty text stays NULL.
func (db *DB) sealRelay(column string, no int64, plain string) (sealed []byte, err error) {
	if plain != "" {
		sealed, err = db.keys.installation.SealSetting(column, no, []byte(plain))
	}
	return sealed, err
}

func (db *DB) oneRelay(g *gorm.DB, query string, args ...any) (relay.Relay, error) {
	return oneOf(g, query, args, "relay", relay.ErrNotFound, db.readRelay)
}

// Relay reads one.
func (s RelayStore) Relay(ctx context.Context, no id.Relay) (relay.Relay, error) {
	return s.oneRelay(s.gorm.WithContext(ctx), newestRelay+"WHERE r.relay_no = ?", int64(no))
}

// Relays reads a page in order of ids.
func (s RelayStore) Relays(ctx context.Context, after id.Relay, limit int, where ...filter.Equal) ([]relay.Relay, error) {
	return pageOf(ctx, s.gorm, page{newestRelay + "WHERE r.relay_no > $1", []any{int64(after)},
		conditions{"state": "r.state = ANY(?)"}, where, "r.relay_no", limit}, s.readRelay)
}

// Address opens what a connection needs for one revision. The password is the
// present one: it belongs to no revision.
func (s RelayStore) Address(ctx context.Context, no id.Relay, revision int) (relay.Address, error) {
	var rows []relayRow
	err := s.gorm.WithContext(ctx).Raw(relayColumns+", r.password FROM relay r JOIN relay_revision v USING (relay_no) WHERE r.relay_no = ? AND v.revision = ?",
		int64(no), revision).Scan(&rows).Error
	if err != nil {
		return relay.Address{}, fmt.Errorf("read address of %s: %w", no, away(err))
	}
	if len(rows) == 0 {
		return relay.Address{}, relay.ErrNotFound
	}
	r, err := s.readRelay(rows[0])
	if err != nil {
		return relay.Address{}, err
	}
	password, err := s.openRelay(passwordColumn, int64(no), rows[0].Password)
	return relay.Address{Settings: r.Settings, Password: password}, err
}

type relayTx struct{ *tx }

// Insert writes a relay with its first revision.
func (t relayTx) Insert(r relay.Relay, password *string, by id.User) (id.Relay, error) {
	var no int64
	err := t.gorm.Raw("INSERT INTO relay (name, revision, state) VALUES (?, ?, ?) RETURNING relay_no", r.Name, r.Revision, string(r.State)).Scan(&no).Error
	if violates(err, "relay_name_once") {
		return 0, fault.New(fault.Conflict, "relay_name_taken", nil)
	}
	if err != nil {
		return 0, fmt.Errorf("insert relay: %w", err)
	}
	r.ID = id.Relay(no)
	return r.ID, t.Save(r, password, by)
}

// Lock reads a relay for a change.
func (t relayTx) Lock(no id.Relay) (relay.Relay, error) {
	return t.db.oneRelay(t.gorm, newestRelay+"WHERE r.relay_no = ? FOR UPDATE OF r", int64(no))
}

// Save writes a relay, and its settings where the revision is new.
func (t relayTx) Save(r relay.Relay, password *string, by id.User) error {
	err := t.gorm.Exec("UPDATE relay SET name = ?, revision = ?, shut_on_tls_failure = ? WHERE relay_no = ?", r.Name, r.Revision, r.ShutOnTLSFailure, int64(r.ID)).Error
	if violates(err, "relay_name_once") {
		return fault.New(fault.Conflict, "relay_name_taken", nil)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", r.ID, err)
	}
	if err := t.savePassword(r.ID, password); err != nil {
		return err
	}
	username, err := t.db.sealRelay(usernameColumn, int64(r.ID), r.Username)
	if err != nil {
		return err
	}
	err = t.gorm.Exec(`INSERT INTO relay_revision (relay_no, revision, host, port, tls, auth, username, max_rate_per_second, max_connections, warm_up, made_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (relay_no, revision) DO NOTHING`,
		int64(r.ID), r.Revision, r.Host, r.Port, string(r.TLS), string(r.Auth), username, r.MaxRatePerSecond, r.MaxConnections, orNoJSON(r.WarmUp, r.WarmUp == nil), int64(by)).Error
	if err != nil {
		return fmt.Errorf("insert revision of %s: %w", r.ID, err)
	}
	return nil
}

func (t relayTx) savePassword(no id.Relay, password *string) error {
	if password == nil {
		return nil
	}
	sealed, err := t.db.sealRelay(passwordColumn, int64(no), *password)
	if err != nil {
		return err
	}
	if err := t.gorm.Exec("UPDATE relay SET password = ?, rotate = false WHERE relay_no = ?", sealed, int64(no)).Error; err != nil {
		return fmt.Errorf("save password of %s: %w", no, err)
	}
	return nil
}
