package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/campaign"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// passed: a gate is open for a person by the newest fact on record.
const passed = "coalesce((SELECT f.open FROM gate_fact f WHERE f.incident_no = %s AND f.gate_no = %s AND f.recipient_no = %s%s ORDER BY f.review_no DESC LIMIT 1), false)"

// inTime: what becomes known after a campaign has ended is nothing to it.
const inTime = " AND (c.finished_at IS NULL OR EXISTS (SELECT 1 FROM gate_review r WHERE r.review_no = f.review_no AND r.at <= c.finished_at))"

// shutFor: a gate of its plan is shut for who has a delivery d of a campaign c.
var shutFor = `EXISTS (SELECT 1 FROM campaign_gate k WHERE k.campaign_no = d.campaign_no AND k.plan_no = d.plan_no
	AND NOT ` + fmt.Sprintf(passed, "c.incident_no", "k.gate_no", "d.recipient_no", inTime) + ")"

// shutMember: one of some gates is shut for a member m.
func shutMember(gates string) string {
	return "EXISTS (SELECT 1 FROM unnest(" + gates + "::bigint[]) AS k (gate_no) WHERE NOT " + fmt.Sprintf(passed, "m.incident_no", "k.gate_no", "m.recipient_no", "") + ")"
}

// spokenOf are the deliveries of people whom some reviews ($3) speak of.
const spokenOf = `SELECT DISTINCT d.seq FROM campaign c JOIN gate_fact f ON f.incident_no = c.incident_no
	JOIN delivery d ON d.campaign_no = c.campaign_no AND d.recipient_no = f.recipient_no
	WHERE c.campaign_no = $2 AND f.incident_no = $1 AND f.review_no = ANY($3) AND d.status IN `

// holdSpokenOf locks those whose status may be reckoned anew while a review is
// applied: by who does not see it yet.
const holdSpokenOf = `SELECT 1 FROM delivery d WHERE d.campaign_no = $2 AND d.status IN ('pending', 'deferred', 'indeterminate')
	AND d.recipient_no IN (SELECT recipient_no FROM gate_fact WHERE incident_no = $1 AND review_no = ANY($3)) ORDER BY d.seq FOR UPDATE`

// someShut are those of some deliveries for whom a gate of their plan is shut.
var someShut = "SELECT d.seq FROM campaign c JOIN delivery d ON d.campaign_no = c.campaign_no WHERE c.campaign_no = $1 AND d.campaign_no = $1 AND d.seq = ANY($2) AND " + shutFor

// shutAmong gives those of some deliveries for whom a gate of their plan is shut.
func shutAmong(ctx context.Context, q querier, campaign int64, seqs []int64) ([]int64, error) {
	rows, err := q.Query(ctx, someShut, campaign, seqs)
	if err != nil {
		return nil, fmt.Errorf("read gates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// pass lets those through of whom reviews say that every gate is open, and holds
// those for whom one is shut again and who were not told. The campaign is locked.
func (t *tx) pass(n narrowing, reviews []int64) error {
	if _, err := t.pg.Exec(t.ctx, holdSpokenOf, n.incident, n.campaign, reviews); err != nil {
		return fmt.Errorf("lock deliveries: %w", err)
	}
	through, err := t.numbers(spokenOf+"('held') AND NOT "+shutFor+" ORDER BY 1", n.incident, n.campaign, reviews)
	if err != nil {
		return err
	}
	if err := t.letThrough(n, through); err != nil {
		return err
	}
	shut, err := t.numbers(spokenOf+"('pending', 'deferred') AND "+shutFor+" ORDER BY 1", n.incident, n.campaign, reviews)
	if err != nil {
		return err
	}
	return t.hold(n, shut)
}

// letThrough lets deliveries take their turn: after the steps of a ramp, while
// the window is open in their zone. They were in no batch.
func (t *tx) letThrough(n narrowing, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	tag, err := t.pg.Exec(t.ctx, `UPDATE delivery d SET status = 'pending', last_event_at = now() WHERE campaign_no = $1 AND seq = ANY($2) AND status = 'held'
		AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.campaign_no = $1 AND i.seq = d.seq)`, n.campaign, seqs)
	if err != nil {
		return fmt.Errorf("let deliveries through: %w", err)
	}
	_, err = t.pg.Exec(t.ctx, `WITH found AS (DELETE FROM delivery_open o USING delivery d WHERE o.campaign_no = $1 AND o.seq = ANY($2)
			AND d.campaign_no = $1 AND d.seq = o.seq AND d.status = 'pending' RETURNING o.seq),
		placed AS (`+inZones+`),
		due AS (SELECT seq, zone, (row_number() OVER (PARTITION BY zone ORDER BY seq) - 1) / 512 AS part FROM placed)
		INSERT INTO batch (campaign_no, batch_no, seqs, stage, zone)
		SELECT $1, nextval('batch_number'), array_agg(seq ORDER BY seq), (SELECT coalesce(jsonb_array_length(nullif(ramp, 'null')), 0) FROM campaign WHERE campaign_no = $1), zone
		FROM due GROUP BY zone, part`, n.campaign, seqs)
	if err != nil {
		return fmt.Errorf("let deliveries through: %w", err)
	}
	if err := t.restateHeld(n, seqs); err != nil {
		return err
	}
	if n.state == campaign.Sending {
		return t.Enqueue(task.Task{Name: task.Send, Object: n.campaign})
	}
	return t.recountHeld(n, -tag.RowsAffected())
}

// restateHeld reckons those anew who were tried before they were held.
func (t *tx) restateHeld(n narrowing, seqs []int64) error {
	rest, err := t.numbers("SELECT seq FROM delivery WHERE campaign_no = $1 AND seq = ANY($2) AND status = 'held' ORDER BY seq", n.campaign, seqs)
	if err != nil || len(rest) == 0 {
		return err
	}
	return restate(t.ctx, t.pg, n.campaign, rest)
}

// hold takes deliveries from whoever has claimed them. Whoever is in hand keeps
// the attempt, and gets no other while the gate is shut.
func (t *tx) hold(n narrowing, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	if err := t.recallOf(n.campaign, seqs); err != nil {
		return err
	}
	tag, err := t.pg.Exec(t.ctx, `WITH held AS (UPDATE delivery d SET status = 'held', last_event_at = now() WHERE campaign_no = $1 AND seq = ANY($2) AND status = 'pending'
			AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.campaign_no = $1 AND i.seq = d.seq) RETURNING seq)
		INSERT INTO delivery_open (campaign_no, seq, status, expire_at) SELECT $1, seq, 'held', 'infinity' FROM held`, n.campaign, seqs)
	if err != nil {
		return fmt.Errorf("hold deliveries: %w", err)
	}
	rest, err := t.numbers("SELECT seq FROM delivery WHERE campaign_no = $1 AND seq = ANY($2) AND status IN ('pending', 'deferred') ORDER BY seq", n.campaign, seqs)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		if err := restate(t.ctx, t.pg, n.campaign, rest); err != nil {
			return err
		}
	}
	return t.recountHeld(n, tag.RowsAffected())
}

// recountHeld lets the findings of a preflight say how many more are held.
func (t *tx) recountHeld(n narrowing, more int64) error {
	if more == 0 || n.state != campaign.Ready && n.state != campaign.Approved && n.state != campaign.Scheduled {
		return nil
	}
	return t.refind(n, func(found campaign.Preflight, _ campaign.Plan) campaign.Preflight { return found.HeldMore(more) })
}

func numbersOfGates(gates []campaign.PlannedGate) []int64 {
	numbers := make([]int64, len(gates))
	for i, g := range gates {
		numbers[i] = int64(g.ID)
	}
	return numbers
}

// keepGates keeps which gates a plan has, and up to which review they are known.
func (p *preparing) keepGates() error {
	_, err := p.pg.Exec(p.ctx, "INSERT INTO campaign_gate (campaign_no, plan_no, gate_no) SELECT $1, $2, unnest($3::bigint[])",
		int64(p.campaign.ID), p.campaign.PlanNo, p.gates)
	if err == nil {
		err = p.pg.QueryRow(p.ctx, "SELECT coalesce(max(review_no), 0) FROM gate_review WHERE incident_no = $1", int64(p.campaign.Incident)).Scan(&p.reviewed)
	}
	return err
}

// holdShut keeps those of a block among the open ones for whom a gate is shut.
func (p *preparing) holdShut(rows []campaign.Prepared) error {
	var seqs []int64
	for _, r := range rows {
		if outcome.Status(r.Status) == outcome.Held {
			seqs = append(seqs, r.Seq)
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	_, err := p.pg.Exec(p.ctx, "INSERT INTO delivery_open (campaign_no, seq, status, expire_at) SELECT $1, seq, 'held', 'infinity' FROM unnest($2::bigint[]) AS u (seq)",
		int64(p.campaign.ID), seqs)
	return err
}

// passLate reads the reviews that were made while a plan was.
func (p *preparing) passLate() error {
	late, err := p.numbers("SELECT review_no FROM gate_review WHERE incident_no = $1 AND review_no > $2 ORDER BY 1", int64(p.campaign.Incident), p.reviewed)
	if err != nil || len(late) == 0 {
		return err
	}
	n := narrowing{campaign: int64(p.campaign.ID), incident: int64(p.campaign.Incident), plan: p.campaign.PlanNo, state: campaign.Ready}
	return p.pass(n, late)
}
