package postgres

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

const (
	sessionUse    = "session"
	invitationUse = "invitation"
)

// SignIn runs f in a transaction.
func (s IdentityStore) SignIn(ctx context.Context, f func(identity.SignInTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(signInTx{tryTx{t}}) })
}

// openSession says when a session still counts.
const openSession = `s.revoked_at IS NULL AND NOT s.asked_code AND s.expires_at > clock_timestamp()
	AND s.last_seen_at > clock_timestamp() - make_interval(secs => `

// Session finds who a session acts for, and notes once a minute that it was
// seen.
func (s IdentityStore) Session(ctx context.Context, token string) (identity.Signed, error) {
	digest := s.keys.installation.SecretDigest(sessionUse, token)
	var g identity.Signed
	var no, user int64
	var role string
	err := s.pool.QueryRow(ctx, `SELECT s.session_no, s.created_at, s.last_seen_at, s.expires_at, u.user_no, u.email, u.name, u.role, u.sample, u.zone, u.scheme, u.keys,
			EXISTS (SELECT 1 FROM step_up p WHERE p.holder = s.token_hash AND p.user_no = u.user_no AND p.until > clock_timestamp())
		FROM session s JOIN user_account u USING (user_no)
		WHERE s.token_hash = $1 AND u.disabled_at IS NULL AND `+openSession+`$2)`, digest[:], identity.IdleTime.Seconds()).
		Scan(&no, &g.Session.CreatedAt, &g.Session.LastSeenAt, &g.Session.ExpiresAt, &user, &g.User.Email, &g.User.Name, &role, &g.User.Sample,
			&g.User.Settings.Zone, &g.User.Settings.Scheme, &g.User.Settings.Keys, &g.Actor.SteppedUp)
	if errors.Is(err, pgx.ErrNoRows) {
		return g, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	if err != nil {
		return g, fmt.Errorf("find session: %w", away(err))
	}
	g.User.ID, g.User.Role = id.User(user), access.Role(role)
	g.Session.ID, g.Session.User = id.Session(no), g.User.ID
	g.Actor.User, g.Actor.Role, g.Actor.Session = g.User.ID, g.User.Role, g.Session.ID
	_, err = s.pool.Exec(ctx, `UPDATE session SET last_seen_at = clock_timestamp()
		WHERE session_no = $1 AND last_seen_at < clock_timestamp() - interval '1 minute'`, no)
	if err != nil {
		return g, fmt.Errorf("note session: %w", away(err))
	}
	return g, nil
}

// Sessions reads the open sessions of a user, the newest first.
func (s IdentityStore) Sessions(ctx context.Context, of id.User) ([]identity.Session, error) {
	rows, err := s.pool.Query(ctx, `SELECT s.session_no, s.user_no, s.created_at, s.last_seen_at, s.expires_at FROM session s
		WHERE s.user_no = $1 AND `+openSession+`$2) ORDER BY s.session_no DESC LIMIT 100`, int64(of), identity.IdleTime.Seconds())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", away(err))
	}
	out, err := pgx.CollectRows(rows, readSession)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", away(err))
	}
	return out, nil
}

func readSession(row pgx.CollectableRow) (identity.Session, error) {
	var no, user int64
	var v identity.Session
	err := row.Scan(&no, &user, &v.CreatedAt, &v.LastSeenAt, &v.ExpiresAt)
	v.ID, v.User = id.Session(no), id.User(user)
	v.CreatedAt, v.LastSeenAt, v.ExpiresAt = v.CreatedAt.UTC(), v.LastSeenAt.UTC(), v.ExpiresAt.UTC()
	return v, err
}

// Invited reads whom an invitation is for.
func (s IdentityStore) Invited(ctx context.Context, token string) (identity.Invited, error) {
	digest := s.keys.installation.SecretDigest(invitationUse, token)
	u, err := oneUser(s.gorm.WithContext(ctx), invitedUser, digest[:])
	if fault.Is(err, identity.ErrNoUser.Code) {
		err = identity.ErrNoInvitation
	}
	return identity.Invited{User: u, TOTPSecret: s.offeredSecret(token)}, err
}

const invitedUser = `WHERE u.disabled_at IS NULL AND u.user_no =
	(SELECT i.user_no FROM invitation i WHERE i.token_hash = ? AND i.expires_at > clock_timestamp())`

// offeredSecret derives the second factor that an invitation offers, so that
// looking at the invitation writes nothing: 160 bits (RFC 4226 section 4, R6).
func (db *DB) offeredSecret(token string) string {
	one := db.keys.installation.SecretDigest("invitation_factor_1", token)
	two := db.keys.installation.SecretDigest("invitation_factor_2", token)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append(one[:], two[:]...)[:20])
}

func (db *DB) recoveryDigest(code string) []byte {
	digest := db.keys.installation.SecretDigest("recovery_code", code)
	return digest[:]
}

// Redeem locks the user of an invitation. Reset ends it with everything else
// that the user had.
func (t userTx) Redeem(token string) (identity.Invited, error) {
	digest := t.db.keys.installation.SecretDigest(invitationUse, token)
	u, err := oneUser(t.gorm, invitedUser+" FOR UPDATE OF u", digest[:])
	if fault.Is(err, identity.ErrNoUser.Code) {
		return identity.Invited{}, identity.ErrNoInvitation
	}
	if err != nil {
		return identity.Invited{}, err
	}
	return identity.Invited{User: u, TOTPSecret: t.db.offeredSecret(token)}, nil
}

type signInTx struct{ tryTx }

// Open writes a session as the digest of its token, and forgets sessions that
// ended a month ago.
func (t signInTx) Open(user id.User, token string, asked bool, until time.Time) (id.Session, error) {
	digest := t.db.keys.installation.SecretDigest(sessionUse, token)
	if _, err := t.pg.Exec(t.ctx, "DELETE FROM session WHERE user_no = $1 AND expires_at < clock_timestamp() - interval '30 days'", int64(user)); err != nil {
		return 0, fmt.Errorf("forget sessions of %s: %w", user, err)
	}
	var no int64
	err := t.pg.QueryRow(t.ctx, `INSERT INTO session (token_hash, user_no, asked_code, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), $4) RETURNING session_no`, digest[:], int64(user), asked, until).Scan(&no)
	if err != nil {
		return 0, fmt.Errorf("open session of %s: %w", user, err)
	}
	return id.Session(no), nil
}

// Still holds an account with its password. Whoever changes it waits, and ends what
// is opened meanwhile.
func (t signInTx) Still(user id.User, hash string) (same bool, err error) {
	err = t.pg.QueryRow(t.ctx, "SELECT coalesce(password_hash = $2, false) AND disabled_at IS NULL FROM user_account WHERE user_no = $1 FOR SHARE", int64(user), hash).Scan(&same)
	if err != nil {
		return false, fmt.Errorf("hold the account of %s: %w", user, err)
	}
	return same, nil
}

// Asked reads and locks a session that waits for its code, with its account: whoever
// changes its password meanwhile waits, and ends the session that comes of it.
func (t signInTx) Asked(token string) (identity.Session, error) {
	digest := t.db.keys.installation.SecretDigest(sessionUse, token)
	rows, err := t.pg.Query(t.ctx, `SELECT s.session_no, s.user_no, s.created_at, s.last_seen_at, s.expires_at
		FROM session s JOIN user_account u USING (user_no)
		WHERE s.token_hash = $1 AND s.asked_code AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp() AND u.disabled_at IS NULL
		FOR UPDATE OF s FOR SHARE OF u`, digest[:])
	if err != nil {
		return identity.Session{}, fmt.Errorf("find session: %w", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, readSession)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	return v, err
}

// Recover uses a recovery code up.
func (t signInTx) Recover(user id.User, code string) (bool, error) {
	done, err := t.pg.Exec(t.ctx, "UPDATE factor SET used_at = clock_timestamp() WHERE user_no = $1 AND kind = 'recovery' AND secret = $2 AND used_at IS NULL",
		int64(user), t.db.recoveryDigest(code))
	if err != nil {
		return false, fmt.Errorf("use recovery code of %s: %w", user, err)
	}
	return done.RowsAffected() == 1, nil
}

// Close ends a session and its step-up.
func (t signInTx) Close(no id.Session, of id.User) error {
	var b pgx.Batch
	b.Queue("DELETE FROM step_up WHERE holder = (SELECT token_hash FROM session WHERE session_no = $1 AND user_no = $2)", int64(no), int64(of))
	b.Queue("UPDATE session SET revoked_at = clock_timestamp() WHERE session_no = $1 AND user_no = $2 AND revoked_at IS NULL", int64(no), int64(of))
	if err := t.pg.SendBatch(t.ctx, &b).Close(); err != nil {
		return fmt.Errorf("end %s: %w", no, err)
	}
	return nil
}
