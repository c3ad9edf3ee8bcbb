package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/regime"
)

// RuleStore implements obligation.RuleSetStore, and gives the rules in use.
type RuleStore struct{ *DB }

// rulesInUse is the file that was asked for last as the one in use, parsed.
// Files never change, so that its number says all.
type rulesInUse struct {
	mu  sync.Mutex
	no  id.RuleSet
	set regime.Set
}

func (r *rulesInUse) get(no id.RuleSet) (regime.Set, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set, r.no == no
}

func (r *rulesInUse) keep(no id.RuleSet, set regime.Set) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.no, r.set = no, set
}

// Do runs f in one transaction.
func (s RuleStore) Do(ctx context.Context, f func(obligation.RuleSetTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(ruleTx{t}) })
}

// Current gives the rules in use. It reads their number at every call, and the
// file once for each activation. One that this program cannot read is a fault:
// no other rules stand in for it.
func (s RuleStore) Current(ctx context.Context) (regime.Set, error) {
	var no id.RuleSet
	err := s.pool.QueryRow(ctx, "SELECT coalesce((SELECT rule_set_no FROM rule_set_activation ORDER BY activation_no DESC LIMIT 1), 0)").Scan((*int64)(&no))
	if err != nil {
		return regime.Set{}, fmt.Errorf("read which rules are in use: %w", away(err))
	}
	rules, err := s.Rules(ctx, no)
	if err == nil && no != 0 {
		s.rules.keep(no, rules)
	}
	return rules, err
}

// Rules reads a file; none is the rules of the program.
func (s RuleStore) Rules(ctx context.Context, no id.RuleSet) (regime.Set, error) {
	if no == 0 {
		return regime.Builtin(), nil
	}
	if rules, known := s.rules.get(no); known {
		return rules, nil
	}
	set, err := s.RuleSet(ctx, no)
	if err != nil {
		return regime.Set{}, err
	}
	var document []byte
	if err := s.pool.QueryRow(ctx, "SELECT document FROM rule_set WHERE rule_set_no = $1", int64(no)).Scan(&document); err != nil {
		return regime.Set{}, fmt.Errorf("read %s: %w", no, away(err))
	}
	rules, err := regime.Load(document)
	if err == nil && rules.SHA256 != set.SHA256.String() {
		err = errors.New("its bytes have another hash")
	}
	if err != nil {
		return regime.Set{}, obligation.Unreadable(set, fmt.Errorf("read %s: %w", no, err))
	}
	return rules, nil
}

const ruleSetColumns = "SELECT rule_set_no, version, sha256, loaded_by, loaded_at FROM rule_set "

func scanRuleSet(row pgx.CollectableRow) (obligation.RuleSet, error) {
	var s obligation.RuleSet
	var sum []byte
	err := row.Scan((*int64)(&s.ID), &s.Version, &sum, (*int64)(&s.LoadedBy), &s.LoadedAt)
	s.SHA256, s.LoadedAt = canon.FromBytes(sum), s.LoadedAt.UTC()
	return s, err
}

// RuleSet reads what is known of a file; none is the rules of the program.
func (s RuleStore) RuleSet(ctx context.Context, no id.RuleSet) (obligation.RuleSet, error) {
	if no == 0 {
		return obligation.Built(), nil
	}
	return oneFrom(ctx, s.pool, ruleSetColumns+"WHERE rule_set_no = $1", []any{int64(no)}, no, obligation.ErrNoRuleSet, scanRuleSet)
}

// RuleSets reads a page in order of ids.
func (s RuleStore) RuleSets(ctx context.Context, after id.RuleSet, limit int) ([]obligation.RuleSet, error) {
	return pageFrom(ctx, s.pool, page{ruleSetColumns + "WHERE rule_set_no > $1", []any{int64(after)}, nil, nil, "rule_set_no", limit}, scanRuleSet)
}

// InUse reads the newest activation.
func (s RuleStore) InUse(ctx context.Context) (obligation.InUse, error) {
	return ruleSetInUse(ctx, s.pool)
}

func ruleSetInUse(ctx context.Context, q reader) (obligation.InUse, error) {
	now := obligation.InUse{RuleSet: obligation.Built()}
	var set obligation.RuleSet
	var sum []byte
	err := q.QueryRow(ctx, `SELECT activation_no, activated_by, activated_at, coalesce(rule_set_no, 0), coalesce(version, ''), coalesce(sha256, ''), coalesce(loaded_by, 0), coalesce(loaded_at, 'epoch')
		FROM rule_set_activation a LEFT JOIN rule_set USING (rule_set_no) ORDER BY activation_no DESC LIMIT 1`).
		Scan(&now.Activation, (*int64)(&now.By), &now.At, (*int64)(&set.ID), &set.Version, &sum, (*int64)(&set.LoadedBy), &set.LoadedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return now, nil
	}
	if err != nil {
		return now, fmt.Errorf("read which rules are in use: %w", away(err))
	}
	if now.At = now.At.UTC(); set.ID != 0 {
		set.SHA256, set.LoadedAt = canon.FromBytes(sum), set.LoadedAt.UTC()
		now.RuleSet = set
	}
	return now, nil
}

type ruleTx struct{ *tx }

// Keep gives the set of these bytes. See obligation.RuleSetTx.
func (t ruleTx) Keep(s obligation.RuleSet, document []byte) (obligation.RuleSet, bool, error) {
	err := t.pg.QueryRow(t.ctx, `INSERT INTO rule_set (document, version, sha256, loaded_by, loaded_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT rule_set_once DO NOTHING RETURNING rule_set_no`, document, s.Version, s.SHA256[:], int64(s.LoadedBy), s.LoadedAt).Scan((*int64)(&s.ID))
	switch {
	case err == nil:
		return s, true, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return s, false, fmt.Errorf("keep a rule set: %w", err)
	}
	s, err = oneFrom(t.ctx, t.pg, ruleSetColumns+"WHERE sha256 = $1", []any{s.SHA256[:]}, "rule set by hash", obligation.ErrNoRuleSet, scanRuleSet)
	return s, false, err
}

// LockInUse reads the newest activation, and lets nobody else activate meanwhile.
func (t ruleTx) LockInUse() (obligation.InUse, error) {
	if _, err := t.pg.Exec(t.ctx, "SELECT pg_advisory_xact_lock(hashtextextended('rule_set_activation', 0))"); err != nil {
		return obligation.InUse{}, fmt.Errorf("lock which rules are in use: %w", err)
	}
	return ruleSetInUse(t.ctx, t.pg)
}

// Activate adds an activation.
func (t ruleTx) Activate(no id.RuleSet, by id.User) (obligation.InUse, error) {
	now := obligation.InUse{By: by, At: t.at}
	err := t.pg.QueryRow(t.ctx, "INSERT INTO rule_set_activation (rule_set_no, activated_by, activated_at) VALUES ($1, $2, $3) RETURNING activation_no", no, int64(by), t.at).Scan(&now.Activation)
	if err != nil {
		return now, fmt.Errorf("activate a rule set: %w", err)
	}
	return now, nil
}
