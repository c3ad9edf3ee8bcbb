// Package access holds who may do what: roles, permissions, scopes of tokens,
// and the rule that different people write, approve and launch.
package access

import "slices"

// Role is what a user comes to do. A user has exactly one.
type Role string

// The roles.
const (
	Legal   Role = "legal"
	Ops     Role = "ops"
	Auditor Role = "auditor"
	Admin   Role = "admin"
	Support Role = "support"
)

// Roles lists every role.
var Roles = []Role{Legal, Ops, Auditor, Admin, Support}

// Valid tells whether a role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Scope narrows what a token may do for its user.
type Scope string

// The scopes.
const (
	ScopeRead    Scope = "read"
	ScopeImport  Scope = "import"
	ScopeDraft   Scope = "draft"
	ScopeApprove Scope = "approve"
	ScopeLaunch  Scope = "launch"
	ScopeExport  Scope = "export"
	ScopeLookup  Scope = "lookup"
	ScopeAdmin   Scope = "admin"
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeRead, ScopeImport, ScopeDraft, ScopeApprove, ScopeLaunch, ScopeExport, ScopeLookup, ScopeAdmin}

// Valid tells whether a scope is one of Scopes.
func (s Scope) Valid() bool { return slices.Contains(Scopes, s) }
