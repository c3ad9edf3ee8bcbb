package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// reviewTx is the transaction of a review of gates. People are read as they were
// at one moment after it began: of a list that is withdrawn meanwhile, one leaf of
// a rule would see the rows and the next would not.
type reviewTx struct {
	cohort.Scene
	freezeTx freezeTx
	*tx
	kept []int64 // reviews that found something
}

// Review runs f while no other review of the incident does. An import that ends
// meanwhile asks for the next one.
func (s GateStore) Review(ctx context.Context, incident id.Incident, f func(cohort.ReviewTx) error) error {
	var some bool
	err := s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM gate WHERE incident_no = $1)", int64(incident)).Scan(&some)
	if err != nil || !some {
		return away(err)
	}
	err = s.do(ctx, func(t *tx) error {
		if _, err := t.pg.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('gates of incident', $1))", int64(incident)); err != nil {
			return err
		}
		if _, err := t.pg.Exec(ctx, "DELETE FROM gate_due WHERE incident_no = $1", int64(incident)); err != nil {
			return err
		}
		return s.Read(ctx, incident, func(people cohort.Scene) error {
			return f(&reviewTx{Scene: people, tx: t, freezeTx: freezeTx{scene{t.pg, s.DB, incident}, cohortTx{t}}})
		})
	})
	if err != nil {
		return fmt.Errorf("review gates of %s: %w", incident, away(err))
	}
	return nil
}

// ReviewGates has the gates of an incident looked at by a worker, and keeps that
// they are due: the queue may forget. It adds a row each time: it must neither be
// covered by what a review takes away just now, nor wait for that.
func (t *tx) ReviewGates(no id.Incident) error {
	tag, err := t.pg.Exec(t.ctx, "INSERT INTO gate_due (incident_no) SELECT $1 WHERE EXISTS (SELECT 1 FROM gate WHERE incident_no = $1)", int64(no))
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return t.Enqueue(task.Task{Name: task.ReviewGates, Object: int64(no)})
}

// Gates reads those that hold, of frozen cohorts.
func (t *reviewTx) Gates() ([]cohort.Gate, error) {
	rows, err := t.pg.Query(t.ctx, gateColumns+"WHERE g.incident_no = $1 AND c.state = 'frozen' AND t.gate_no IS NULL ORDER BY 1", int64(t.freezeTx.incident))
	if err != nil {
		return nil, fmt.Errorf("read gates: %w", err)
	}
	return pgx.CollectRows(rows, scanGate(nil))
}

// Passed reads those for whom a gate is open on record.
func (t *reviewTx) Passed(g cohort.Gate) (cohort.Bitset, error) {
	return t.freezeTx.set(t.ctx, `SELECT recipient_no FROM (SELECT DISTINCT ON (recipient_no) recipient_no, open FROM gate_fact
		WHERE incident_no = $1 AND gate_no = $2 ORDER BY recipient_no, review_no DESC) f WHERE open`, int64(g.ID))
}

// Keep writes a review with its people. See cohort.ReviewTx.
func (t *reviewTx) Keep(g cohort.Gate, opened, shut cohort.Bitset, entry ledger.EntryID) (canon.Hash, error) {
	all, err := t.freezeTx.digests(opened.Or(shut))
	if err != nil {
		return canon.Hash{}, fmt.Errorf("read whom a review speaks of: %w", err)
	}
	root := rootOf(all)
	var no int64
	err = t.pg.QueryRow(t.ctx, "INSERT INTO gate_review (incident_no, gate_no, opened, shut, root, at, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING review_no",
		int64(g.Incident), int64(g.ID), opened.Len(), shut.Len(), root[:], t.at, entry).Scan(&no)
	if err != nil {
		return root, fmt.Errorf("insert review of %s: %w", g.ID, err)
	}
	_, err = t.pg.CopyFrom(t.ctx, pgx.Identifier{"gate_fact"}, []string{"incident_no", "gate_no", "recipient_no", "review_no", "open"},
		pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
			return []any{int64(g.Incident), int64(g.ID), all[i].no, no, opened.Has(int(all[i].no))}, nil
		}))
	if err != nil {
		return root, fmt.Errorf("insert facts of %s: %w", g.ID, err)
	}
	t.kept = append(t.kept, no)
	return root, nil
}

// Apply carries the reviews over to plans that were made already. A preflight
// that is under way reads them when it ends.
func (t *reviewTx) Apply() error {
	if len(t.kept) == 0 {
		return nil
	}
	if err := t.analyze(t.freezeTx.incident); err != nil {
		return err
	}
	all, err := t.planned(t.freezeTx.incident)
	if err != nil {
		return err
	}
	for _, n := range all {
		if err := t.pass(n, t.kept); err != nil {
			return fmt.Errorf("let people of %s through: %w", id.Campaign(n.campaign), err)
		}
	}
	return nil
}
