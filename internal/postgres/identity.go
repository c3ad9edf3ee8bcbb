package postgres

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/identity"
)

// IdentityStore implements identity.Store, identity.Reader and
// identity.Passwords.
type IdentityStore struct{ *DB }

// ChangeUser runs f in a transaction. See DB.do for when it runs again.
func (s IdentityStore) ChangeUser(ctx context.Context, f func(identity.UserTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(userTx{t}) })
}

// ChangeToken runs f in a transaction.
func (s IdentityStore) ChangeToken(ctx context.Context, f func(identity.TokenTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(tokenTx{t}) })
}

// Try runs f in a transaction.
func (s IdentityStore) Try(ctx context.Context, f func(identity.TryTx) error) error {
	return s.do(ctx, func(t *tx) error { return f(tryTx{t}) })
}

type userRow struct {
	UserNo     int64
	Email      string
	Name       string
	Role       string
	Sample     bool
	Enrolled   bool
	DisabledAt *time.Time
	CreatedAt  time.Time
	Version    int
	Zone       string
	Scheme     string
	Keys       bool
}

const userColumns = `SELECT u.user_no, u.email, u.name, u.role, u.sample, u.disabled_at, u.created_at, u.version, u.zone, u.scheme, u.keys,
	EXISTS (SELECT 1 FROM factor f WHERE f.user_no = u.user_no AND f.kind = 'totp') AS enrolled FROM user_account u `

func (r userRow) read() (identity.User, error) {
	return identity.User{ID: id.User(r.UserNo), Email: r.Email, Name: r.Name, Role: access.Role(r.Role), Sample: r.Sample, Enrolled: r.Enrolled,
		DisabledAt: utc(r.DisabledAt), CreatedAt: r.CreatedAt.UTC(), Version: r.Version, Settings: identity.Settings{Zone: r.Zone, Scheme: identity.Scheme(r.Scheme), Keys: r.Keys}}, nil
}

func oneUser(g *gorm.DB, where string, args ...any) (identity.User, error) {
	return oneOf(g, userColumns+where, args, "user", identity.ErrNoUser, userRow.read)
}

// User reads one.
func (s IdentityStore) User(ctx context.Context, no id.User) (identity.User, error) {
	return oneUser(s.gorm.WithContext(ctx), "WHERE u.user_no = ?", int64(no))
}

// UserByEmail reads the one who signs in with an address.
func (s IdentityStore) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	return oneUser(s.gorm.WithContext(ctx), "WHERE u.email = ?", email)
}

// Users reads a page in order of ids.
func (s IdentityStore) Users(ctx context.Context, after id.User, limit int, where ...filter.Equal) ([]identity.User, error) {
	return pageOf(ctx, s.gorm, page{userColumns + "WHERE u.user_no > $1", []any{int64(after)},
		conditions{"role": "u.role = ANY(?)", "disabled": "(u.disabled_at IS NOT NULL) = ?"}, where, "u.user_no", limit}, userRow.read)
}

// PasswordOf reads what a password is held against; nothing for an unknown or
// disabled user.
func (s IdentityStore) PasswordOf(ctx context.Context, email string) (identity.User, string, error) {
	var hash string
	u, err := s.UserByEmail(ctx, email)
	if fault.Is(err, identity.ErrNoUser.Code) || err == nil && u.Disabled() {
		return identity.User{}, "", nil
	}
	if err != nil {
		return u, "", err
	}
	err = s.gorm.WithContext(ctx).Raw("SELECT coalesce(password_hash, '') FROM user_account WHERE user_no = ?", int64(u.ID)).Scan(&hash).Error
	if err != nil {
		return u, "", fmt.Errorf("read password of %s: %w", u.ID, away(err))
	}
	return u, hash, nil
}

type userTx struct{ *tx }

// Insert writes a user.
func (t userTx) Insert(u identity.User) (id.User, error) {
	var no int64
	err := t.gorm.Raw("INSERT INTO user_account (email, name, role, sample, version) VALUES (?, ?, ?, ?, ?) RETURNING user_no",
		u.Email, u.Name, string(u.Role), u.Sample, u.Version).Scan(&no).Error
	if violates(err, "user_email_once") {
		return 0, fault.New(fault.Conflict, "user_email_taken", nil)
	}
	if err != nil {
		return 0, fmt.Errorf("insert user: %w", err)
	}
	return id.User(no), nil
}

// Lock reads a user for a change.
func (t userTx) Lock(no id.User) (identity.User, error) {
	return oneUser(t.gorm, "WHERE u.user_no = ? FOR UPDATE OF u", int64(no))
}

// Save writes what an admin changed.
func (t userTx) Save(u identity.User) error {
	err := t.gorm.Exec("UPDATE user_account SET role = ?, disabled_at = ?, version = ? WHERE user_no = ?", string(u.Role), u.DisabledAt, u.Version, int64(u.ID)).Error
	if err != nil {
		return fmt.Errorf("save %s: %w", u.ID, err)
	}
	if !u.Disabled() {
		return nil
	}
	return t.endSessions(u.ID, 0)
}

// endSessions ends whatever a user had open beside tokens and one session.
func (t userTx) endSessions(no id.User, but id.Session) error {
	for _, statement := range []string{
		"UPDATE session SET revoked_at = clock_timestamp() WHERE user_no = ? AND session_no <> ? AND revoked_at IS NULL",
		"DELETE FROM step_up WHERE user_no = ? AND holder NOT IN (SELECT token_hash FROM session WHERE session_no = ?)",
	} {
		if err := t.gorm.Exec(statement, int64(no), int64(but)).Error; err != nil {
			return fmt.Errorf("end sessions of %s: %w", no, err)
		}
	}
	return nil
}

// Reset replaces what a user signs in with.
func (t userTx) Reset(no id.User, c identity.Credentials) error {
	if err := t.endSessions(no, 0); err != nil {
		return err
	}
	for _, statement := range []string{"DELETE FROM factor WHERE user_no = ?", "DELETE FROM invitation WHERE user_no = ?"} {
		if err := t.gorm.Exec(statement, int64(no)).Error; err != nil {
			return fmt.Errorf("reset %s: %w", no, err)
		}
	}
	if err := t.setHash(no, c.PasswordHash); err != nil {
		return err
	}
	if err := t.addFactor(no, c); err != nil {
		return err
	}
	if err := t.addRecovery(no, c.Recovery); err != nil {
		return err
	}
	return t.addInvitation(no, c)
}

// factorColumn names where a factor's secret stands; its number is the user's.
const factorColumn = "factor.secret"

func (t userTx) addFactor(no id.User, c identity.Credentials) error {
	if c.TOTPSecret == "" {
		return nil
	}
	sealed, err := t.db.keys.installation.SealSetting(factorColumn, int64(no), []byte(c.TOTPSecret))
	if err != nil {
		return err
	}
	if err := t.gorm.Exec("INSERT INTO factor (user_no, kind, secret, last_step) VALUES (?, 'totp', ?, ?)", int64(no), sealed, c.LastStep).Error; err != nil {
		return fmt.Errorf("insert factor of %s: %w", no, err)
	}
	return nil
}

func (t userTx) addInvitation(no id.User, c identity.Credentials) error {
	if c.Invitation == "" {
		return nil
	}
	digest := t.db.keys.installation.SecretDigest(invitationUse, c.Invitation)
	if _, err := t.pg.Exec(t.ctx, "INSERT INTO invitation (token_hash, user_no, expires_at) VALUES ($1, $2, $3)", digest[:], int64(no), c.InvitedUntil); err != nil {
		return fmt.Errorf("insert invitation of %s: %w", no, err)
	}
	return nil
}
