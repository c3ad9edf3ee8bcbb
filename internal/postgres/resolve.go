package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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

// LockUnclear locks the unclear deliveries of a campaign. See
// delivery.ResolveTx.
func (t resolveTx) LockUnclear(no id.Campaign, through id.Relay) (delivery.Cases, error) {
	c := delivery.Cases{Campaign: no, Unclear: map[int64][]int{}}
	var state string
	err := t.pg.QueryRow(t.ctx, "SELECT incident_no, state FROM campaign WHERE campaign_no = $1", int64(no)).Scan(&c.Incident, &state)
	if isMissing(err) {
		return c, campaign.ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("lock unclear deliveries of %s: %w", no, err)
	}
	c.Running = campaign.State(state) == campaign.Sending || campaign.State(state) == campaign.Paused
	rows, err := t.pg.Query(t.ctx, `SELECT d.seq FROM delivery_open o JOIN delivery d ON d.campaign_no = o.campaign_no AND d.seq = o.seq
		WHERE o.campaign_no = $1 AND o.status = 'indeterminate' AND ($2 = 0 OR d.relay_no = $2) ORDER BY d.seq FOR UPDATE OF d`, int64(no), int64(through))
	if err != nil {
		return c, fmt.Errorf("lock unclear deliveries of %s: %w", no, err)
	}
	seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return c, fmt.Errorf("lock unclear deliveries of %s: %w", no, err)
	}
	all, err := histories(t.ctx, t.pg, int64(no), seqs)
	for seq, h := range all {
		if h.Status() == outcome.Indeterminate {
			c.Unclear[seq] = h.Unclear()
		}
	}
	return c, err
}

// Decide appends rulings with their reason and restates the deliveries. See
// delivery.ResolveTx.
func (t resolveTx) Decide(c delivery.Cases, kind outcome.DecisionKind, by access.Actor, reason string, entry ledger.EntryID) error {
	keys, err := t.db.keys.incident(t.ctx, c.Incident)
	if err != nil {
		return err
	}
	seqs := slices.Sorted(maps.Keys(c.Unclear))
	var of []int64
	var attempts []int16
	for _, seq := range seqs {
		for _, attempt := range c.Unclear[seq] {
			of, attempts = append(of, seq), append(attempts, int16(attempt))
		}
	}
	numbers, err := t.numbers("SELECT nextval('decision_number') FROM generate_series(1, $1)", len(of))
	if err != nil {
		return fmt.Errorf("number decisions: %w", err)
	}
	sealed := make([][]byte, len(of))
	for i := range of {
		if sealed[i], err = keys.SealText(decisionReason, []byte(reason), int64(c.Campaign), numbers[i]); err != nil {
			return err
		}
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, attempt, kind, actor, reason, entry_id)
		SELECT $1, u.no, u.seq, u.seq, u.attempt, $6, $7, u.reason, $8 FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::bytea[]) AS u (no, seq, attempt, reason)`,
		int64(c.Campaign), numbers, of, attempts, sealed, string(kind), by.String(), entry)
	if err != nil {
		return fmt.Errorf("insert decisions: %w", err)
	}
	return restate(t.ctx, t.pg, int64(c.Campaign), seqs)
}
