package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/fault"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// keyring opens the wrapped keys that the database holds, and keeps the opened
// ones of this process's lifetime.
type keyring struct {
	db           *DB
	master       *vault.Master
	installation *vault.Installation

	mu        sync.Mutex
	incidents map[int64]*vault.Incident
}

// Begin opens the installation with the master key, making it on the very
// first start. Another master key than the first one's stops the start, and so
// does another origin. A second process that begins at the same moment reads
// what the first one made.
func (db *DB) Begin(ctx context.Context, m *vault.Master, origin, marker string) error {
	if err := db.makeInstallation(ctx, m, origin, marker); err != nil {
		return err
	}
	var haveOrigin string
	var check []byte
	err := db.pool.QueryRow(ctx, "SELECT origin, key_check FROM installation").Scan(&haveOrigin, &check)
	if err != nil {
		return fmt.Errorf("read installation: %w", err)
	}
	if err := m.Matches(check); err != nil {
		return fault.New(fault.Unavailable, "other_master_key", nil).Because(err)
	}
	if haveOrigin != origin {
		return fault.New(fault.Unavailable, "other_signing_key", fault.Values{"origin": haveOrigin})
	}
	return db.openKeys(ctx, m)
}

func (db *DB) openKeys(ctx context.Context, m *vault.Master) error {
	rows, err := db.pool.Query(ctx, "SELECT purpose, wrapped FROM installation_key")
	if err != nil {
		return fmt.Errorf("read installation keys: %w", err)
	}
	wrapped := map[vault.Purpose][]byte{}
	var purpose string
	var key []byte
	if _, err = pgx.ForEachRow(rows, []any{&purpose, &key}, func() error {
		wrapped[vault.Purpose(purpose)] = append([]byte(nil), key...)
		return nil
	}); err != nil {
		return fmt.Errorf("read installation keys: %w", err)
	}
	in, err := vault.OpenInstallation(m, wrapped)
	if err != nil {
		return err
	}
	db.keys = &keyring{db: db, master: m, installation: in, incidents: map[int64]*vault.Incident{}}
	return nil
}

func (db *DB) makeInstallation(ctx context.Context, m *vault.Master, origin, marker string) error {
	wrapped, err := vault.GenerateInstallation(m)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, db.pool, func(t pgx.Tx) error {
		made, err := t.Exec(ctx, `INSERT INTO installation (origin, marker, key_check) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			origin, marker, m.CheckValue())
		if err != nil {
			return fmt.Errorf("begin installation: %w", err)
		}
		if made.RowsAffected() == 0 {
			return nil
		}
		for purpose, key := range wrapped {
			if _, err := t.Exec(ctx, "INSERT INTO installation_key (purpose, wrapped) VALUES ($1, $2)", string(purpose), key); err != nil {
				return fmt.Errorf("keep %s key: %w", purpose, err)
			}
		}
		return nil
	})
}

// Marker says what sort of installation this is: production, sample or test.
func (db *DB) Marker(ctx context.Context) (string, error) {
	var marker string
	if err := db.pool.QueryRow(ctx, "SELECT marker FROM installation").Scan(&marker); err != nil {
		return "", fmt.Errorf("read installation: %w", err)
	}
	return marker, nil
}

// Installation gives the opened installation keys.
func (db *DB) Installation() *vault.Installation { return db.keys.installation }

// Incident gives the opened keys of an incident. After shredding there are
// none, and the fault says so.
func (db *DB) Incident(ctx context.Context, no int64) (*vault.Incident, error) {
	return db.keys.incident(ctx, no)
}

// incident is asked from inside and outside of transactions.
func (k *keyring) incident(ctx context.Context, no int64) (*vault.Incident, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if in, ok := k.incidents[no]; ok {
		return in, nil
	}
	var w vault.WrappedIncident
	err := k.db.own.QueryRow(ctx, `SELECT d.wrapped, p.wrapped FROM incident_key d JOIN incident_key p USING (incident_no)
		WHERE d.kind = 'data' AND p.kind = 'proof' AND incident_no = $1`, no).Scan(&w.Data, &w.Proof)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.New(fault.Conflict, "incident_shredded", nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read keys of incident %d: %w", no, err)
	}
	in, err := vault.OpenIncident(k.master, no, w)
	if err != nil {
		return nil, err
	}
	k.incidents[no] = in
	return in, nil
}

// make draws the keys of a new incident inside the transaction that makes it.
func (k *keyring) make(t *tx, no int64) error {
	w, err := vault.GenerateIncident(k.master, no)
	if err != nil {
		return err
	}
	if _, err := t.pg.Exec(t.ctx, "INSERT INTO incident_key (incident_no, kind, wrapped) VALUES ($1, 'data', $2), ($1, 'proof', $3)", no, w.Data, w.Proof); err != nil {
		return fmt.Errorf("keep keys of incident %d: %w", no, err)
	}
	in, err := vault.OpenIncident(k.master, no, w)
	if err != nil {
		return err
	}
	t.opened = append(t.opened, openedIncident{no, in})
	return nil
}

const detailsColumn = "ledger_entry.details"

func (k *keyring) sealDetails(t *tx, incident int64, r ledger.Record) ([]byte, error) {
	if incident == 0 {
		return k.installation.SealSetting(detailsColumn, 0, r.Details)
	}
	for _, o := range t.opened {
		if o.no == incident {
			return o.keys.SealText(detailsColumn, r.Details)
		}
	}
	in, err := k.incident(t.ctx, incident)
	if err != nil {
		return nil, err
	}
	return in.SealText(detailsColumn, r.Details)
}

func (k *keyring) openDetails(ctx context.Context, incident int64, sealed []byte) ([]byte, error) {
	if incident == 0 {
		return k.installation.OpenSetting(detailsColumn, 0, sealed)
	}
	in, err := k.incident(ctx, incident)
	if err != nil {
		return nil, err
	}
	return in.OpenText(detailsColumn, sealed)
}
