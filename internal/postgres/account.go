package postgres

import (
	"context"
	"fmt"

	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// ChangeAccount runs f in a transaction.
func (s IdentityStore) ChangeAccount(ctx context.Context, f func(identity.AccountTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(userTx{t}) })
}

// SaveSettings writes how somebody wants to see the pages.
func (t userTx) SaveSettings(no id.User, s identity.Settings) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE user_account SET zone = $2, scheme = $3, keys = $4 WHERE user_no = $1", int64(no), s.Zone, string(s.Scheme), s.Keys)
	if err != nil {
		return fmt.Errorf("save settings of %s: %w", no, err)
	}
	return nil
}

// SetPassword replaces a password and ends what else the user has open.
func (t userTx) SetPassword(no id.User, hash string, but id.Session) error {
	if err := t.setHash(no, hash); err != nil {
		return err
	}
	return t.endSessions(no, but)
}

func (t userTx) setHash(no id.User, hash string) error {
	if _, err := t.pg.Exec(t.ctx, "UPDATE user_account SET password_hash = nullif($2, ''), password_at = CASE WHEN $2 <> '' THEN clock_timestamp() END WHERE user_no = $1", int64(no), hash); err != nil {
		return fmt.Errorf("set password of %s: %w", no, err)
	}
	return nil
}

// SetRecovery replaces the recovery codes.
func (t userTx) SetRecovery(no id.User, codes []string) error {
	if _, err := t.pg.Exec(t.ctx, "DELETE FROM factor WHERE user_no = $1 AND kind = 'recovery'", int64(no)); err != nil {
		return fmt.Errorf("drop recovery codes of %s: %w", no, err)
	}
	return t.addRecovery(no, codes)
}

func (t userTx) addRecovery(no id.User, codes []string) error {
	for _, code := range codes {
		if _, err := t.pg.Exec(t.ctx, "INSERT INTO factor (user_no, kind, secret) VALUES ($1, 'recovery', $2)", int64(no), t.db.recoveryDigest(code)); err != nil {
			return fmt.Errorf("insert recovery code of %s: %w", no, err)
		}
	}
	return nil
}

// Factors reads what somebody signs in with.
func (s IdentityStore) Factors(ctx context.Context, of id.User) (identity.Factors, error) {
	var f identity.Factors
	err := s.pool.QueryRow(ctx, `SELECT u.password_at, min(f.created_at) FILTER (WHERE kind = 'totp'), count(*) FILTER (WHERE kind = 'recovery' AND used_at IS NULL)
		FROM user_account u LEFT JOIN factor f USING (user_no) WHERE user_no = $1 GROUP BY user_no`, int64(of)).Scan(&f.Password, &f.Since, &f.Recovery)
	if err != nil {
		return f, fmt.Errorf("read factors of %s: %w", of, away(err))
	}
	f.Password, f.Since = utc(f.Password), utc(f.Since)
	return f, nil
}
