package identity

import (
	"context"
	"slices"
	"time"
	_ "time/tzdata" // zone names mean the same on every machine

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Settings are how somebody wants to see the pages.
type Settings struct {
	Zone   string `json:"zone"` // a name of the IANA time zone database
	Scheme Scheme `json:"scheme"`
	Keys   bool   `json:"keys"` // single keys are shortcuts
}

// Scheme is which colours pages have.
type Scheme string

// The schemes.
const (
	AsSystem Scheme = "system"
	Light    Scheme = "light"
	Dark     Scheme = "dark"
)

// Schemes lists every scheme.
var Schemes = []Scheme{AsSystem, Light, Dark}

// Factors is what somebody signs in with, without its secrets.
type Factors struct {
	Password *time.Time // when the password was set; nil where there is none
	Since    *time.Time // when the second factor was set up; nil where there is none
	Recovery int        // codes for a lost factor that were not used
}

// AccountTx is a transaction over one's own account.
type AccountTx interface {
	SaveSettings(no id.User, s Settings) error
	// SetPassword replaces a password and ends every session and step-up of the
	// user but one.
	SetPassword(no id.User, hash string, but id.Session) error
	// SetRecovery replaces the recovery codes, used and unused.
	SetRecovery(no id.User, codes []string) error
	Record(e ledger.Entry) error
}

// longestZone bounds what is looked up; the longest name has 32 letters.
const longestZone = 64

// Location gives the zone; UTC where it is none.
func (s Settings) Location() *time.Location {
	if at, err := time.LoadLocation(s.Zone); err == nil {
		return at
	}
	return time.UTC
}

func (s Settings) check() error {
	var wrong []fault.Field
	// "Local" would be the zone of the server, whatever that is.
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" || len(s.Zone) > longestZone {
		wrong = append(wrong, fault.Field{Name: "zone", Code: "zone_unknown"})
	}
	if !slices.Contains(Schemes, s.Scheme) {
		wrong = append(wrong, fault.Field{Name: "scheme", Code: "field_not_one_of", Values: fault.Values{"name": "scheme", "choices": list(Schemes)}})
	}
	return fault.Wrongs(wrong)
}

// ChangeSettings keeps how somebody wants to see the pages.
func (s Service) ChangeSettings(ctx context.Context, by access.Actor, want Settings) error {
	if err := access.Self.Allow(by); err != nil {
		return err
	}
	if err := want.check(); err != nil {
		return err
	}
	return s.Store.ChangeAccount(ctx, func(tx AccountTx) error {
		if err := tx.SaveSettings(by.User, want); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.AccountChanged, by.User).With(want))
	})
}

// ChangePassword takes the old password and a new one, and ends every session
// but this. Tries at the old one count like those at sign-in.
func (s Service) ChangePassword(ctx context.Context, known Passwords, by access.Actor, old, fresh string) error {
	if err := access.OwnSecrets.Allow(by); err != nil {
		return err
	}
	if err := checkPasswordForm(fresh); err != nil {
		return err
	}
	u, err := s.Reader.User(ctx, by.User)
	if err != nil {
		return err
	}
	if _, err := s.CheckPassword(ctx, known, u.Email, old); fault.Is(err, "sign_in_wrong") {
		return fault.Wrong("old_password", "old_password_wrong", nil)
	} else if err != nil {
		return err
	}
	hash, err := hashPassword(ctx, fresh)
	if err != nil {
		return err
	}
	return s.Store.ChangeAccount(ctx, func(tx AccountTx) error {
		if err := tx.SetPassword(by.User, hash, by.Session); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.PasswordChanged, by.User))
	})
}

// RenewRecovery makes new recovery codes, told once; the old ones end.
func (s Service) RenewRecovery(ctx context.Context, by access.Actor) ([]string, error) {
	if err := access.OwnSecrets.Allow(by); err != nil {
		return nil, err
	}
	codes := newRecoveryCodes()
	err := s.Store.ChangeAccount(ctx, func(tx AccountTx) error {
		if err := tx.SetRecovery(by.User, normalised(codes)); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, ledger.RecoveryRenewed, by.User))
	})
	return codes, err
}

// Factors tells what somebody signs in with.
func (s Service) Factors(ctx context.Context, by access.Actor) (Factors, error) {
	if err := access.Self.Allow(by); err != nil {
		return Factors{}, err
	}
	return s.Open.Factors(ctx, by.User)
}
