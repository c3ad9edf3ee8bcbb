package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// People reads who has acted on a campaign's text and plan.
func (t campaignTx) People(c campaign.Campaign) (access.People, error) {
	var authors, approvers []int64
	err := t.pg.QueryRow(t.ctx, `SELECT
		ARRAY(SELECT DISTINCT a.user_no FROM version v JOIN version_author a USING (notice_no) WHERE v.version_no = $1),
		ARRAY(SELECT a.approver FROM approval a WHERE a.target = $2 OR a.target = (SELECT sha256 FROM version WHERE version_no = $1))`,
		int64(c.Settings.Version), hashOrNull(c.PlanHash)).Scan(&authors, &approvers)
	if err != nil {
		return access.People{}, fmt.Errorf("read who acted on %s: %w", c.ID, err)
	}
	return access.People{Authors: users(authors), Builders: c.Builders, Approvers: users(approvers), Launcher: c.LaunchedBy}, nil
}

func users(numbers []int64) []id.User {
	out := make([]id.User, len(numbers))
	for i, n := range numbers {
		out[i] = id.User(n)
	}
	return out
}

// Approve writes the approval of a plan. The database holds the rule about
// different people too.
func (t campaignTx) Approve(c campaign.Campaign, by id.User, comment string) error {
	return peopleFault(t.approval("plan", c.PlanHash, c, by, comment))
}

// approval binds a person to a hash that belongs to a campaign.
func (t campaignTx) approval(kind string, target canon.Hash, c campaign.Campaign, by id.User, comment string) error {
	var sealed []byte
	if comment != "" {
		in, err := t.db.keys.incident(t.ctx, int64(c.Incident))
		if err != nil {
			return err
		}
		if sealed, err = in.SealText("approval.comment", []byte(comment), int64(c.ID)); err != nil {
			return err
		}
	}
	_, err := t.pg.Exec(t.ctx, "INSERT INTO approval (kind, target, campaign_no, approver, method, comment) VALUES ($1, $2, $3, $4, 'totp', $5)",
		kind, target[:], int64(c.ID), int64(by), sealed)
	return err
}

// Launch writes the one launch of a plan.
func (t campaignTx) Launch(c campaign.Campaign, l campaign.Launch, by id.User) error {
	_, err := t.pg.Exec(t.ctx, "INSERT INTO launch (campaign_no, plan_no, plan_sha256, confirmed, launched_by) VALUES ($1, $2, $3, $4, $5)",
		int64(c.ID), c.PlanNo, l.PlanHash[:], l.Confirmed, int64(by))
	if violates(err, "launch_once") {
		return fault.New(fault.Conflict, "launched_already", fault.Values{"state": string(c.State)})
	}
	return peopleFault(err)
}

// peopleFault says in words what the database refused about people.
func peopleFault(err error) error {
	if err == nil {
		return nil
	}
	for constraint, code := range map[string]string{
		"approver_is_author": "own_text", "approver_is_builder": "own_plan",
		"launcher_is_author": "launch_by_author", "launcher_is_approver": "launch_by_approver", "approver_is_launcher": "wider_by_launcher",
	} {
		if violates(err, constraint) {
			return fault.New(fault.Forbidden, code, nil)
		}
	}
	if violates(err, "text_approver_is_author") {
		return fault.New(fault.Conflict, "approver_wrote_since", nil)
	}
	if gone := roleGone(err); gone != nil {
		return gone
	}
	return fmt.Errorf("record decision: %w", err)
}

// roleGone says in words that somebody lost their role, or their account, while they
// decided; nil where it was something else.
func roleGone(err error) error {
	for constraint, who := range map[string]access.Role{"approver_is_legal": access.Legal, "launcher_is_ops": access.Ops} {
		if violates(err, constraint) {
			return fault.New(fault.Forbidden, "role_may_not", fault.Values{"role": "–", "who": string(who)})
		}
	}
	return nil
}

const moveReason = "failover.reason"

// Move writes down that a campaign leaves one relay for another. See
// campaign.RunTx.
func (t campaignTx) Move(c campaign.Campaign, m campaign.Move, by access.Actor, entry ledger.EntryID) error {
	keys, err := t.db.keys.incident(t.ctx, int64(c.Incident))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(moveReason, []byte(m.Reason), int64(c.ID))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO failover (campaign_no, plan_no, from_relay, to_relay, actor, reason, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		int64(c.ID), c.PlanNo, int64(m.From), int64(m.To), by.String(), sealed, entry)
	if err != nil {
		return fmt.Errorf("move %s: %w", c.ID, err)
	}
	return nil
}

// Withdrawn tells whether legal withdrew the text. See campaign.RunTx.
func (t campaignTx) Withdrawn(c campaign.Campaign) (withdrawn bool, err error) {
	err = t.pg.QueryRow(t.ctx, "SELECT EXISTS (SELECT 1 FROM version_event WHERE version_no = $1 AND kind = 'withdraw')", int64(c.Settings.Version)).Scan(&withdrawn)
	if err != nil {
		return false, fmt.Errorf("read the text of %s: %w", c.ID, err)
	}
	return withdrawn, nil
}

// takeBack stops the campaigns of a text that is withdrawn. One that somebody
// launches or resumes at this moment is waited for.
func (t *tx) takeBack(text id.Version) error {
	all, err := t.numbers("SELECT campaign_no FROM campaign WHERE version_no = $1 AND state IN ('approved', 'scheduled', 'sending', 'paused') ORDER BY 1 FOR UPDATE", int64(text))
	if err != nil {
		return fmt.Errorf("find the campaigns of %s: %w", text, err)
	}
	for _, no := range all {
		if err := campaign.TakeBack(campaignTx{t}, id.Campaign(no)); err != nil {
			return err
		}
	}
	return nil
}

// Recall moves the fence of every claimed batch. See campaign.RunTx.
func (t campaignTx) Recall(c id.Campaign) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE batch SET worker_no = NULL, fence = fence + 1 WHERE campaign_no = $1 AND worker_no IS NOT NULL AND NOT done", int64(c))
	if err != nil {
		return fmt.Errorf("recall batches: %w", err)
	}
	return nil
}

// Shift moves what is due by the time that a pause took. See campaign.RunTx.
func (t campaignTx) Shift(c id.Campaign, by time.Duration) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE delivery_open SET expire_at = expire_at + $2 WHERE campaign_no = $1", int64(c), by)
	if err != nil {
		return fmt.Errorf("shift expiry: %w", err)
	}
	return nil
}

// Cancel decides that nobody who waits is mailed. See campaign.RunTx. Whoever
// has an attempt under way keeps it; the sweep looks at them again.
func (t campaignTx) Cancel(c campaign.Campaign, entry ledger.EntryID, by access.Actor) (int64, error) {
	no := int64(c.ID)
	_, err := t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, kind, actor, entry_id)
		SELECT $1::bigint, nextval('decision_number'), 1, max(seq), 'cancel', $2, $3 FROM delivery WHERE campaign_no = $1 HAVING max(seq) IS NOT NULL`, no, by.String(), entry)
	if err != nil {
		return 0, fmt.Errorf("cancel deliveries: %w", err)
	}
	return t.cancelWaiting(no)
}

// cancelWaiting writes the status of deliveries that an abort cancelled. What
// a worker has put off at the same moment keeps its row among the open ones: the
// sweep finds it there.
func (t *tx) cancelWaiting(campaign int64) (int64, error) {
	tag, err := t.pg.Exec(t.ctx, `UPDATE delivery d SET status = 'cancelled', last_event_at = now() WHERE campaign_no = $1 AND status IN ('pending', 'held', 'deferred')
		AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.campaign_no = $1 AND i.seq = d.seq AND NOT EXISTS
		  (SELECT 1 FROM outcome o WHERE o.campaign_no = $1 AND o.seq = i.seq AND o.attempt = i.attempt))
		AND NOT EXISTS (SELECT 1 FROM decision k WHERE k.campaign_no = $1 AND k.kind = 'resend' AND d.seq BETWEEN k.from_seq AND k.to_seq)`, campaign)
	if err != nil {
		return 0, fmt.Errorf("cancel deliveries: %w", err)
	}
	if err := t.restateResent(campaign); err != nil {
		return 0, err
	}
	_, err = t.pg.Exec(t.ctx, `DELETE FROM delivery_open o USING delivery d
		WHERE o.campaign_no = $1 AND d.campaign_no = $1 AND d.seq = o.seq AND d.status = 'cancelled'`, campaign)
	if err != nil {
		return 0, fmt.Errorf("cancel deliveries: %w", err)
	}
	if _, err := t.pg.Exec(t.ctx, "UPDATE batch SET done = true, worker_no = NULL WHERE campaign_no = $1 AND NOT done", campaign); err != nil {
		return 0, fmt.Errorf("cancel deliveries: %w", err)
	}
	return tag.RowsAffected(), nil
}

// restateResent looks again at those whose unclear attempt was to be made once
// more: they may have the message, so they are unclear and not cancelled.
func (t *tx) restateResent(campaign int64) error {
	rows, err := t.pg.Query(t.ctx, `SELECT DISTINCT d.seq FROM decision k JOIN delivery d ON d.campaign_no = k.campaign_no AND d.seq BETWEEN k.from_seq AND k.to_seq
		WHERE k.campaign_no = $1 AND k.kind = 'resend' AND d.status IN ('pending', 'held', 'deferred') ORDER BY 1`, campaign)
	if err != nil {
		return fmt.Errorf("cancel deliveries: %w", err)
	}
	seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(seqs) == 0 {
		return err
	}
	return restate(t.ctx, t.pg, campaign, seqs)
}
