package identity

import (
	"context"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

const stepUpLife = 5 * time.Minute

// Passwords reads what a password is held against.
type Passwords interface {
	// PasswordOf gives the user and the hash for an address. Where there is no
	// such user, or a disabled one, both are empty: the caller goes on, so that
	// the answer tells nothing.
	PasswordOf(ctx context.Context, email string) (User, string, error)
}

// StepUp opens, for five minutes and for the token that asks, what needs a
// second factor. A wrong or used code changes nothing but the wait before the
// next try: from the fifth on it doubles, and the answer says how long it is.
func (s Service) StepUp(ctx context.Context, by access.Actor, code string) (time.Time, error) {
	if err := access.Self.Allow(by); err != nil {
		return time.Time{}, err
	}
	var until time.Time
	var refused error
	err := s.Store.Try(ctx, func(tx TryTx) error {
		until, refused = time.Time{}, nil
		tries, err := tx.Tries(codeSubject(by.User))
		if err != nil {
			return err
		}
		if refused = tries.allow(tx.Now()); refused != nil {
			return nil
		}
		f, used, err := findStep(tx, by.User, code)
		if err != nil {
			return err
		}
		if !used {
			refused = fault.Wrong("code", "code_wrong_or_used", nil)
			return tx.SaveTries(codeSubject(by.User), tries.missed(tx.Now(), ofAccount)) // committed although refused
		}
		until = tx.Now().Add(stepUpLife)
		if err := tx.SaveTries(codeSubject(by.User), Tries{}); err != nil {
			return err
		}
		return tx.StepUp(f, by, until)
	})
	if err == nil {
		err = refused
	}
	return until, err
}

// findStep looks for the step that a code belongs to; f carries it as the last
// one used.
func findStep(tx TryTx, user id.User, code string) (f Factor, found bool, err error) {
	f, err = tx.Factor(user)
	if fault.Is(err, ErrNoUser.Code) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	n, found := step(f.Secret, strings.ReplaceAll(strings.TrimSpace(code), " ", ""), tx.Now(), f.LastStep)
	if found {
		f.LastStep = n
	}
	return f, found, nil
}

func codeSubject(user id.User) string { return "code:" + user.String() }

func passwordSubject(email string) string { return "password:" + email }

// CheckPassword finds the user whom address and password belong to. An unknown
// address, a disabled user and a wrong password get the same answer after the
// same work, and the same growing wait.
func (s Service) CheckPassword(ctx context.Context, known Passwords, email, password string) (User, error) {
	u, _, err := s.checkPassword(ctx, known, email, password)
	return u, err
}

// checkPassword also gives the hash that the password was held against.
func (s Service) checkPassword(ctx context.Context, known Passwords, email, password string) (User, string, error) {
	email = NormalEmail(email)
	if err := s.mayTry(ctx, passwordSubject(email)); err != nil {
		return User{}, "", err
	}
	u, hash, err := known.PasswordOf(ctx, email)
	if err != nil {
		return User{}, "", err
	}
	fits, err := passwordFits(ctx, password, hash)
	if err != nil {
		return User{}, "", err
	}
	var refused error
	err = s.Store.Try(ctx, func(tx TryTx) error {
		refused = nil
		tries, err := tx.Tries(passwordSubject(email))
		if err != nil {
			return err
		}
		if refused = tries.allow(tx.Now()); refused != nil { // others tried meanwhile
			return nil
		}
		if fits {
			return tx.SaveTries(passwordSubject(email), Tries{})
		}
		refused = fault.New(fault.Unauthenticated, "sign_in_wrong", nil)
		return tx.SaveTries(passwordSubject(email), tries.missed(tx.Now(), ofAccount))
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return User{}, "", err
	}
	return u, hash, nil
}

func (s Service) mayTry(ctx context.Context, subject string) error {
	var refused error
	err := s.Store.Try(ctx, func(tx TryTx) error {
		tries, err := tx.Tries(subject)
		refused = tries.allow(tx.Now())
		return err
	})
	if err != nil {
		return err
	}
	return refused
}
