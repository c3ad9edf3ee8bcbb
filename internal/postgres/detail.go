package postgres

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
)

// Delivery reads one delivery with everything on record about it.
func (s EvidenceStore) Delivery(ctx context.Context, no id.Delivery) (evidence.Detail, error) {
	d := evidence.Detail{Campaign: id.Campaign(no.Parent)}
	found := false
	err := s.Rows(ctx, d.Campaign, evidence.Masked, evidence.Filter{After: no.No - 1, Limit: 1}, func(r evidence.Row) error {
		d.Row, found = r, r.Delivery == no
		return nil
	})
	if err != nil || !found {
		if err == nil || isMissing(err) {
			err = delivery.ErrNotFound
		}
		return d, err
	}
	if d.History, err = s.attempts(ctx, no); err != nil {
		return d, fmt.Errorf("read attempts of %s: %w", no, away(err))
	}
	if d.Decisions, err = s.decisions(ctx, no); err != nil {
		return d, fmt.Errorf("read decisions on %s: %w", no, away(err))
	}
	return d, nil
}

func (s EvidenceStore) attempts(ctx context.Context, no id.Delivery) ([]evidence.Attempt, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.attempt, i.at, r.name, i.message_sha256, o.phase, coalesce(o.code, 0), coalesce(o.enhanced, ''), coalesce(o.lost, false),
		coalesce(o.queue_id, ''), coalesce(o.tls_version, ''), o.certificate, coalesce(o.at, i.at)
		FROM intent i JOIN relay r USING (relay_no) LEFT JOIN outcome o USING (campaign_no, seq, attempt)
		WHERE i.campaign_no = $1 AND i.seq = $2 ORDER BY i.attempt, o.n`, no.Parent, no.No)
	if err != nil {
		return nil, err
	}
	var all []evidence.Attempt
	var a evidence.Attempt
	var sum, certificate []byte
	var phase *string
	var answer evidence.Answer
	_, err = pgx.ForEachRow(rows, []any{&a.No, &a.At, &a.Relay, &sum, &phase, &answer.Code, &answer.Enhanced, &answer.Lost, &answer.QueueID, &answer.TLSVersion, &certificate, &answer.At}, func() error {
		if n := len(all); n == 0 || all[n-1].No != a.No {
			all = append(all, evidence.Attempt{No: a.No, At: a.At.UTC(), Relay: a.Relay, MessageSHA256: hex.EncodeToString(sum)})
		}
		if phase != nil {
			answer.Phase, answer.Certificate, answer.At = outcome.Phase(*phase), hex.EncodeToString(certificate), answer.At.UTC()
			last := &all[len(all)-1]
			last.Outcomes = append(last.Outcomes, answer)
		}
		return nil
	})
	return all, err
}

func (s EvidenceStore) decisions(ctx context.Context, no id.Delivery) ([]evidence.Decision, error) {
	rows, err := s.pool.Query(ctx, `SELECT d.kind, d.attempt, d.actor, d.at, d.reason, coalesce(d.code, ''), d.decision_no, c.incident_no FROM decision d JOIN campaign c USING (campaign_no)
		WHERE d.campaign_no = $1 AND $2 BETWEEN d.from_seq AND d.to_seq
		  AND (d.plan_no IS NULL OR d.plan_no = (SELECT v.plan_no FROM delivery v WHERE v.campaign_no = $1 AND v.seq = $2)) ORDER BY d.decision_no`, no.Parent, no.No)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (evidence.Decision, error) {
		var d evidence.Decision
		var kind, code string
		var sealed []byte
		var number, incident int64
		if err := row.Scan(&kind, &d.Attempt, &d.By, &d.At, &sealed, &code, &number, &incident); err != nil {
			return d, err
		}
		d.Kind, d.At = outcome.DecisionKind(kind), d.At.UTC()
		if code != "" {
			d.Reason = phrase.Say(code, nil)
		}
		if sealed == nil {
			return d, nil
		}
		keys, err := s.Incident(ctx, incident)
		if err != nil {
			return d, err
		}
		plain, err := keys.OpenText(decisionReason, sealed, no.Parent, number)
		d.Reason = string(plain)
		return d, err
	})
}

const decisionReason = "decision.reason"
