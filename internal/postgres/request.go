package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/fault"
	"forthwith/internal/identity"
)

// RequestStore implements identity.Requests.
type RequestStore struct{ *DB }

// requestLife is how long a key is remembered.
const requestLife = "24 hours"

// answerColumn names where a kept answer stands; its number is the user's.
const answerColumn = "idempotency_key.body"

func (s RequestStore) digests(r identity.Request) (key, body []byte) {
	k := s.keys.installation.SecretDigest("idempotency_key", r.Key)
	b := s.keys.installation.SecretDigest("idempotency_body", string(r.Body))
	return k[:], b[:]
}

// Begin takes the key, or gives what it was answered with. Of two that come at
// once, one takes it.
func (s RequestStore) Begin(ctx context.Context, r identity.Request) (identity.Answer, error) {
	key, body := s.digests(r)
	_, err := s.pool.Exec(ctx, "DELETE FROM idempotency_key WHERE user_no = $1 AND created_at < clock_timestamp() - $2::interval", int64(r.User), requestLife)
	if err != nil {
		return identity.Answer{}, fmt.Errorf("drop old keys: %w", away(err))
	}
	taken, err := s.pool.Exec(ctx, `INSERT INTO idempotency_key (user_no, route, key_hash, body_hash, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())
		ON CONFLICT DO NOTHING`, int64(r.User), r.Route, key, body)
	if err != nil {
		return identity.Answer{}, fmt.Errorf("take key: %w", away(err))
	}
	if taken.RowsAffected() == 1 {
		return identity.Answer{}, nil
	}
	return s.kept(ctx, r, key, body)
}

func (s RequestStore) kept(ctx context.Context, r identity.Request, key, body []byte) (identity.Answer, error) {
	var a identity.Answer
	var same bool
	var status *int
	var headers, sealed []byte
	err := s.pool.QueryRow(ctx, "SELECT body_hash = $4, status, headers, body FROM idempotency_key WHERE user_no = $1 AND route = $2 AND key_hash = $3",
		int64(r.User), r.Route, key, body).Scan(&same, &status, &headers, &sealed)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it was refused just now and may be tried again
		return a, fault.New(fault.Conflict, "key_running", nil)
	case err != nil:
		return a, fmt.Errorf("read key: %w", away(err))
	case !same:
		return a, fault.Wrong("Idempotency-Key", "key_reused", nil)
	case status == nil:
		return a, fault.New(fault.Conflict, "key_running", nil)
	}
	a.Status = *status
	if err := json.Unmarshal(headers, &a.Headers); err != nil {
		return a, fmt.Errorf("read kept answer: %w", err)
	}
	a.Body, err = s.keys.installation.OpenSetting(answerColumn, int64(r.User), sealed)
	return a, err
}

// Keep stores an answer, sealed: some hold a secret that is told once.
func (s RequestStore) Keep(ctx context.Context, r identity.Request, a identity.Answer) error {
	key, _ := s.digests(r)
	headers, err := json.Marshal(a.Headers)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	sealed, err := s.keys.installation.SealSetting(answerColumn, int64(r.User), a.Body)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, "UPDATE idempotency_key SET status = $4, headers = $5, body = $6 WHERE user_no = $1 AND route = $2 AND key_hash = $3",
		int64(r.User), r.Route, key, a.Status, headers, sealed)
	if err != nil {
		return fmt.Errorf("keep answer: %w", away(err))
	}
	return nil
}

// Forget frees a key that was never answered.
func (s RequestStore) Forget(ctx context.Context, r identity.Request) error {
	key, _ := s.digests(r)
	_, err := s.pool.Exec(ctx, "DELETE FROM idempotency_key WHERE user_no = $1 AND route = $2 AND key_hash = $3 AND status IS NULL", int64(r.User), r.Route, key)
	if err != nil {
		return fmt.Errorf("free key: %w", away(err))
	}
	return nil
}
