package identity

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps users and tokens.
type Store interface {
	ChangeUser(ctx context.Context, f func(UserTx) error) error
	ChangeAccount(ctx context.Context, f func(AccountTx) error) error
	ChangeToken(ctx context.Context, f func(TokenTx) error) error
	Try(ctx context.Context, f func(TryTx) error) error
	SignIn(ctx context.Context, f func(SignInTx) error) error
}

// Reader reads them.
type Reader interface {
	User(ctx context.Context, no id.User) (User, error)
	UserByEmail(ctx context.Context, email string) (User, error)
	Users(ctx context.Context, after id.User, limit int, where ...filter.Equal) ([]User, error)
	// Tokens gives those of one user, or of everybody for user 0.
	Tokens(ctx context.Context, of id.User, after id.Token, limit int, where ...filter.Equal) ([]Token, error)
	// Bearer finds who a token acts for; it is Unauthenticated (not_signed_in)
	// when the token is unknown, expired or revoked, or its user disabled.
	Bearer(ctx context.Context, token string) (access.Actor, error)
}

// UserTx is a transaction over one user.
type UserTx interface {
	Now() time.Time
	Insert(u User) (id.User, error)
	Lock(no id.User) (User, error)
	// Redeem locks whom an invitation is for; Reset uses it up. One that is
	// unknown, used or out of time is NotFound (no_such_invitation).
	Redeem(token string) (Invited, error)
	// Save writes role, disabling and version; a disabled user's sessions and
	// step-ups end.
	Save(u User) error
	// Reset replaces password and factors by these and ends every session,
	// invitation and step-up of the user. Tokens stay.
	Reset(no id.User, c Credentials) error
	Record(e ledger.Entry) error
}

// Credentials are what a user signs in with, as they are kept. An empty field
// leaves nothing to sign in with.
type Credentials struct {
	PasswordHash string
	TOTPSecret   string    // is sealed
	LastStep     int64     // of the factor, when its first code was given already
	Recovery     []string  // codes for a lost second factor, kept as digests
	Invitation   string    // is kept as a digest
	InvitedUntil time.Time // when the invitation ends
}

// TokenTx is a transaction over tokens.
type TokenTx interface {
	Now() time.Time
	Owner(no id.User) (User, error)
	Insert(t Token, secret string) (id.Token, error)
	// Revoke ends a token of one user, or of anybody for user 0, with its
	// step-up. It gives no error, and false, for one that was ended before.
	Revoke(no id.Token, of id.User) (bool, error)
	Record(e ledger.Entry) error
}

// TryTx is a transaction in which somebody tries a secret. The tries of an
// account stay locked until it ends, so that no two run at once.
type TryTx interface {
	Now() time.Time
	Tries(subject string) (Tries, error)
	SaveTries(subject string, t Tries) error // none: forgets them
	Factor(no id.User) (Factor, error)       // ErrNoUser where there is none
	// StepUp marks a factor's step as used and opens what is due to it for the
	// actor's token.
	StepUp(f Factor, by access.Actor, until time.Time) error
}

// Factor is a second factor, opened.
type Factor struct {
	No       int64
	Secret   string
	LastStep int64 // steps up to here were used
}
