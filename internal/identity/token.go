package identity

import (
	"slices"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Token acts for its user, within its scopes.
type Token struct {
	ID        id.Token
	User      id.User
	Name      string
	Scopes    []access.Scope
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
}

// NewToken is what is needed to make one. User 0 stands for oneself; a zero
// expiry for 90 days from now.
type NewToken struct {
	User      id.User
	Name      string
	Scopes    []access.Scope
	ExpiresAt time.Time
}

// ErrNoToken means that there is no such token, or that it may not be seen.
var ErrNoToken = fault.New(fault.NotFound, "no_such_token", nil)

const (
	usualLife   = 90 * 24 * time.Hour
	longestLife = 366 * 24 * time.Hour
)

// scopesOf says which scopes are of use to a role. A token never has more.
var scopesOf = map[access.Role][]access.Scope{
	access.Legal:   {access.ScopeRead, access.ScopeImport, access.ScopeDraft, access.ScopeApprove, access.ScopeExport, access.ScopeLookup},
	access.Ops:     {access.ScopeRead, access.ScopeImport, access.ScopeDraft, access.ScopeLaunch},
	access.Auditor: {access.ScopeRead, access.ScopeExport, access.ScopeLookup},
	access.Admin:   {access.ScopeRead, access.ScopeAdmin},
	access.Support: {access.ScopeLookup},
}

// ScopesOf gives every scope that a token of a role may have.
func ScopesOf(r access.Role) []access.Scope { return slices.Clone(scopesOf[r]) }

func (n NewToken) normalise(now time.Time) NewToken {
	n.Name = strings.TrimSpace(n.Name)
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = now.Add(usualLife)
	}
	scopes := slices.Clone(n.Scopes)
	slices.Sort(scopes)
	n.Scopes = slices.Compact(scopes)
	return n
}

// check holds a new token against its owner's role and against its maker: a
// token never makes one that may do more than itself, and nobody makes one that
// approves or launches for somebody else.
func (n NewToken) check(owner User, by access.Actor, now time.Time) error {
	var wrong []fault.Field
	if len([]rune(n.Name)) > longestName {
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}})
	}
	if !n.ExpiresAt.After(now) || n.ExpiresAt.After(now.Add(longestLife)) {
		wrong = append(wrong, fault.Field{Name: "expires_at", Code: "token_expiry", Values: nil})
	}
	if len(n.Scopes) == 0 {
		wrong = append(wrong, fault.Field{Name: "scopes", Code: "field_missing", Values: fault.Values{"name": "scopes"}})
	}
	for _, s := range n.Scopes {
		if code := scopeRefused(s, owner, by); code != "" {
			wrong = append(wrong, fault.Field{Name: "scopes", Code: code, Values: fault.Values{
				"scope": string(s), "role": string(owner.Role), "choices": list(scopesOf[owner.Role])}})
		}
	}
	if slices.Contains(n.Scopes, access.ScopeApprove) && slices.Contains(n.Scopes, access.ScopeLaunch) {
		wrong = append(wrong, fault.Field{Name: "scopes", Code: "token_approves_and_launches", Values: nil})
	}
	return fault.Wrongs(wrong)
}

func scopeRefused(s access.Scope, owner User, by access.Actor) string {
	decides := s == access.ScopeApprove || s == access.ScopeLaunch
	switch {
	case !slices.Contains(scopesOf[owner.Role], s):
		return "scope_not_for_role"
	case by.Token != 0 && by.User == owner.ID && !slices.Contains(by.Scopes, s):
		return "scope_beyond_own"
	case by.User != 0 && by.User != owner.ID && decides:
		return "scope_for_another"
	}
	return ""
}
