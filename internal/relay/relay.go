package relay

import (
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// State is what becomes of work that waits for a relay.
type State string

// The states. A relay is open when it failed too often, and quarantined when a
// person or a tripped check said so; only a person ends that.
const (
	Healthy     State = "healthy"
	Open        State = "open"
	Quarantined State = "quarantined"
)

// States lists every state.
var States = []State{Healthy, Open, Quarantined}

// TLS says when a connection is encrypted.
type TLS string

// The settings. None is for a relay on this machine or in a configured network.
const (
	StartTLS TLS = "starttls"
	Implicit TLS = "implicit"
	None     TLS = "none"
)

// Auth says how to log in.
type Auth string

// The ways. Auto takes the strongest that the relay offers.
const (
	NoAuth  Auth = "none"
	Auto    Auth = "auto"
	Plain   Auth = "plain"
	Login   Auth = "login"
	Scram   Auth = "scram"
	XOAuth2 Auth = "xoauth2"
)

// Settings are one revision.
type Settings struct {
	Host             string  `json:"host"`
	Port             int     `json:"port"`
	TLS              TLS     `json:"tls"`
	Auth             Auth    `json:"auth"`
	Username         string  `json:"username"`
	MaxRatePerSecond float64 `json:"max_rate_per_second"`
	MaxConnections   int     `json:"max_connections"`
	WarmUp           *WarmUp `json:"warm_up"`
}

// Relay is one server with its newest revision.
type Relay struct {
	ID          id.Relay
	Name        string
	Revision    int
	State       State
	HasPassword bool
	Rotate      bool // its password may be known to others, and is to be replaced
	// ShutOnTLSFailure quarantines the relay by itself when it does not prove who
	// it is: it offers no STARTTLS, its certificate is not good, or its TLS is too
	// old. Without it the circuit opens, and closes when it does again.
	ShutOnTLSFailure bool
	AcceptedAt       *time.Time // when a probe last found it working again
	FailedAt         *time.Time // when it last failed, or was shut
	Settings
}

// Address is what a connection needs, for one revision, opened.
type Address struct {
	Settings
	Password string
}

// Event is one change of a relay's state.
type Event struct {
	Kind   string // opened, recovered, quarantined, shut_by_rule or released
	Actor  string
	Reason string // a person's
	At     time.Time
}

// ErrNotFound means that there is no such relay.
var ErrNotFound = fault.New(fault.NotFound, "no_such_relay", nil)

// Change is what an admin gives; nil leaves a setting as it is. An empty
// password takes it away.
type Change struct {
	Name             *string
	Host             *string
	Port             *int
	TLS              *TLS
	Auth             *Auth
	Username         *string
	Password         *string
	MaxRatePerSecond *float64
	MaxConnections   *int
	WarmUp           *WarmUp // empty takes it away
	ShutOnTLSFailure *bool
}

func (c Change) apply(r Relay) Relay {
	set(&r.Name, c.Name)
	set(&r.Host, c.Host)
	set(&r.Port, c.Port)
	set(&r.TLS, c.TLS)
	set(&r.Auth, c.Auth)
	set(&r.Username, c.Username)
	set(&r.MaxRatePerSecond, c.MaxRatePerSecond)
	set(&r.MaxConnections, c.MaxConnections)
	set(&r.ShutOnTLSFailure, c.ShutOnTLSFailure)
	if c.WarmUp != nil {
		r.WarmUp = c.WarmUp
	}
	if c.Password != nil {
		r.HasPassword, r.Rotate = *c.Password != "", false
	}
	return r
}

func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}
