package access

import (
	"forthwith/internal/id"
)

// ActorKind says what acted: every ledger entry and decision names one.
type ActorKind string

// The kinds of actor.
const (
	ByUser   ActorKind = "user"
	ByToken  ActorKind = "token"
	ByWorker ActorKind = "worker"
	BySystem ActorKind = "system"
)

// Actor is who does something, as far as the rules ask.
type Actor struct {
	User      id.User
	Token     id.Token
	Session   id.Session // of the web UI
	Role      Role
	Scopes    []Scope
	SteppedUp bool
	Worker    string // the name of a worker process, when one acts
}

// System is the program acting by a stated rule, for nobody in particular.
var System = Actor{}

// Kind says what acted. A token acts as its user, and is named beside it.
func (a Actor) Kind() ActorKind {
	switch {
	case a.Token != 0:
		return ByToken
	case a.User != 0:
		return ByUser
	case a.Worker != "":
		return ByWorker
	}
	return BySystem
}

// String is the form that the record keeps: usr_1, usr_1/tok_4, a worker's
// name, or system.
func (a Actor) String() string {
	switch a.Kind() {
	case ByToken:
		return a.User.String() + "/" + a.Token.String()
	case ByUser:
		return a.User.String()
	case ByWorker:
		return a.Worker
	}
	return string(BySystem)
}
