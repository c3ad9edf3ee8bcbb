package postgres

import (
	"context"
	"fmt"

	"forthwith/internal/identity"
	"forthwith/internal/ledger"
)

// Retire ends the sample. See identity.Samples.
func (s IdentityStore) Retire(ctx context.Context, record func(identity.Retirement) ledger.Entry) (identity.Retirement, error) {
	var r identity.Retirement
	err := s.do(ctx, func(t *tx) error {
		r = identity.Retirement{}
		people, err := t.pg.Exec(ctx, "UPDATE user_account SET disabled_at = now(), version = version + 1 WHERE sample AND disabled_at IS NULL")
		if err != nil {
			return fmt.Errorf("disable sample people: %w", err)
		}
		incidents, err := t.pg.Exec(ctx, "UPDATE incident SET state = 'closed', version = version + 1 WHERE sample AND state = 'open'")
		if err != nil {
			return fmt.Errorf("close sample incidents: %w", err)
		}
		marker, err := t.pg.Exec(ctx, "UPDATE installation SET marker = 'production' WHERE marker = 'sample'")
		if err != nil {
			return fmt.Errorf("mark installation: %w", err)
		}
		r.People, r.Incidents = people.RowsAffected(), incidents.RowsAffected()
		if r.People+r.Incidents+marker.RowsAffected() == 0 {
			return nil
		}
		return t.Record(record(r))
	})
	return r, err
}
