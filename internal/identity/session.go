package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Session is a browser that somebody signed in with.
type Session struct {
	ID         id.Session
	User       id.User
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}

// Signed is who a session belongs to.
type Signed struct {
	Actor   access.Actor
	User    User
	Session Session
}

const (
	codeTime    = 10 * time.Minute // between the password and the code
	sessionLife = 12 * time.Hour
	// IdleTime is how long a session lasts without a request.
	IdleTime = time.Hour
)

// SessionReader reads sessions and invitations.
type SessionReader interface {
	// Session finds who a session acts for; it is Unauthenticated
	// (not_signed_in) when it is unknown, over, waits for its code, or when its
	// user is disabled. It notes that the session was seen.
	Session(ctx context.Context, token string) (Signed, error)
	// Sessions gives the open sessions of a user, the newest first.
	Sessions(ctx context.Context, of id.User) ([]Session, error)
	Factors(ctx context.Context, of id.User) (Factors, error)
	// Invited tells whom an invitation is for, and the second factor that it
	// offers; NotFound (no_such_invitation) when it is no longer good.
	Invited(ctx context.Context, token string) (Invited, error)
}

// SignInTx is a transaction in which a session is opened or ended.
type SignInTx interface {
	TryTx
	// Still tells whether a user has the password of this hash and an account, and
	// holds both until the transaction ends.
	Still(user id.User, hash string) (bool, error)
	// Open makes a session; with asked it waits for its code.
	Open(user id.User, token string, asked bool, until time.Time) (id.Session, error)
	// Asked finds and locks the session that waits for a code, and its account.
	Asked(token string) (Session, error)
	// Recover uses a recovery code up, and tells whether there was one.
	Recover(user id.User, code string) (bool, error)
	// Close ends a session of a user. Ending one twice is no mistake.
	Close(no id.Session, of id.User) error
}

func newSessionToken() string {
	raw := make([]byte, 32)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// SignIn checks the password, and opens a session that waits for the code.
func (s Service) SignIn(ctx context.Context, known Passwords, from netip.Addr, email, password string) (string, error) {
	var u User
	var hash string
	err := s.fromAddress(ctx, from, func() (err error) {
		u, hash, err = s.checkPassword(ctx, known, email, password)
		return err
	})
	if err != nil {
		return "", err
	}
	return s.ask(ctx, u.ID, hash)
}

// ask opens a session that waits for its code, unless the password was changed while
// it was looked at: nothing is opened by one that is no more.
func (s Service) ask(ctx context.Context, user id.User, hash string) (string, error) {
	token := newSessionToken()
	err := s.Store.SignIn(ctx, func(tx SignInTx) error {
		same, err := tx.Still(user, hash)
		if err == nil && !same {
			err = fault.New(fault.Unauthenticated, "sign_in_wrong", nil)
		}
		if err != nil {
			return err
		}
		_, err = tx.Open(user, token, true, tx.Now().Add(codeTime))
		return err
	})
	return token, err
}

func (s Service) open(ctx context.Context, user id.User) (string, error) {
	token := newSessionToken()
	err := s.Store.SignIn(ctx, func(tx SignInTx) error {
		_, err := tx.Open(user, token, false, tx.Now().Add(sessionLife))
		return err
	})
	return token, err
}

// GiveCode opens the session for which the second factor was given: a code of
// the app, or a recovery code. The old token ends; the new one has its step-up.
// A wrong code changes nothing but the wait before the next try.
func (s Service) GiveCode(ctx context.Context, asked, code string) (string, error) {
	token := newSessionToken()
	var refused error
	err := s.Store.SignIn(ctx, func(tx SignInTx) error {
		refused = nil
		half, err := tx.Asked(asked)
		if err != nil {
			return err
		}
		tries, err := tx.Tries(codeSubject(half.User))
		if err != nil {
			return err
		}
		if refused = tries.allow(tx.Now()); refused != nil {
			return nil
		}
		factor, fits, err := secondFactor(tx, half.User, code)
		if err != nil {
			return err
		}
		if !fits {
			refused = fault.Wrong("code", "code_wrong_or_used", nil)
			return tx.SaveTries(codeSubject(half.User), tries.missed(tx.Now(), ofAccount))
		}
		return s.promote(tx, half, token, factor)
	})
	if err == nil {
		err = refused
	}
	return token, err
}

// promote replaces a session that waited by an open one.
func (s Service) promote(tx SignInTx, half Session, token string, factor Factor) error {
	if err := tx.SaveTries(codeSubject(half.User), Tries{}); err != nil {
		return err
	}
	if err := tx.Close(half.ID, half.User); err != nil {
		return err
	}
	no, err := tx.Open(half.User, token, false, tx.Now().Add(sessionLife))
	if err != nil {
		return err
	}
	return tx.StepUp(factor, access.Actor{User: half.User, Session: no}, tx.Now().Add(stepUpLife))
}

// secondFactor uses a code of the app, or else a recovery code.
func secondFactor(tx SignInTx, user id.User, code string) (Factor, bool, error) {
	f, fits, err := findStep(tx, user, code)
	if err != nil || fits {
		return f, fits, err
	}
	used, err := tx.Recover(user, normalRecovery(code))
	return Factor{}, used, err
}

// Resume finds who a session acts for. Every request asks anew, so that an
// ended session and a disabled user stop with the next one.
func (s Service) Resume(ctx context.Context, token string) (Signed, error) {
	if len(token) > 200 {
		return Signed{}, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	return s.Open.Session(ctx, token)
}

// Sessions gives one's own open sessions.
func (s Service) Sessions(ctx context.Context, by access.Actor) ([]Session, error) {
	if err := access.Self.Allow(by); err != nil {
		return nil, err
	}
	return s.Open.Sessions(ctx, by.User)
}

// EndSession ends one of one's own sessions.
func (s Service) EndSession(ctx context.Context, by access.Actor, no id.Session) error {
	if err := access.Self.Allow(by); err != nil {
		return err
	}
	return s.Store.SignIn(ctx, func(tx SignInTx) error { return tx.Close(no, by.User) })
}
