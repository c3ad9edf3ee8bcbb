package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/mailaddr"
	"forthwith/internal/suppression"
	"forthwith/internal/vault"
)

// SuppressionStore implements suppression.Store and suppression.DeskStore.
type SuppressionStore struct{ *DB }

// The lock under which suppressions are added. The end of a preflight shares it.
const (
	suppressionsLock   = "SELECT pg_advisory_xact_lock(hashtextextended('suppressions', 0))"
	suppressionsShared = "SELECT pg_advisory_xact_lock_shared(hashtextextended('suppressions', 0))"
)

// Do runs f in one transaction. Its time is the one at which it need wait for
// nobody else: what was decided before that is older than what it adds.
func (s SuppressionStore) Do(ctx context.Context, f func(suppression.Tx) error) error {
	return s.do(ctx, func(t *tx) error {
		if _, err := t.pg.Exec(ctx, suppressionsLock); err != nil {
			return fmt.Errorf("lock suppressions: %w", err)
		}
		if err := t.readClock(); err != nil {
			return err
		}
		return f(suppressionTx{t})
	})
}

type suppressionTx struct{ *tx }

// The columns under which reasons are sealed, bound to the digest beside them.
const (
	suppressionReason = "suppression.reason"
	releaseReason     = "suppression.release_reason"
)

func boundTo(digest vault.Index) int64 { return int64(binary.BigEndian.Uint64(digest[:8])) }

// Insert keeps suppressions and matches them. See suppression.Tx.
func (t suppressionTx) Insert(s suppression.Suppression, addresses []mailaddr.Address) ([]id.Suppression, error) {
	in := t.db.Installation()
	digests, reasons := make([][16]byte, len(addresses)), make([][]byte, len(addresses))
	by := make(map[[16]byte]mailaddr.Address, len(addresses))
	for i, a := range addresses {
		digest := in.SuppressionDigest(a.GroupingKey())
		sealed, err := in.SealSetting(suppressionReason, boundTo(digest), []byte(s.Reason))
		if err != nil {
			return nil, err
		}
		digests[i], reasons[i], by[digest] = digest, sealed, a
	}
	rows, err := t.pg.Query(t.ctx, `INSERT INTO suppression (digest, source, reason, made_by, made_at, file_no)
		SELECT u.digest, $3, u.reason, $4, $5, nullif($6::bigint, 0) FROM unnest($1::uuid[], $2::bytea[]) AS u (digest, reason)
		ON CONFLICT (digest) WHERE released_at IS NULL DO NOTHING RETURNING suppression_no, digest`, digests, reasons, string(s.Source), int64(s.By), s.At, int64(s.File))
	if err != nil {
		return nil, fmt.Errorf("insert suppressions: %w", err)
	}
	var made []known
	var one known
	var digest [16]byte
	_, err = pgx.ForEachRow(rows, []any{&one.no, &digest}, func() error {
		one.address = by[digest]
		made = append(made, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("insert suppressions: %w", err)
	}
	slices.SortFunc(made, func(a, b known) int { return int(a.no - b.no) })
	numbers := make([]id.Suppression, len(made))
	for i, k := range made {
		numbers[i] = id.Suppression(k.no)
	}
	return numbers, t.match(made)
}

// known is a suppression while its address is at hand.
type known struct {
	no      int64
	address mailaddr.Address
}

// match finds the members of campaigns that have not ended among people whom new
// suppressions name. Campaigns that were not launched are locked, so that who
// launches waits; what is being sent goes on.
func (t suppressionTx) match(made []known) error {
	if _, err := t.pg.Exec(t.ctx, "SELECT 1 FROM campaign WHERE state IN ('draft', 'preflighting', 'ready', 'approved') ORDER BY campaign_no FOR UPDATE"); err != nil {
		return fmt.Errorf("lock campaigns: %w", err)
	}
	rows, err := t.pg.Query(t.ctx, "SELECT incident_no, campaign_no FROM campaign WHERE state NOT IN ('complete', 'closed_with_exceptions', 'aborted')")
	if err != nil {
		return fmt.Errorf("read campaigns: %w", err)
	}
	open := map[int64][]int64{}
	var incident, campaign int64
	_, err = pgx.ForEachRow(rows, []any{&incident, &campaign}, func() error {
		open[incident] = append(open[incident], campaign)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read campaigns: %w", err)
	}
	for incident, campaigns := range open {
		if err := t.matchIn(incident, campaigns, made); err != nil {
			return fmt.Errorf("match suppressions in incident %d: %w", incident, err)
		}
	}
	return nil
}

func (t suppressionTx) matchIn(incident int64, campaigns []int64, made []known) error {
	keys, err := t.db.Incident(t.ctx, incident)
	if fault.Is(err, "incident_shredded") {
		return nil
	}
	if err != nil {
		return err
	}
	indexes, numbers := make([][16]byte, len(made)), make([]int64, len(made))
	for i, k := range made {
		indexes[i], numbers[i] = keys.AddressIndex(k.address.GroupingKey()), k.no
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO suppression_hit (campaign_no, recipient_no, suppression_no)
		SELECT c.campaign_no, r.recipient_no, u.no FROM unnest($3::uuid[], $4::bigint[]) AS u (address_index, no)
		JOIN recipient r ON r.incident_no = $1 AND r.address_index = u.address_index
		JOIN campaign c ON c.campaign_no = ANY($2)
		JOIN cohort_member m ON m.incident_no = $1 AND m.cohort_no = c.cohort_no AND m.recipient_no = r.recipient_no ON CONFLICT DO NOTHING`,
		incident, campaigns, indexes, numbers)
	return err
}

const suppressionColumns = `SELECT s.suppression_no, s.digest, s.source, s.reason, s.made_by, s.made_at, s.release_reason, s.released_by, s.released_at, coalesce(s.file_no, 0) FROM suppression s `

func (db *DB) scanSuppression(row pgx.CollectableRow) (suppression.Suppression, error) {
	var s suppression.Suppression
	var digest [16]byte
	var reason, released []byte
	var by *int64
	var at *time.Time
	if err := row.Scan((*int64)(&s.ID), &digest, (*string)(&s.Source), &reason, (*int64)(&s.By), &s.At, &released, &by, &at, (*int64)(&s.File)); err != nil {
		return s, err
	}
	s.At = s.At.UTC()
	plain, err := db.Installation().OpenSetting(suppressionReason, boundTo(digest), reason)
	if err != nil {
		return s, fmt.Errorf("open reason of %s: %w", s.ID, err)
	}
	s.Reason = string(plain)
	if at != nil {
		if plain, err = db.Installation().OpenSetting(releaseReason, boundTo(digest), released); err != nil {
			return s, fmt.Errorf("open reason of releasing %s: %w", s.ID, err)
		}
		s.Release = &suppression.Release{Reason: string(plain), By: id.User(*by), At: at.UTC()}
	}
	return s, nil
}

// Suppression reads one.
func (s SuppressionStore) Suppression(ctx context.Context, no id.Suppression) (suppression.Suppression, error) {
	return oneFrom(ctx, s.pool, suppressionColumns+"WHERE s.suppression_no = $1", []any{int64(no)}, no, suppression.ErrNotFound, s.scanSuppression)
}

// Suppressions reads a page in order of ids.
func (s SuppressionStore) Suppressions(ctx context.Context, after id.Suppression, limit int, where ...filter.Equal) ([]suppression.Suppression, error) {
	return pageFrom(ctx, s.pool, page{suppressionColumns + "WHERE s.suppression_no > $1", []any{int64(after)}, conditions{
		"source": "s.source = ANY(?)", "state": "(CASE WHEN s.released_at IS NULL THEN 'active' ELSE 'released' END) = ANY(?)",
	}, where, "s.suppression_no", limit}, s.scanSuppression)
}

// Lock reads a suppression for a change.
func (t suppressionTx) Lock(no id.Suppression) (suppression.Suppression, error) {
	return oneFrom(t.ctx, t.pg, suppressionColumns+"WHERE s.suppression_no = $1 FOR UPDATE", []any{int64(no)}, no, suppression.ErrNotFound, t.db.scanSuppression)
}

// Release ends a suppression.
func (t suppressionTx) Release(s suppression.Suppression) error {
	var digest [16]byte
	if err := t.pg.QueryRow(t.ctx, "SELECT digest FROM suppression WHERE suppression_no = $1", int64(s.ID)).Scan(&digest); err != nil {
		return fmt.Errorf("release %s: %w", s.ID, err)
	}
	sealed, err := t.db.Installation().SealSetting(releaseReason, boundTo(digest), []byte(s.Release.Reason))
	if err != nil {
		return err
	}
	_, err = t.pg.Exec(t.ctx, "UPDATE suppression SET release_reason = $2, released_by = $3, released_at = $4 WHERE suppression_no = $1",
		int64(s.ID), sealed, int64(s.Release.By), s.Release.At)
	if err != nil {
		return fmt.Errorf("release %s: %w", s.ID, err)
	}
	return nil
}
