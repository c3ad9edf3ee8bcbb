package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
)

// askStaff writes a mail to users as it was asked for.
func (t *tx) askStaff(users []id.User, at *time.Time) (no int64, err error) {
	err = t.pg.QueryRow(t.ctx, "INSERT INTO staff_send (users) VALUES ($1) RETURNING send_no, at", userNumbers(users)).Scan(&no, at)
	*at = at.UTC()
	return no, err
}

// Asked reads what is left to do of a staff send: those of its users for whom
// nothing was announced or dropped, with their accounts' addresses. One that is
// no test has no campaign.
func (s CampaignStore) Asked(ctx context.Context, no id.TestSend) (campaign.TestSend, []campaign.Addressee, error) {
	t := campaign.TestSend{ID: no}
	var plan []byte
	err := s.pool.QueryRow(ctx, "SELECT coalesce(campaign_no, 0), plan_sha256, at FROM staff_send LEFT JOIN test_send USING (send_no) WHERE send_no = $1", int64(no)).Scan((*int64)(&t.Campaign), &plan, &t.At)
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	t.Plan = canon.FromBytes(plan)
	rows, err := s.pool.Query(ctx, `SELECT a.user_no, a.email, a.disabled_at IS NOT NULL FROM staff_send t
		CROSS JOIN LATERAL unnest(t.users) WITH ORDINALITY AS u (user_no, place) JOIN user_account a USING (user_no)
		WHERE t.send_no = $1 AND NOT EXISTS (SELECT 1 FROM staff_intent i WHERE i.send_no = t.send_no AND i.user_no = u.user_no) ORDER BY u.place`, int64(no))
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	left, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a campaign.Addressee, err error) {
		return a, row.Scan((*int64)(&a.User), &a.Email, &a.Disabled)
	})
	if err != nil {
		return t, nil, fmt.Errorf("read %s: %w", no, away(err))
	}
	return t, left, nil
}

// AnnounceStaff writes an intent. See delivery.StaffStore.
func (s DeliveryStore) AnnounceStaff(ctx context.Context, in delivery.StaffIntent) (bool, error) {
	tag, err := s.pool.Exec(ctx, `INSERT INTO staff_intent (send_no, user_no, relay_no, message_sha256, worker_no) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT ON CONSTRAINT staff_intent_once DO NOTHING`, in.Send, in.User, in.Relay, in.Hash[:], in.Worker.No)
	if err != nil {
		return false, fmt.Errorf("announce a letter of %s: %w", id.TestSend(in.Send), away(err))
	}
	return tag.RowsAffected() == 1, nil
}

// TellStaff writes an answer. See delivery.StaffStore.
func (s DeliveryStore) TellStaff(ctx context.Context, in delivery.StaffIntent, r outcome.Reply) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO staff_outcome (send_no, user_no, assumed, phase, code, enhanced, lost) VALUES ($1, $2, false, $3, $4, $5, $6)
		ON CONFLICT (send_no, user_no, assumed) DO NOTHING`, in.Send, in.User, string(r.Phase), r.Code, r.Enhanced, r.Lost)
	if err != nil {
		return fmt.Errorf("tell of a letter of %s: %w", id.TestSend(in.Send), away(err))
	}
	return nil
}

// DropStaff writes an intent without a relay, and why. See delivery.StaffStore.
func (s DeliveryStore) DropStaff(ctx context.Context, in delivery.StaffIntent, why string) error {
	_, err := s.pool.Exec(ctx, `WITH mine AS (INSERT INTO staff_intent (send_no, user_no, worker_no) VALUES ($1, $2, $3)
		  ON CONFLICT ON CONSTRAINT staff_intent_once DO NOTHING RETURNING send_no, user_no)
		INSERT INTO staff_outcome (send_no, user_no, assumed, unsent) SELECT send_no, user_no, false, $4 FROM mine`, in.Send, in.User, in.Worker.No, why)
	if err != nil {
		return fmt.Errorf("drop a letter of %s: %w", id.TestSend(in.Send), away(err))
	}
	return nil
}

// writeLostStaff says of letters to staff that dead workers announced that
// nobody is left who knows.
func (t *tx) writeLostStaff(dead []int32) error {
	_, err := t.pg.Exec(t.ctx, `INSERT INTO staff_outcome (send_no, user_no, assumed, phase, lost)
		SELECT i.send_no, i.user_no, true, 'lease', true FROM staff_intent i WHERE i.worker_no = ANY($1)
		  AND NOT EXISTS (SELECT 1 FROM staff_outcome o WHERE o.send_no = i.send_no AND o.user_no = i.user_no) ON CONFLICT DO NOTHING`, dead)
	return err
}
