package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

func isMissing(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || fault.KindOf(err) == fault.NotFound
}

// ResolveStore implements delivery.ResolveStore.
type ResolveStore struct{ *DB }

// Do runs f in a transaction.
func (s ResolveStore) Do(ctx context.Context, f func(delivery.ResolveTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(resolveTx{t}) })
}

type resolveTx struct{ *tx }

// Lock reads a delivery's record for a decision.
func (t resolveTx) Lock(no id.Delivery) (delivery.Case, error) {
	c := delivery.Case{ID: no}
	var state string
	err := t.pg.QueryRow(t.ctx, `SELECT c.incident_no, c.state FROM delivery d JOIN campaign c USING (campaign_no)
		WHERE d.campaign_no = $1 AND d.seq = $2 FOR UPDATE OF d`, no.Parent, no.No).Scan(&c.Incident, &state)
	if isMissing(err) {
		return c, delivery.ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("lock %s: %w", no, err)
	}
	c.Running = campaign.State(state) == campaign.Sending || campaign.State(state) == campaign.Paused
	all, err := histories(t.ctx, t.pg, no.Parent, []int64{no.No})
	if err != nil {
		return c, err
	}
	c.History = *all[no.No]
	return c, nil
}

// Decide appends a ruling with its reason and restates the delivery.
func (t resolveTx) Decide(c delivery.Case, kind outcome.DecisionKind, attempts []int, by access.Actor, reason string, entry ledger.EntryID) error {
	keys, err := t.db.keys.incident(t.ctx, c.Incident)
	if err != nil {
		return err
	}
	for _, attempt := range attempts {
		var number int64
		if err := t.pg.QueryRow(t.ctx, "SELECT nextval('decision_number')").Scan(&number); err != nil {
			return fmt.Errorf("number decision: %w", err)
		}
		sealed, err := keys.SealText(decisionReason, []byte(reason), c.ID.Parent, number)
		if err != nil {
			return err
		}
		_, err = t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, actor, reason, entry_id)
			VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8)`, c.ID.Parent, number, c.ID.No, attempt, string(kind), by.String(), sealed, entry)
		if err != nil {
			return fmt.Errorf("insert decision: %w", err)
		}
	}
	return restate(t.ctx, t.pg, c.ID.Parent, []int64{c.ID.No})
}
