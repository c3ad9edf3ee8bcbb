package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/canon"
	"forthwith/internal/genuine"
	"forthwith/internal/id"
	"forthwith/internal/vault"
)

// GenuineStore implements genuine.Store.
type GenuineStore struct{ *DB }

// CodeOf finds the campaign of a code. It always fetches one row, the code's own
// or the next one behind it, so that neither the index nor the table does more
// for a code that is there.
func (s GenuineStore) CodeOf(ctx context.Context, digest vault.Index) (id.Campaign, error) {
	var found [16]byte
	var no int64
	err := s.pool.QueryRow(ctx, "SELECT code_digest, campaign_no FROM code WHERE code_digest >= $1 ORDER BY code_digest LIMIT 1", [16]byte(digest)).Scan(&found, &no)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("look a code up: %w", away(err))
	}
	if vault.Index(found) != digest {
		return 0, nil
	}
	return id.Campaign(no), nil
}

// Launches reads what was launched under the plan that a campaign has. One that
// was aborted before it began has sent nothing.
func (s GenuineStore) Launches(ctx context.Context) ([]genuine.Launch, error) {
	rows, err := s.pool.Query(ctx, `SELECT c.campaign_no, coalesce(c.corrects, 0), l.plan_sha256, l.at, c.finished_at,
		  EXISTS (SELECT 1 FROM version_event e WHERE e.version_no = c.version_no AND e.kind = 'withdraw')
		FROM launch l JOIN campaign c ON c.campaign_no = l.campaign_no AND c.plan_sha256 = l.plan_sha256
		WHERE c.state IN ('scheduled', 'sending', 'paused', 'complete', 'closed_with_exceptions') OR c.state = 'aborted' AND c.started_at IS NOT NULL
		ORDER BY c.campaign_no`)
	if err != nil {
		return nil, fmt.Errorf("read launches: %w", away(err))
	}
	all, err := pgx.CollectRows(rows, scanLaunch)
	if err != nil {
		return nil, fmt.Errorf("read launches: %w", away(err))
	}
	return all, nil
}

func scanLaunch(row pgx.CollectableRow) (l genuine.Launch, err error) {
	var hash []byte
	var ended *time.Time
	if err := row.Scan((*int64)(&l.Campaign), (*int64)(&l.Corrects), &hash, &l.At, &ended, &l.Withdrawn); err != nil {
		return l, err
	}
	l.Plan, l.At = canon.Hash(hash), l.At.UTC()
	if ended != nil {
		l.Ended = ended.UTC()
	}
	return l, nil
}

// Plan reads the document of a plan.
func (s GenuineStore) Plan(ctx context.Context, hash canon.Hash) ([]byte, error) {
	var document []byte
	if err := s.pool.QueryRow(ctx, "SELECT document FROM plan WHERE sha256 = $1", hash[:]).Scan(&document); err != nil {
		return nil, fmt.Errorf("read plan %s: %w", hash, away(err))
	}
	return document, nil
}
