package identity

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Service answers for the staff.
type Service struct {
	Store  Store
	Reader Reader
	Open   SessionReader // of the web UI; nil where nobody signs in
}

const invitationLife = 7 * 24 * time.Hour

// Invitation lets a new user choose a password and a second factor. It is told
// once.
type Invitation struct {
	Token string
	Until time.Time
}

// Invite makes a user who signs in for the first time by an invitation.
func (s Service) Invite(ctx context.Context, by access.Actor, n NewUser) (User, Invitation, error) {
	var i Invitation
	u, err := s.create(ctx, by, n, func(now time.Time) Credentials {
		i = Invitation{Token: newToken(), Until: now.Add(invitationLife)}
		return Credentials{Invitation: i.Token, InvitedUntil: i.Until}
	})
	return u, i, err
}

// Enrolment is what a user signs in with. It is told once.
type Enrolment struct {
	User       User
	Password   string
	TOTPSecret string
}

// Enrol makes a user who can sign in at once.
func (s Service) Enrol(ctx context.Context, by access.Actor, n NewUser) (Enrolment, error) {
	e := Enrolment{Password: newPassword(), TOTPSecret: newTOTPSecret()}
	hash, err := hashPassword(ctx, e.Password)
	if err != nil {
		return Enrolment{}, err
	}
	e.User, err = s.create(ctx, by, n, func(time.Time) Credentials {
		return Credentials{PasswordHash: hash, TOTPSecret: e.TOTPSecret}
	})
	e.User.Enrolled = true
	return e, err
}

func (s Service) create(ctx context.Context, by access.Actor, n NewUser, with func(now time.Time) Credentials) (User, error) {
	if err := access.ManageUsers.Allow(by); err != nil {
		return User{}, err
	}
	n = n.normalise()
	if err := n.check(); err != nil {
		return User{}, err
	}
	u := User{Email: n.Email, Name: n.Name, Role: n.Role, Sample: n.Sample, Version: 1}
	err := s.Store.ChangeUser(ctx, func(tx UserTx) error {
		var err error
		if u.ID, err = tx.Insert(u); err != nil {
			return err
		}
		u.CreatedAt = tx.Now()
		if err := tx.Reset(u.ID, with(tx.Now())); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.UserCreated, u.ID).With(map[string]any{"email": u.Email, "name": u.Name, "role": u.Role}))
	})
	return u, err
}

// Change gives a user another role, disables or enables them. Tokens of a
// disabled user stop at the next request.
func (s Service) Change(ctx context.Context, by access.Actor, no id.User, seen int, c UserChange) (User, error) {
	if err := access.ManageUsers.Allow(by); err != nil {
		return User{}, err
	}
	var u User
	err := s.Store.ChangeUser(ctx, func(tx UserTx) error {
		before, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if err := stillAdmin(tx, by); err != nil {
			return err
		}
		if u, err = before.change(by, seen, c, tx.Now()); err != nil {
			return err
		}
		if err := tx.Save(u); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.UserChanged, no).With(map[string]any{"role": u.Role, "disabled": u.Disabled(), "role_before": before.Role}))
	})
	return u, err
}

// stillAdmin refuses whoever is no admin any more. Of two who take the role from each
// other at once, one keeps it: an installation would lose its last admin otherwise.
func stillAdmin(tx UserTx, by access.Actor) error {
	if by.User == 0 { // the terminal
		return nil
	}
	u, err := tx.Lock(by.User)
	if err != nil {
		return err
	}
	if u.Disabled() {
		return fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	by.Role = u.Role
	return access.ManageUsers.Allow(by)
}

// ResetFactors takes password, second factor and sessions from a user, who
// begins again with the invitation that it returns. Nobody resets their own.
func (s Service) ResetFactors(ctx context.Context, by access.Actor, no id.User) (Invitation, error) {
	if err := access.ManageUsers.Allow(by); err != nil {
		return Invitation{}, err
	}
	i := Invitation{Token: newToken()}
	err := s.Store.ChangeUser(ctx, func(tx UserTx) error {
		if _, err := tx.Lock(no); err != nil {
			return err
		}
		if by.User == no {
			return fault.New(fault.Conflict, "own_account", nil)
		}
		i.Until = tx.Now().Add(invitationLife)
		if err := tx.Reset(no, Credentials{Invitation: i.Token, InvitedUntil: i.Until}); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.FactorsReset, no))
	})
	return i, err
}

// Get reads a user.
func (s Service) Get(ctx context.Context, by access.Actor, no id.User) (User, error) {
	if err := access.ReadUsers.Allow(by); err != nil {
		return User{}, err
	}
	return s.Reader.User(ctx, no)
}

// ByEmail reads the user who signs in with an address.
func (s Service) ByEmail(ctx context.Context, by access.Actor, email string) (User, error) {
	if err := access.ReadUsers.Allow(by); err != nil {
		return User{}, err
	}
	return s.Reader.UserByEmail(ctx, NormalEmail(email))
}

// List gives users in order of their ids, after one of them.
func (s Service) List(ctx context.Context, by access.Actor, after id.User, limit int, where ...filter.Equal) ([]User, error) {
	if err := access.ReadUsers.Allow(by); err != nil {
		return nil, err
	}
	return s.Reader.Users(ctx, after, limit, where...)
}

// Me reads who is asking.
func (s Service) Me(ctx context.Context, by access.Actor) (User, error) {
	if err := access.Self.Allow(by); err != nil {
		return User{}, err
	}
	return s.Reader.User(ctx, by.User)
}
