package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// sealedReason is where the reason of an answer stands.
const sealedReason = "finding_answer.reason"

// Answer keeps an answer to each of some findings.
func (t noticeTx) Answer(v notice.Version, findings []string, a notice.Answer) error {
	keys, err := t.db.Incident(t.ctx, int64(v.Incident))
	if err != nil {
		return err
	}
	sealed, err := keys.SealText(sealedReason, []byte(a.Reason))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "INSERT INTO finding_answer (notice_no, finding, reason, made_by) SELECT $1, f, $3, $4 FROM unnest($2::text[]) f",
		int64(v.Notice), findings, sealed, int64(a.By))
	if err != nil {
		return fmt.Errorf("answer findings of %s: %w", v.ID, err)
	}
	return nil
}

// answers reads what was answered about a notice, the oldest first.
func (s NoticeStore) answers(ctx context.Context, keys *vault.Incident, no id.Notice) ([]notice.Answer, error) {
	rows, err := s.pool.Query(ctx, "SELECT finding, reason, made_by, at FROM finding_answer WHERE notice_no = $1 ORDER BY answer_no", int64(no))
	if err != nil {
		return nil, fmt.Errorf("read answers about %s: %w", no, away(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (notice.Answer, error) {
		var a notice.Answer
		var sealed []byte
		if err := row.Scan(&a.Finding, &sealed, (*int64)(&a.By), &a.At); err != nil {
			return a, err
		}
		plain, err := keys.OpenText(sealedReason, sealed)
		a.Reason, a.At = string(plain), a.At.UTC()
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read answers about %s: %w", no, away(err))
	}
	return all, nil
}

// answered are the findings of a version's notice that somebody answered.
func (s NoticeStore) answered(ctx context.Context, no id.Version) ([]string, error) {
	rows, err := s.pool.Query(ctx, "SELECT DISTINCT finding FROM finding_answer JOIN version USING (notice_no) WHERE version_no = $1", int64(no))
	if err != nil {
		return nil, fmt.Errorf("read what was answered about %s: %w", no, away(err))
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Frozen gives the frozen cohorts of an incident.
func (s NoticeStore) Frozen(ctx context.Context, incident id.Incident) ([]id.Cohort, error) {
	all, err := s.numbers(ctx, "SELECT cohort_no FROM cohort WHERE incident_no = $1 AND state = 'frozen' ORDER BY 1", int64(incident))
	if err != nil {
		return nil, fmt.Errorf("read frozen cohorts of %s: %w", incident, away(err))
	}
	out := make([]id.Cohort, len(all))
	for i, no := range all {
		out[i] = id.Cohort(no)
	}
	return out, nil
}
