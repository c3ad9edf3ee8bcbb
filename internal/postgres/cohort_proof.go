package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
)

// Digests reads the digests of a frozen cohort's members in the order of the
// root, and that of one of them.
func (s CohortStore) Digests(ctx context.Context, c cohort.Cohort, of id.Recipient) (canon.Hash, []canon.Hash, error) {
	var own canon.Hash
	member := false
	rows, err := s.pool.Query(ctx, `SELECT m.recipient_no, r.proof_digest FROM cohort_member m JOIN recipient r ON r.incident_no = m.incident_no AND r.recipient_no = m.recipient_no
		WHERE m.incident_no = $1 AND m.cohort_no = $2 ORDER BY m.seq`, int64(c.Incident), int64(c.ID))
	if err != nil {
		return own, nil, fmt.Errorf("read digests of %s: %w", c.ID, away(err))
	}
	all := make([]canon.Hash, 0, c.Figures.Resolved)
	var no int64
	var digest []byte
	_, err = pgx.ForEachRow(rows, []any{&no, &digest}, func() error {
		all = append(all, canon.FromBytes(digest))
		if no == of.No {
			own, member = all[len(all)-1], true
		}
		return nil
	})
	if err != nil {
		return own, nil, fmt.Errorf("read digests of %s: %w", c.ID, away(err))
	}
	if !member {
		return own, nil, cohort.ErrNoMember
	}
	return own, all, nil
}
