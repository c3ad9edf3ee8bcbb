package identity

import (
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/mailaddr"
)

// User is a member of the staff.
type User struct {
	ID         id.User
	Email      string // lower case: staff sign in with it
	Name       string
	Role       access.Role
	Sample     bool // made with the sample incident
	Enrolled   bool // has a second factor
	DisabledAt *time.Time
	CreatedAt  time.Time
	Version    int // counts every change by an admin, for If-Match
	Settings   Settings
}

// Disabled tells whether the user may do nothing any more.
func (u User) Disabled() bool { return u.DisabledAt != nil }

// NewUser is what is needed to make one.
type NewUser struct {
	Email  string
	Name   string
	Role   access.Role
	Sample bool
}

// ErrNoUser means that there is no such user.
var ErrNoUser = fault.New(fault.NotFound, "no_such_user", nil)

const longestName = 200

func (n NewUser) normalise() NewUser {
	n.Name = strings.TrimSpace(n.Name)
	n.Email = NormalEmail(n.Email)
	return n
}

// NormalEmail is the form under which a member of staff is known. Letters count
// the same in both cases here: no two of the staff differ by them.
func NormalEmail(email string) string {
	a, err := mailaddr.Parse(strings.TrimSpace(email))
	if err != nil {
		return strings.ToLower(strings.TrimSpace(email))
	}
	return strings.ToLower(a.String())
}

func (n NewUser) check() error {
	var wrong []fault.Field
	if _, err := mailaddr.Parse(n.Email); err != nil {
		wrong = append(wrong, fault.Field{Name: "email", Code: "user_email", Values: nil})
	}
	if n.Name == "" {
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_missing", Values: fault.Values{"name": "name"}})
	}
	if len([]rune(n.Name)) > longestName {
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}})
	}
	if !n.Role.Valid() {
		wrong = append(wrong, wrongRole())
	}
	return fault.Wrongs(wrong)
}

func wrongRole() fault.Field {
	return fault.Field{Name: "role", Code: "field_not_one_of", Values: fault.Values{"name": "role", "choices": list(access.Roles)}}
}

func list[S ~string](all []S) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = string(s)
	}
	return strings.Join(parts, ", ")
}

// UserChange is what an admin may change. Nil leaves it as it is.
type UserChange struct {
	Role     *access.Role
	Disabled *bool
}

// change gives the user as it would be. Nobody changes their own account: an
// installation would lose its last admin by it.
func (u User) change(by access.Actor, seen int, c UserChange, at time.Time) (User, error) {
	if by.User == u.ID && by.User != 0 {
		return u, fault.New(fault.Conflict, "own_account", nil)
	}
	if seen != u.Version {
		return u, fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	if c.Role != nil {
		if !c.Role.Valid() {
			return u, fault.Wrongs([]fault.Field{wrongRole()})
		}
		u.Role = *c.Role
	}
	if c.Disabled != nil {
		u.DisabledAt = disabledAt(u.DisabledAt, *c.Disabled, at)
	}
	u.Version++
	return u, nil
}

func disabledAt(before *time.Time, disabled bool, at time.Time) *time.Time {
	switch {
	case !disabled:
		return nil
	case before != nil:
		return before
	}
	return &at
}
