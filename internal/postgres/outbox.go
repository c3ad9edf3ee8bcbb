package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/task"
)

// Drain hands over tasks of the outbox. It implements queue.Outbox.
func (db *DB) Drain(ctx context.Context, limit int, f func([]task.Task) error) (int, error) {
	n := 0
	err := pgx.BeginFunc(ctx, db.pool, func(t pgx.Tx) error {
		rows, err := t.Query(ctx, `DELETE FROM outbox WHERE outbox_no IN
			(SELECT outbox_no FROM outbox ORDER BY outbox_no LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING task, object`, limit)
		if err != nil {
			return err
		}
		tasks, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (task.Task, error) {
			var name string
			var t task.Task
			err := row.Scan(&name, &t.Object)
			t.Name = task.Name(name)
			return t, err
		})
		if err != nil || len(tasks) == 0 {
			return err
		}
		n = len(tasks)
		return f(tasks)
	})
	if err != nil {
		return 0, fmt.Errorf("drain outbox: %w", away(err))
	}
	return n, nil
}

// Waiting lists long work that was asked for and is not finished: a sweep asks
// for it again, since Redis may have forgotten.
func (db *DB) Waiting(ctx context.Context) ([]task.Task, error) {
	rows, err := db.pool.Query(ctx, `SELECT $1, list_no FROM list WHERE state = 'importing'
		UNION ALL SELECT $6, list_no FROM list WHERE state = 'imported' AND withdrawn_by IS NOT NULL
		UNION ALL SELECT $2, cohort_no FROM cohort WHERE state = 'freezing'
		UNION ALL SELECT $3, campaign_no FROM campaign WHERE state = 'preflighting'
		UNION ALL SELECT $4, export_no FROM export_job WHERE state = 'running'
		UNION ALL SELECT DISTINCT $7, incident_no FROM gate_due
		UNION ALL SELECT $8, incident_no FROM domain_check WHERE `+domainsDue+`
		UNION ALL SELECT $5, send_no FROM staff_send t WHERE cardinality(users) > (SELECT count(*) FROM staff_intent i WHERE i.send_no = t.send_no)`,
		string(task.ImportList), string(task.FreezeCohort), string(task.Preflight), string(task.MakeExport), string(task.StaffMail), string(task.WithdrawList), string(task.ReviewGates), string(task.CheckDomains))
	if err != nil {
		return nil, fmt.Errorf("list waiting work: %w", away(err))
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (task.Task, error) {
		var name string
		var t task.Task
		err := row.Scan(&name, &t.Object)
		t.Name = task.Name(name)
		return t, err
	})
}
