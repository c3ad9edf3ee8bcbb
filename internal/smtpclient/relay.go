package smtpclient

import (
	"crypto/x509"
	"net/netip"
	"time"
)

// TLSMode says when the connection is encrypted.
type TLSMode string

// The modes. The zero value is StartTLS: plain text has to be asked for.
const (
	StartTLS TLSMode = "starttls"
	Implicit TLSMode = "implicit"
	Plain    TLSMode = "none"
)

// AuthMode names how we log in.
type AuthMode string

// The modes. Auto takes the strongest that the relay offers.
const (
	AuthNone    AuthMode = "none"
	AuthAuto    AuthMode = "auto"
	AuthPlain   AuthMode = "plain"
	AuthLogin   AuthMode = "login"
	AuthScram   AuthMode = "scram"
	AuthXOAuth2 AuthMode = "xoauth2"
)

// Relay is everything needed to reach one relay.
type Relay struct {
	Host     string
	Port     int
	TLS      TLSMode  // empty stands for StartTLS
	Auth     AuthMode // empty stands for AuthNone
	Username string
	Password string
	Hello    string         // what we call ourselves in EHLO
	Roots    *x509.CertPool // nil: the system's
	Guard    Guard
	Timeouts Timeouts
	// Pace divides every time-out, for tests that scale all waiting by one
	// factor. Below 1 it stands for 1.
	Pace float64
}

// Guard says which addresses and ports a relay may stand at beyond the public
// ones and the ports of submission. The zero value allows nothing more.
type Guard struct {
	Networks []netip.Prefix
	Ports    []int
}

// Timeouts bound each phase as a whole, so that a relay that sends a byte now
// and then gains nothing. Zero takes the value of RFC 5321 4.5.3.2.
type Timeouts struct {
	Connect  time.Duration // TCP; 30 s
	Greeting time.Duration // banner, EHLO, TLS and AUTH, each; 5 min
	Command  time.Duration // MAIL and RCPT; 5 min
	Data     time.Duration // DATA to 354; 2 min
	Body     time.Duration // writing the body; 3 min
	Final    time.Duration // dot to final answer; 10 min, and never less unless asked
}

func (t Timeouts) filled(pace float64) Timeouts {
	fill := func(d *time.Duration, usual time.Duration) {
		if *d <= 0 {
			*d = usual
		}
		if pace > 1 {
			*d = time.Duration(float64(*d) / pace)
		}
	}
	fill(&t.Connect, 30*time.Second)
	fill(&t.Greeting, 5*time.Minute)
	fill(&t.Command, 5*time.Minute)
	fill(&t.Data, 2*time.Minute)
	fill(&t.Body, 3*time.Minute)
	fill(&t.Final, 10*time.Minute)
	return t
}
