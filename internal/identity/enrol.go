package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/ledger"
)

// Invited is somebody who holds an invitation.
type Invited struct {
	User       User
	TOTPSecret string // of the second factor that the invitation offers
}

// ErrNoInvitation means that an invitation is unknown, used or out of time, all
// alike.
var ErrNoInvitation = fault.New(fault.NotFound, "no_such_invitation", nil)

const (
	shortestPassword = 12
	longestPassword  = 200
	recoveryCodes    = 8
)

// Invited tells whom an invitation is for.
func (s Service) Invited(ctx context.Context, token string) (Invited, error) {
	if len(token) > 200 {
		return Invited{}, ErrNoInvitation
	}
	return s.Open.Invited(ctx, token)
}

// Accept uses an invitation up: the password is set, and the offered factor,
// once a code proves that the app has it. It gives the recovery codes, which
// are told once.
func (s Service) Accept(ctx context.Context, token, password, code string) ([]string, error) {
	if err := checkPasswordForm(password); err != nil {
		return nil, err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	var codes []string
	err = s.Store.ChangeUser(ctx, func(tx UserTx) error {
		who, err := tx.Redeem(token)
		if err != nil {
			return err
		}
		used, fits := step(who.TOTPSecret, strings.ReplaceAll(strings.TrimSpace(code), " ", ""), tx.Now(), 0)
		if !fits {
			return fault.Wrong("code", "code_wrong_or_used", nil)
		}
		codes = newRecoveryCodes()
		c := Credentials{PasswordHash: hash, TOTPSecret: who.TOTPSecret, LastStep: used, Recovery: normalised(codes)}
		if err := tx.Reset(who.User.ID, c); err != nil {
			return err
		}
		by := access.Actor{User: who.User.ID, Role: who.User.Role}
		return tx.Record(ledger.New(by, ledger.UserEnrolled, who.User.ID))
	})
	return codes, err
}

func checkPasswordForm(password string) error {
	if n := len([]rune(password)); n < shortestPassword || n > longestPassword {
		return fault.Wrong("password", "password_length", fault.Values{"from": shortestPassword, "to": longestPassword})
	}
	return nil
}

var recoveryForm = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// newRecoveryCodes draws codes of 50 bits each.
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 7)
		rand.Read(raw)
		text := recoveryForm.EncodeToString(raw)
		codes[i] = text[:5] + "-" + text[5:10]
	}
	return codes
}

// normalRecovery drops what people add when they type a code.
func normalRecovery(code string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(code)))
}

func normalised(codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = normalRecovery(c)
	}
	return out
}
