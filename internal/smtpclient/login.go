package smtpclient

import (
	"net"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"forthwith/internal/fault"
)

// logIn authenticates where that is asked for. A password goes over TLS, or
// over loopback, and nowhere else.
func (c *Conn) logIn(r Relay) error {
	if r.Auth == AuthNone || r.Auth == "" {
		return nil
	}
	if c.tlsVersion == "" && !c.loopback() {
		return fault.New(fault.Unavailable, "relay_auth_needs_tls", nil)
	}
	_, offered := c.smtp.Extension("AUTH")
	mech := choose(r.Auth, strings.Fields(strings.ToUpper(offered)))
	if mech == nil {
		return fault.New(fault.Unavailable, "relay_no_auth", fault.Values{"auth": string(r.Auth)})
	}
	c.wire.within(c.times.Greeting)
	return c.smtp.Auth(mech(r))
}

// mechanism makes go-mail's side of an exchange. Whether the connection is safe
// for it was decided before.
type mechanism func(Relay) smtp.Auth

var mechanisms = map[string]mechanism{
	"SCRAM-SHA-256": func(r Relay) smtp.Auth { return smtp.ScramSHA256Auth(r.Username, r.Password) },
	"SCRAM-SHA-1":   func(r Relay) smtp.Auth { return smtp.ScramSHA1Auth(r.Username, r.Password) },
	"PLAIN":         func(r Relay) smtp.Auth { return smtp.PlainAuth("", r.Username, r.Password, r.Host, true) },
	"LOGIN":         func(r Relay) smtp.Auth { return smtp.LoginAuth(r.Username, r.Password, r.Host, true) },
	"XOAUTH2":       func(r Relay) smtp.Auth { return smtp.XOAuth2Auth(r.Username, r.Password) },
}

// preferred are the mechanisms of each mode, the best one first.
var preferred = map[AuthMode][]string{
	AuthAuto:    {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"},
	AuthScram:   {"SCRAM-SHA-256", "SCRAM-SHA-1"},
	AuthPlain:   {"PLAIN"},
	AuthLogin:   {"LOGIN"},
	AuthXOAuth2: {"XOAUTH2"},
}

// choose gives the best mechanism that is offered, nil for none.
func choose(mode AuthMode, offered []string) mechanism {
	for _, name := range preferred[mode] {
		if slices.Contains(offered, name) {
			return mechanisms[name]
		}
	}
	return nil
}

func (c *Conn) loopback() bool {
	at, ok := c.wire.RemoteAddr().(*net.TCPAddr)
	return ok && at.IP.IsLoopback()
}
