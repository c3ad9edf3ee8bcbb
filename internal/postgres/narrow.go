package postgres

import (
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// narrowing takes people out of a plan that was made: fewer than approved may be
// sent to, at any time and without another plan.
type narrowing struct {
	campaign int64
	incident int64
	plan     int
	state    campaign.State
	ruling   campaign.Ruling
	by       access.Actor
	because  map[string]any // what the ledger is told
	open     func() ([]int64, error)
}

// openStatuses are those of deliveries of which something may still be decided.
const openStatuses = "('pending', 'held', 'sending', 'deferred', 'indeterminate')"

// narrow rules on the open deliveries that the narrowing speaks of, and gives
// how many. The campaign is locked. From the commit on no intent is granted for
// them: what a worker has claimed with them is taken from it first. Whoever is in
// hand keeps the attempt and gets no other; an answer that comes later is
// reckoned from the record.
func (t *tx) narrow(n narrowing) (int64, error) {
	seqs, err := n.open()
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	if err := t.recallOf(n.campaign, seqs); err != nil {
		return 0, err
	}
	if seqs, err = n.open(); err != nil || len(seqs) == 0 { // some were answered meanwhile
		return 0, err
	}
	if err := t.rule(n, seqs); err != nil {
		return 0, err
	}
	gone, err := t.takeOut(n, seqs)
	if err != nil {
		return 0, err
	}
	switch n.state {
	case campaign.Sending:
		err = t.Enqueue(task.Task{Name: task.Send, Object: n.campaign})
	case campaign.Ready, campaign.Approved, campaign.Scheduled:
		err = t.refind(n, func(found campaign.Preflight, plan campaign.Plan) campaign.Preflight {
			return found.Narrowed(plan, n.status(), gone)
		})
	}
	return int64(len(seqs)), err
}

// recallHolding moves the fence of claimed batches that hold one of some
// deliveries.
const recallHolding = `WITH claimed AS MATERIALIZED (SELECT b.batch_no, s.seq
		FROM batch b CROSS JOIN LATERAL (SELECT generate_series(b.from_seq, b.to_seq) UNION ALL SELECT unnest(b.seqs)) AS s (seq)
		WHERE b.campaign_no = $1 AND b.worker_no IS NOT NULL AND NOT b.done)
	UPDATE batch SET worker_no = NULL, fence = fence + 1 WHERE campaign_no = $1 AND worker_no IS NOT NULL AND NOT done
		AND batch_no IN (SELECT batch_no FROM claimed JOIN unnest($2::bigint[]) AS u (seq) USING (seq))`

func (t *tx) recallOf(campaign int64, seqs []int64) error {
	_, err := t.pg.Exec(t.ctx, recallHolding, campaign, seqs)
	if err != nil {
		return fmt.Errorf("recall batches: %w", err)
	}
	return nil
}

// rule puts the decisions on record.
func (t *tx) rule(n narrowing, seqs []int64) error {
	details := map[string]any{"kind": n.ruling.Kind, "deliveries": len(seqs)}
	for name, v := range n.because {
		details[name] = v
	}
	entry := ledger.New(n.by, ledger.DeliveryDecided, id.Campaign(n.campaign)).In(n.incident).With(details)
	if err := t.Record(entry); err != nil {
		return err
	}
	_, err := t.pg.Exec(t.ctx, `INSERT INTO decision (campaign_no, decision_no, from_seq, to_seq, plan_no, kind, code, actor, entry_id)
		SELECT $1, nextval('decision_number'), seq, seq, $3, $4, $5, $6, $7 FROM unnest($2::bigint[]) AS u (seq)`,
		n.campaign, seqs, n.plan, string(n.ruling.Kind), n.ruling.Code, n.by.String(), entry.ID)
	if err != nil {
		return fmt.Errorf("insert decisions: %w", err)
	}
	return nil
}

// status is what the ruling makes of a delivery that waits.
func (n narrowing) status() outcome.Status {
	if n.ruling.Kind == outcome.DecideSuppress {
		return outcome.Suppressed
	}
	return outcome.Excluded
}

// takeOut writes the statuses: at once of those who simply waited, from the
// record of all others. It gives how many waited.
func (t *tx) takeOut(n narrowing, seqs []int64) ([]campaign.Gone, error) {
	rows, err := t.pg.Query(t.ctx, `WITH waiting AS MATERIALIZED (SELECT seq, variant_no, status = 'held' AS held FROM delivery d WHERE campaign_no = $1 AND seq = ANY($2) AND status IN ('pending', 'held')
		AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.campaign_no = $1 AND i.seq = d.seq) FOR UPDATE),
		out AS (UPDATE delivery d SET status = $3, last_event_at = now() FROM waiting w WHERE d.campaign_no = $1 AND d.seq = w.seq RETURNING d.seq),
		explained AS (DELETE FROM delivery_open o USING out WHERE o.campaign_no = $1 AND o.seq = out.seq)
		SELECT variant_no, held, count(*) FROM waiting GROUP BY 1, 2`, n.campaign, seqs, string(n.status()))
	if err != nil {
		return nil, fmt.Errorf("take deliveries out: %w", err)
	}
	gone, err := pgx.CollectRows(rows, pgx.RowToStructByPos[campaign.Gone])
	if err != nil {
		return nil, fmt.Errorf("take deliveries out: %w", err)
	}
	rest, err := t.numbers("SELECT seq FROM delivery WHERE campaign_no = $1 AND seq = ANY($2) AND status IN "+openStatuses+" ORDER BY seq", n.campaign, seqs)
	if err != nil || len(rest) == 0 {
		return gone, err
	}
	return gone, restate(t.ctx, t.pg, n.campaign, rest)
}

// refind lets the findings of a preflight say who is sent to now.
func (t *tx) refind(n narrowing, change func(campaign.Preflight, campaign.Plan) campaign.Preflight) error {
	var document, preflight []byte
	err := t.pg.QueryRow(t.ctx, "SELECT p.document, c.preflight FROM campaign c JOIN plan p ON p.sha256 = c.plan_sha256 WHERE c.campaign_no = $1", n.campaign).Scan(&document, &preflight)
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	plan, err := campaign.ReadPlan(document)
	if err != nil {
		return err
	}
	var found campaign.Preflight
	if err := readJSON(preflight, &found); err != nil {
		return err
	}
	kept, err := json.Marshal(change(found, plan))
	if err != nil {
		return fmt.Errorf("write preflight: %w", err)
	}
	if _, err := t.pg.Exec(t.ctx, "UPDATE campaign SET preflight = $2 WHERE campaign_no = $1", n.campaign, kept); err != nil {
		return fmt.Errorf("write preflight: %w", err)
	}
	return nil
}

// planned are the campaigns of an incident that have a plan, locked, so that no
// preflight ends and nobody approves or launches meanwhile.
func (t *tx) planned(incident id.Incident) ([]narrowing, error) {
	rows, err := t.pg.Query(t.ctx, `SELECT campaign_no, plan_no, state FROM campaign WHERE incident_no = $1
		AND state NOT IN ('complete', 'closed_with_exceptions', 'aborted') ORDER BY campaign_no FOR UPDATE`, int64(incident))
	if err != nil {
		return nil, fmt.Errorf("lock campaigns of %s: %w", incident, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (narrowing, error) {
		n := narrowing{incident: int64(incident)}
		return n, row.Scan(&n.campaign, &n.plan, (*string)(&n.state))
	})
	if err != nil {
		return nil, fmt.Errorf("lock campaigns of %s: %w", incident, err)
	}
	planned := all[:0]
	for _, n := range all {
		if n.state != campaign.Draft && n.state != campaign.Preflighting {
			planned = append(planned, n)
		}
	}
	return planned, nil
}

// exclude makes it the narrowing of an exclusion.
func (n narrowing) exclude(t *tx, e cohort.Exclusion, by access.Actor) narrowing {
	n.ruling = campaign.Ruling{Kind: outcome.DecideExclude, Code: "reason_" + string(e.Kind)}
	n.by, n.because = by, map[string]any{"why": e.Kind, "exclusion": e.ID}
	n.open = func() ([]int64, error) {
		return t.numbers(`SELECT d.seq FROM exclusion_person p JOIN delivery d ON d.campaign_no = $3 AND d.recipient_no = p.recipient_no
			WHERE p.incident_no = $1 AND p.exclusion_no = $2 AND d.status IN `+openStatuses+" ORDER BY 1", n.incident, int64(e.ID), n.campaign)
	}
	return n
}

// Narrow rules on the deliveries of plans that were made already. See
// cohort.ExclusionTx.
func (t exclusionTx) Narrow(e cohort.Exclusion, by access.Actor) (cohort.Narrowed, error) {
	var done cohort.Narrowed
	all, err := t.planned(e.Incident)
	if err != nil {
		return done, err
	}
	for _, n := range all {
		people, err := t.narrow(n.exclude(t.tx, e, by))
		if err != nil {
			return done, fmt.Errorf("narrow %s: %w", id.Campaign(n.campaign), err)
		}
		done.Deliveries += people
		if n.state != campaign.Ready {
			done.Approved += people
		}
	}
	return done, nil
}

// narrowLate takes those out of a plan that is just made who were excluded while
// it was.
func (t *tx) narrowLate(c campaign.Campaign) error {
	rows, err := t.pg.Query(t.ctx, `SELECT e.exclusion_no, e.kind, e.made_by FROM exclusion e WHERE e.incident_no = $1 AND EXISTS
		(SELECT 1 FROM exclusion_person p JOIN delivery d ON d.campaign_no = $2 AND d.recipient_no = p.recipient_no
		 WHERE p.incident_no = $1 AND p.exclusion_no = e.exclusion_no AND d.status IN ('pending', 'held') AND `+holding+") ORDER BY 1", int64(c.Incident), int64(c.ID))
	if err != nil {
		return fmt.Errorf("read late exclusions: %w", err)
	}
	late, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e cohort.Exclusion, err error) {
		return e, row.Scan((*int64)(&e.ID), (*string)(&e.Kind), (*int64)(&e.By))
	})
	if err != nil {
		return fmt.Errorf("read late exclusions: %w", err)
	}
	for _, e := range late {
		n := narrowing{campaign: int64(c.ID), incident: int64(c.Incident), plan: c.PlanNo, state: campaign.Ready}
		if _, err := t.narrow(n.exclude(t, e, access.Actor{User: e.By})); err != nil {
			return err
		}
	}
	return nil
}
