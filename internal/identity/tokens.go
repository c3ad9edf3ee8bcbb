package identity

import (
	"context"
	"fmt"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Authenticate finds who a bearer token acts for, and whether a step-up is open
// for it. A token that is unknown, expired or revoked, and any of a disabled
// user, is Unauthenticated, all alike.
func (s Service) Authenticate(ctx context.Context, bearer string) (access.Actor, error) {
	if len(bearer) > 200 {
		return access.Actor{}, fault.New(fault.Unauthenticated, "not_signed_in", nil)
	}
	return s.Reader.Bearer(ctx, bearer)
}

// CreateToken makes a token and tells it, once. One for somebody else needs
// the right to manage users.
func (s Service) CreateToken(ctx context.Context, by access.Actor, n NewToken) (Token, string, error) {
	if n.User == 0 {
		n.User = by.User
	}
	need := access.Self
	if n.User != by.User {
		need = access.ManageUsers
	}
	if err := need.Allow(by); err != nil {
		return Token{}, "", err
	}
	var t Token
	secret := newToken()
	err := s.Store.ChangeToken(ctx, func(tx TokenTx) error {
		owner, err := tx.Owner(n.User)
		if err != nil {
			return err
		}
		if owner.Disabled() {
			return fault.New(fault.Conflict, "user_disabled", nil)
		}
		made := n.normalise(tx.Now())
		if err := made.check(owner, by, tx.Now()); err != nil {
			return err
		}
		t = Token{User: owner.ID, Name: made.Name, Scopes: made.Scopes, CreatedAt: tx.Now(), ExpiresAt: made.ExpiresAt.UTC()}
		if t.ID, err = tx.Insert(t, secret); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.TokenCreated, t.ID).With(map[string]any{"user": t.User, "scopes": t.Scopes, "expires_at": t.ExpiresAt}))
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("create token: %w", err)
	}
	return t, secret, nil
}

// Tokens gives one's own tokens, or everybody's to those who may read users.
func (s Service) Tokens(ctx context.Context, by access.Actor, after id.Token, limit int, where ...filter.Equal) ([]Token, error) {
	if err := access.Self.Allow(by); err != nil {
		return nil, err
	}
	of := by.User
	if access.ReadUsers.Allow(by) == nil {
		of = 0
	}
	return s.Reader.Tokens(ctx, of, after, limit, where...)
}

// RevokeToken ends a token for good: its next request is refused. Everybody may
// end their own; one that was ended before stays so.
func (s Service) RevokeToken(ctx context.Context, by access.Actor, no id.Token) error {
	if err := access.Self.Allow(by); err != nil {
		return err
	}
	of := by.User
	if by.Role == access.Admin {
		if err := access.EditSettings.Allow(by); err == nil {
			of = 0
		}
	}
	return s.Store.ChangeToken(ctx, func(tx TokenTx) error {
		ended, err := tx.Revoke(no, of)
		if err != nil || !ended {
			return err
		}
		return tx.Record(ledger.New(by, ledger.TokenRevoked, no))
	})
}
