package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

const tokenUse = "api_token"

// Bearer finds who a token acts for. Every request asks anew, so that a revoked
// token and a disabled user end with the next one.
func (s IdentityStore) Bearer(ctx context.Context, token string) (access.Actor, error) {
	digest := s.keys.installation.SecretDigest(tokenUse, token)
	var no, user int64
	var role string
	var scopes []string
	var steppedUp bool
	err := s.pool.QueryRow(ctx, `SELECT t.token_no, u.user_no, u.role, t.scopes,
			EXISTS (SELECT 1 FROM step_up s WHERE s.holder = t.token_hash AND s.user_no = u.user_no AND s.until > clock_timestamp())
		FROM api_token t JOIN user_account u USING (user_no)
		WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp() AND u.disabled_at IS NULL`, digest[:]).
		Scan(&no, &user, &role, &scopes, &steppedUp)
	if errors.Is(err, pgx.ErrNoRows) {
		return access.Actor{}, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	if err != nil {
		return access.Actor{}, fmt.Errorf("find token: %w", away(err))
	}
	return access.Actor{User: id.User(user), Token: id.Token(no), Role: access.Role(role), Scopes: readScopes(scopes), SteppedUp: steppedUp}, nil
}

func readScopes(text []string) []access.Scope {
	out := make([]access.Scope, len(text))
	for i, s := range text {
		out[i] = access.Scope(s)
	}
	return out
}

// Tokens reads a page in order of ids, of one user or of everybody.
func (s IdentityStore) Tokens(ctx context.Context, of id.User, after id.Token, limit int) ([]identity.Token, error) {
	rows, err := s.pool.Query(ctx, `SELECT token_no, user_no, name, scopes, created_at, expires_at, revoked_at FROM api_token
		WHERE token_no > $1 AND ($2 = 0 OR user_no = $2) ORDER BY token_no LIMIT $3`, int64(after), int64(of), limit)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", away(err))
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (identity.Token, error) {
		var no, user int64
		var scopes []string
		var t identity.Token
		err := row.Scan(&no, &user, &t.Name, &scopes, &t.CreatedAt, &t.ExpiresAt, &t.RevokedAt)
		t.ID, t.User, t.Scopes = id.Token(no), id.User(user), readScopes(scopes)
		t.CreatedAt, t.ExpiresAt, t.RevokedAt = t.CreatedAt.UTC(), t.ExpiresAt.UTC(), utc(t.RevokedAt)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", away(err))
	}
	return out, nil
}

type tokenTx struct{ *tx }

// Owner reads the user of a token to be, and keeps their role until the token
// is there.
func (t tokenTx) Owner(no id.User) (identity.User, error) {
	return oneUser(t.gorm, "WHERE u.user_no = ? FOR SHARE OF u", int64(no))
}

// Insert writes a token as its digest.
func (t tokenTx) Insert(v identity.Token, secret string) (id.Token, error) {
	digest := t.db.keys.installation.SecretDigest(tokenUse, secret)
	scopes := make([]string, len(v.Scopes))
	for i, s := range v.Scopes {
		scopes[i] = string(s)
	}
	var no int64
	err := t.pg.QueryRow(t.ctx, "INSERT INTO api_token (user_no, token_hash, name, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING token_no",
		int64(v.User), digest[:], v.Name, scopes, v.CreatedAt, v.ExpiresAt).Scan(&no)
	if err != nil {
		return 0, fmt.Errorf("insert token of %s: %w", v.User, err)
	}
	return id.Token(no), nil
}

// Revoke ends a token and the step-up that was given to it.
func (t tokenTx) Revoke(no id.Token, of id.User) (bool, error) {
	var digest []byte
	var ended bool
	err := t.pg.QueryRow(t.ctx, "SELECT token_hash, revoked_at IS NOT NULL FROM api_token WHERE token_no = $1 AND ($2 = 0 OR user_no = $2) FOR UPDATE", int64(no), int64(of)).
		Scan(&digest, &ended)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, identity.ErrNoToken
	}
	if err != nil || ended {
		return false, err
	}
	var b pgx.Batch
	b.Queue("UPDATE api_token SET revoked_at = clock_timestamp() WHERE token_no = $1", int64(no))
	b.Queue("DELETE FROM step_up WHERE holder = $1", digest)
	if err := t.pg.SendBatch(t.ctx, &b).Close(); err != nil {
		return false, fmt.Errorf("revoke %s: %w", no, err)
	}
	return true, nil
}

type tryTx struct{ *tx }

func (t tryTx) subject(name string) []byte {
	digest := t.db.keys.installation.SecretDigest("sign_in_try", name)
	return digest[:]
}

// Tries reads and locks the count of an account, making it where there is none.
func (t tryTx) Tries(name string) (identity.Tries, error) {
	var got identity.Tries
	err := t.pg.QueryRow(t.ctx, `INSERT INTO sign_in_try (subject, tries, next_at) VALUES ($1, 0, $2)
		ON CONFLICT (subject) DO UPDATE SET tries = sign_in_try.tries RETURNING tries, next_at`, t.subject(name), t.at).Scan(&got.Wrong, &got.NextAt)
	if err != nil {
		return got, fmt.Errorf("read tries: %w", err)
	}
	// Another try may have held the row while this one waited.
	if err := t.pg.QueryRow(t.ctx, "SELECT clock_timestamp()").Scan(&t.at); err != nil {
		return got, fmt.Errorf("read clock: %w", err)
	}
	return got, nil
}

// dropTries forgets accounts that nobody tried for a day: anybody can make
// such rows, by trying addresses that do not exist.
const dropTries = `DELETE FROM sign_in_try WHERE subject IN (SELECT subject FROM sign_in_try
	WHERE next_at < clock_timestamp() - interval '1 day' LIMIT 100 FOR UPDATE SKIP LOCKED)`

// SaveTries writes the count of an account; a count of none is forgotten.
func (t tryTx) SaveTries(name string, v identity.Tries) error {
	var b pgx.Batch
	if v.Wrong == 0 {
		b.Queue("DELETE FROM sign_in_try WHERE subject = $1", t.subject(name))
	} else {
		b.Queue("UPDATE sign_in_try SET tries = $2, next_at = $3 WHERE subject = $1", t.subject(name), v.Wrong, v.NextAt)
		b.Queue(dropTries)
	}
	if err := t.pg.SendBatch(t.ctx, &b).Close(); err != nil {
		return fmt.Errorf("save tries: %w", err)
	}
	return nil
}

// Factor reads and opens the second factor of a user.
func (t tryTx) Factor(no id.User) (identity.Factor, error) {
	var f identity.Factor
	var sealed []byte
	err := t.pg.QueryRow(t.ctx, "SELECT factor_no, secret, last_step FROM factor WHERE user_no = $1 AND kind = 'totp' ORDER BY factor_no DESC LIMIT 1 FOR UPDATE", int64(no)).
		Scan(&f.No, &sealed, &f.LastStep)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, identity.ErrNoUser
	}
	if err != nil {
		return f, fmt.Errorf("read factor of %s: %w", no, err)
	}
	secret, err := t.db.keys.installation.OpenSetting(factorColumn, int64(no), sealed)
	f.Secret = string(secret)
	return f, err
}

// StepUp uses a step of a factor and opens the actor's token or session.
func (t tryTx) StepUp(f identity.Factor, by access.Actor, until time.Time) error {
	holder, no := "SELECT token_hash, user_no FROM api_token WHERE token_no = $1", int64(by.Token)
	if by.Session != 0 {
		holder, no = "SELECT token_hash, user_no FROM session WHERE session_no = $1", int64(by.Session)
	}
	var b pgx.Batch
	b.Queue("UPDATE factor SET last_step = $2, used_at = clock_timestamp() WHERE factor_no = $1", f.No, f.LastStep)
	b.Queue(`INSERT INTO step_up (holder, user_no, until) SELECT h.token_hash, h.user_no, $3 FROM (`+holder+`) h WHERE h.user_no = $2
		ON CONFLICT (holder) DO UPDATE SET until = excluded.until`, no, int64(by.User), until)
	if err := t.pg.SendBatch(t.ctx, &b).Close(); err != nil {
		return fmt.Errorf("open step-up of %s: %w", by.User, err)
	}
	return nil
}
