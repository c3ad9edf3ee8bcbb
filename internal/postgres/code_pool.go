package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/codes"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// CodeStore implements codes.Store.
type CodeStore struct{ *DB }

// Do runs f in one transaction, and lets the database look at what it wrote.
func (s CodeStore) Do(ctx context.Context, f func(codes.Tx) error) error {
	var incident id.Incident
	err := s.do(ctx, func(t *tx) error { return f(codeTx{t, &incident}) })
	if err != nil || incident == 0 {
		return err
	}
	if _, err := s.pool.Exec(ctx, "SELECT analyze_codes($1)", int64(incident)); err != nil {
		return fmt.Errorf("analyze codes of %s: %w", incident, away(err))
	}
	return nil
}

type codeTx struct {
	*tx
	filled *id.Incident // whose pool grew
}

// poolColumns count what files brought and what is handed out by the rows
// themselves: nothing else could ever differ from them.
const poolColumns = `SELECT p.pool_no, p.incident_no, p.name, p.created_by, p.created_at,
	(SELECT count(*) FROM pool_code c WHERE c.incident_no = p.incident_no AND c.pool_no = p.pool_no),
	(SELECT count(*) FROM pool_grant g WHERE g.incident_no = p.incident_no AND g.pool_no = p.pool_no) FROM code_pool p `

func scanPool(row pgx.CollectableRow) (codes.Pool, error) {
	var p codes.Pool
	err := row.Scan((*int64)(&p.ID), (*int64)(&p.Incident), &p.Name, (*int64)(&p.CreatedBy), &p.CreatedAt, &p.Total, &p.Used)
	p.CreatedAt = p.CreatedAt.UTC()
	return p, err
}

// Pool reads one.
func (s CodeStore) Pool(ctx context.Context, no id.Pool) (codes.Pool, error) {
	return onePool(ctx, s.pool, no)
}

func onePool(ctx context.Context, q reader, no id.Pool) (codes.Pool, error) {
	p, err := oneFrom(ctx, q, poolColumns+"WHERE p.pool_no = $1", []any{int64(no)}, no, codes.ErrNoPool, scanPool)
	if err != nil {
		return p, err
	}
	all := []codes.Pool{p}
	err = addFiles(ctx, q, all)
	return all[0], err
}

// Pools reads a page in order of ids.
func (s CodeStore) Pools(ctx context.Context, incident id.Incident, after id.Pool, limit int, where ...filter.Equal) ([]codes.Pool, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	all, err := pageFrom(ctx, s.pool, page{poolColumns + "WHERE p.incident_no = $1 AND p.pool_no > $2", []any{int64(incident), int64(after)}, nil, where, "p.pool_no", limit}, scanPool)
	if err != nil {
		return nil, err
	}
	return all, addFiles(ctx, s.pool, all)
}

// addFiles reads the files of pools.
func addFiles(ctx context.Context, q reader, all []codes.Pool) error {
	at := make(map[int64]*codes.Pool, len(all))
	numbers := make([]int64, len(all))
	for i := range all {
		numbers[i] = int64(all[i].ID)
		at[numbers[i]] = &all[i]
	}
	rows, err := q.Query(ctx, "SELECT pool_no, sha256, codes, uploaded_by, uploaded_at FROM pool_file WHERE pool_no = ANY($1) ORDER BY pool_no, from_code", numbers)
	if err != nil {
		return fmt.Errorf("read files of pools: %w", away(err))
	}
	var no int64
	var f codes.File
	var sum []byte
	_, err = pgx.ForEachRow(rows, []any{&no, &sum, &f.Codes, (*int64)(&f.UploadedBy), &f.UploadedAt}, func() error {
		f.SHA256, f.UploadedAt = canon.FromBytes(sum), f.UploadedAt.UTC()
		at[no].Files = append(at[no].Files, f)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read files of pools: %w", away(err))
	}
	return nil
}

// Insert makes a pool in an incident that is open.
func (t codeTx) Insert(p codes.Pool) (codes.Pool, error) {
	if err := t.lockOpen(p.Incident); err != nil {
		return p, err
	}
	p.CreatedAt = t.at
	err := t.pg.QueryRow(t.ctx, "INSERT INTO code_pool (incident_no, name, created_by, created_at) VALUES ($1, $2, $3, $4) RETURNING pool_no",
		int64(p.Incident), p.Name, int64(p.CreatedBy), p.CreatedAt).Scan((*int64)(&p.ID))
	if violates(err, "pool_name_once") {
		return p, fault.Wrong("name", "pool_name_taken", fault.Values{})
	}
	if err != nil {
		return p, fmt.Errorf("insert pool of codes: %w", err)
	}
	return p, nil
}

// Lock keeps a pool of an open incident from other files and preflights. It waits
// for these before it holds the incident, where exclusions would wait with it.
func (t codeTx) Lock(no id.Pool) (codes.Pool, error) {
	var incident int64
	err := t.pg.QueryRow(t.ctx, "SELECT incident_no FROM code_pool WHERE pool_no = $1", int64(no)).Scan(&incident)
	if isMissing(err) {
		return codes.Pool{}, codes.ErrNoPool
	}
	if err == nil {
		err = t.lockPools([]int64{int64(no)})
	}
	if err == nil {
		err = t.lockOpen(id.Incident(incident))
	}
	if err != nil {
		return codes.Pool{}, err
	}
	return onePool(t.ctx, t.pg, no)
}

// lockPools keeps pools to this transaction, in the order of their numbers.
func (t *tx) lockPools(numbers []int64) error {
	_, err := t.pg.Exec(t.ctx, "SELECT 1 FROM code_pool WHERE pool_no = ANY($1) ORDER BY pool_no FOR NO KEY UPDATE", numbers)
	if err != nil {
		return fmt.Errorf("lock pools of codes: %w", err)
	}
	return nil
}

// poolCode names the column under which codes are sealed.
const poolCode = "pool_code.code"

// codesAtOnce is how many codes are sealed and written in one go.
const codesAtOnce = 10_000

// Add puts the codes of a file behind those that are there. See codes.Tx.
func (t codeTx) Add(p codes.Pool, f codes.File, all []codes.Code, entry ledger.EntryID) error {
	_, err := t.pg.Exec(t.ctx, "INSERT INTO pool_file (pool_no, from_code, codes, sha256, uploaded_by, uploaded_at, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		int64(p.ID), p.Total+1, f.Codes, f.SHA256[:], int64(f.UploadedBy), t.at, entry)
	if err != nil {
		return fmt.Errorf("insert file of %s: %w", p.ID, err)
	}
	known, err := t.known(p)
	if err != nil {
		return fmt.Errorf("read what %s holds: %w", p.ID, err)
	}
	for from := 0; from < len(all); from += codesAtOnce {
		if err := t.addSome(p, p.Total+int64(from)+1, all[from:min(from+codesAtOnce, len(all))], known); err != nil {
			return fmt.Errorf("add codes to %s: %w", p.ID, err)
		}
	}
	*t.filled = p.Incident
	return nil
}

// addSome writes codes under the numbers from one on, unless one is known.
func (t codeTx) addSome(p codes.Pool, from int64, some []codes.Code, known map[vault.Index]bool) error {
	keys, err := t.db.Incident(t.ctx, int64(p.Incident))
	if err != nil {
		return err
	}
	rows := make([][]any, len(some))
	for i, c := range some {
		no := from + int64(i)
		sealed, err := keys.SealText(poolCode, []byte(c.Text), int64(p.ID), no)
		if err != nil {
			return err
		}
		index := keys.CodeIndex(int64(p.ID), c.Text)
		if known[index] {
			return codes.InPool(c.Line)
		}
		rows[i] = []any{int64(p.Incident), int64(p.ID), no, sealed, [16]byte(index)}
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{"pool_code"}, []string{"incident_no", "pool_no", "code_no", "code", "code_index"}, pgx.CopyFromRows(rows))
	return err
}

// known reads what a pool holds, in one go: a question for each code would be
// planned while the pool was small, and read all of it each time.
func (t codeTx) known(p codes.Pool) (map[vault.Index]bool, error) {
	all := make(map[vault.Index]bool, p.Total)
	if p.Total == 0 {
		return all, nil
	}
	rows, err := t.pg.Query(t.ctx, "SELECT code_index FROM pool_code WHERE incident_no = $1 AND pool_no = $2", int64(p.Incident), int64(p.ID))
	if err != nil {
		return nil, err
	}
	var index [16]byte
	_, err = pgx.ForEachRow(rows, []any{&index}, func() error {
		all[index] = true
		return nil
	})
	return all, err
}
