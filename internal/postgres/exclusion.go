package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/vault"
)

// ExclusionStore implements cohort.ExclusionStore.
type ExclusionStore struct{ *DB }

// Do runs f in one transaction.
func (s ExclusionStore) Do(ctx context.Context, f func(cohort.ExclusionTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(exclusionTx{t}) })
}

const exclusionColumns = `SELECT e.exclusion_no, e.incident_no, e.kind, coalesce(e.list_no, 0), coalesce(l.name, ''), e.people, e.reason, e.made_by, e.made_at,
	t.reason, t.made_by, t.made_at, f.recipient_no, r.address, r.address_index
	FROM exclusion e LEFT JOIN list l USING (list_no) LEFT JOIN exclusion_lift t USING (exclusion_no)
	CROSS JOIN LATERAL (SELECT min(recipient_no) AS recipient_no FROM exclusion_person p WHERE p.incident_no = e.incident_no AND p.exclusion_no = e.exclusion_no) f
	LEFT JOIN recipient r ON r.incident_no = e.incident_no AND r.recipient_no = f.recipient_no `

// The columns under which reasons are sealed.
const (
	exclusionReason = "exclusion.reason"
	liftReason      = "exclusion_lift.reason"
)

// scanExclusion opens the reasons, and masks the address of the first person.
func scanExclusion(keys *vault.Incident) pgx.RowToFunc[cohort.Exclusion] {
	return func(row pgx.CollectableRow) (cohort.Exclusion, error) {
		var e cohort.Exclusion
		var reason, liftReasonSealed, address []byte
		var by *int64
		var at *time.Time
		var index *[16]byte
		err := row.Scan((*int64)(&e.ID), (*int64)(&e.Incident), (*string)(&e.Kind), (*int64)(&e.List), &e.ListName, &e.People, &reason, (*int64)(&e.By), &e.At,
			&liftReasonSealed, &by, &at, &e.First.No, &address, &index)
		if err != nil {
			return e, err
		}
		e.At, e.First.Parent = e.At.UTC(), int64(e.Incident)
		plain, err := keys.OpenText(exclusionReason, reason, int64(e.Incident), int64(e.ID))
		if err != nil {
			return e, fmt.Errorf("open reason of %s: %w", e.ID, err)
		}
		e.Reason = string(plain)
		if at != nil {
			if plain, err = keys.OpenText(liftReason, liftReasonSealed, int64(e.Incident), int64(e.ID)); err != nil {
				return e, fmt.Errorf("open reason of lifting %s: %w", e.ID, err)
			}
			e.Lifting = &cohort.Lifting{Reason: string(plain), By: id.User(*by), At: at.UTC()}
		}
		if index == nil {
			return e, nil
		}
		if one, err := openAddress(keys, *index, address); err == nil { // a broken one is a reason to exclude its person
			e.Masked = one.Redacted()
		}
		return e, nil
	}
}

// Exclusion reads one.
func (s ExclusionStore) Exclusion(ctx context.Context, no id.Exclusion) (cohort.Exclusion, error) {
	return oneExclusion(ctx, s.DB, s.pool, no)
}

func oneExclusion(ctx context.Context, db *DB, q reader, no id.Exclusion) (cohort.Exclusion, error) {
	var incident int64
	err := q.QueryRow(ctx, "SELECT incident_no FROM exclusion WHERE exclusion_no = $1", int64(no)).Scan(&incident)
	if isMissing(err) {
		return cohort.Exclusion{}, cohort.ErrNoExclusion
	}
	if err != nil {
		return cohort.Exclusion{}, fmt.Errorf("read %s: %w", no, away(err))
	}
	keys, err := db.Incident(ctx, incident)
	if err != nil {
		return cohort.Exclusion{}, err
	}
	return oneFrom(ctx, q, exclusionColumns+"WHERE e.exclusion_no = $1", []any{int64(no)}, no, cohort.ErrNoExclusion, scanExclusion(keys))
}

// Exclusions reads a page in order of ids.
func (s ExclusionStore) Exclusions(ctx context.Context, incident id.Incident, after id.Exclusion, limit int, where ...filter.Equal) ([]cohort.Exclusion, error) {
	if err := s.incidentThere(ctx, incident); err != nil {
		return nil, err
	}
	keys, err := s.Incident(ctx, int64(incident))
	if err != nil {
		return nil, err
	}
	return pageFrom(ctx, s.pool, page{exclusionColumns + "WHERE e.incident_no = $1 AND e.exclusion_no > $2", []any{int64(incident), int64(after)},
		exclusionConditions, where, "e.exclusion_no", limit}, scanExclusion(keys))
}

var exclusionConditions = conditions{
	"kind":      "e.kind = ANY(?)",
	"state":     "(CASE WHEN t.made_at IS NULL THEN 'active' ELSE 'lifted' END) = ANY(?)",
	"recipient": "e.exclusion_no IN (SELECT p.exclusion_no FROM exclusion_person p WHERE p.incident_no = $1 AND p.incident_no = (?::bigint[])[1] AND p.recipient_no = (?::bigint[])[2])",
}

// People reads a page of those whom an exclusion speaks of.
func (s ExclusionStore) People(ctx context.Context, e cohort.Exclusion, after int64, limit int) ([]cohort.Recipient, error) {
	p := page{recipientColumns + `WHERE r.incident_no = $1 AND r.recipient_no IN (SELECT p.recipient_no FROM exclusion_person p
		WHERE p.incident_no = $1 AND p.exclusion_no = $2 AND p.recipient_no > $3 ORDER BY p.recipient_no LIMIT ` + fmt.Sprint(limit) + ")",
		[]any{int64(e.Incident), int64(e.ID), after}, nil, nil, "r.recipient_no", limit}
	return CohortStore(s).recipients(ctx, e.Incident, p)
}

// Excluded reads who is excluded from an incident now.
func (s ExclusionStore) Excluded(ctx context.Context, incident id.Incident) (all cohort.Excluded, err error) {
	err = CohortStore(s).Read(ctx, incident, func(scene cohort.Scene) error {
		all, err = scene.Excluded(ctx)
		return err
	})
	return all, err
}
