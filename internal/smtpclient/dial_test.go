package smtpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

func TestAConnectionThatCannotBeMadeNamesItsPhase(t *testing.T) {
	act := func(at relaytest.Phase, do relaytest.Action) relaytest.Rule { return relaytest.Rule{At: at, Do: do} }
	cases := map[string]struct {
		rule relaytest.Rule
		want outcome.Reply
	}{
		"421 as banner": {act(relaytest.Banner, relaytest.Action{Code: 421, Enhanced: "4.7.0"}), outcome.Reply{Phase: outcome.PhaseGreeting, Code: 421, Enhanced: "4.7.0"}},
		"no banner":     {act(relaytest.Banner, relaytest.Action{End: relaytest.CloseMute}), lost(outcome.PhaseGreeting)},
		"silence":       {act(relaytest.Banner, relaytest.Action{End: relaytest.SilenceMute}), lost(outcome.PhaseGreeting)},
		"reset at EHLO": {act(relaytest.Ehlo, relaytest.Action{End: relaytest.ResetMute}), lost(outcome.PhaseGreeting)},
		"no SMTP":       {act(relaytest.Banner, relaytest.Action{Code: 7}), lost(outcome.PhaseGreeting)},
	}
	for name, k := range cases {
		t.Run(name, func(t *testing.T) {
			s := relay(t, relaytest.Config{})
			s.On(k.rule)
			r := settings(s)
			r.Pace = 2000
			refusedAt(t, r, k.want)
			wait(t, func() bool { return s.OpenConnections() == 0 })
		})
	}
}

func TestADownRelayIsLostAtConnect(t *testing.T) {
	s := relay(t, relaytest.Config{})
	r := settings(s)
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	refusedAt(t, r, lost(outcome.PhaseConnect))
}

func TestASlowBannerIsBorne(t *testing.T) {
	s := relay(t, relaytest.Config{Pace: 200})
	s.On(relaytest.Rule{At: relaytest.Banner, Do: relaytest.Action{PerByte: time.Second}})
	if got := send(t, reach(t, settings(s)), ann); got.Verdict() != outcome.Took {
		t.Errorf("got %+v", got)
	}
}

func TestNothingGoesOverTLSThatIsNotWhatWeAskedFor(t *testing.T) {
	ca, err := relaytest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := relaytest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	issue := func(a *relaytest.Authority, host string, expired bool) *tls.Config {
		c, err := a.Issue(host, expired)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	own, err := relaytest.SelfSigned("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	old := issue(ca, "127.0.0.1", false)
	old.MaxVersion = tls.VersionTLS11
	cases := map[string]relaytest.Config{
		"stripped":          {TLS: issue(ca, "127.0.0.1", false)},
		"expired":           {TLS: issue(ca, "127.0.0.1", true)},
		"wrong name":        {TLS: issue(ca, "other.test", false)},
		"unknown authority": {TLS: issue(stranger, "127.0.0.1", false)},
		"self-signed":       {TLS: own},
		"TLS 1.1":           {TLS: old},
	}
	for name, cfg := range cases {
		for _, mode := range []TLSMode{"", Implicit} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				stripped := name == "stripped"
				if mode == Implicit && stripped {
					return // there is nothing to strip
				}
				cfg.Implicit = mode == Implicit
				cfg.Mechanisms, cfg.Username, cfg.Password = []string{"PLAIN"}, "u", "p"
				s := relay(t, cfg)
				if stripped {
					s.On(relaytest.Rule{At: relaytest.Ehlo, Do: relaytest.Action{Hide: "STARTTLS"}})
				}
				r := settings(s)
				r.TLS, r.Roots, r.Auth, r.Username, r.Password = mode, ca.Pool, AuthAuto, "u", "p"
				if !refusedAt(t, r, lost(outcome.PhaseTLS)).Unproven() {
					t.Error("it counts as a connection that was lost")
				}
				if s.Count(relaytest.Auth)+s.Count(relaytest.Mail) != 0 {
					t.Error("AUTH or MAIL was on the wire")
				}
			})
		}
	}
}

// A connection that ends before the relay could say who it is speaks of the
// network: a relay that is quarantined when it does not prove itself must not be
// for that.
func TestAConnectionLostAtTLSIsNotARelayThatDoesNotProveItself(t *testing.T) {
	ca, cfg := trusted(t)
	cut := cfg.Clone() // right in the middle of the handshake
	cut.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) { return nil, hello.Conn.Close() }
	for name, c := range map[string]struct {
		tls *tls.Config
		end relaytest.End
	}{"closed at STARTTLS": {cfg, relaytest.CloseMute}, "reset at STARTTLS": {cfg, relaytest.ResetMute}, "closed in the handshake": {cut, relaytest.GoOn}} {
		s := relay(t, relaytest.Config{TLS: c.tls})
		s.On(relaytest.Rule{At: relaytest.StartTLS, Do: relaytest.Action{End: c.end}})
		r := settings(s)
		r.TLS, r.Roots, r.Pace = StartTLS, ca.Pool, 1 // no time runs out
		if refusedAt(t, r, lost(outcome.PhaseTLS)).Unproven() {
			t.Error(name)
		}
	}
}

func TestSilenceAtTLSIsNotARelayThatDoesNotProveItself(t *testing.T) {
	ca, cfg := trusted(t)
	// A busy machine may run out of time before: then there is more of it.
	for patience := 20 * time.Millisecond; ; patience *= 2 {
		s := relay(t, relaytest.Config{TLS: cfg})
		s.On(relaytest.Rule{At: relaytest.StartTLS, Do: relaytest.Action{End: relaytest.SilenceMute}})
		r := settings(s)
		r.TLS, r.Roots, r.Pace, r.Timeouts.Greeting = StartTLS, ca.Pool, 1, patience
		_, err := Dial(t.Context(), r)
		if s.Count(relaytest.StartTLS) == 0 {
			continue
		}
		var d *DialError
		if !errors.As(err, &d) || d.Reply != lost(outcome.PhaseTLS) || d.Unproven() {
			t.Errorf("got %+v (%v)", d, err)
		}
		return
	}
}

func TestLogsInWithEachMechanism(t *testing.T) {
	ca, cfg := trusted(t)
	for mode, mech := range map[AuthMode]string{AuthPlain: "PLAIN", AuthLogin: "LOGIN", AuthXOAuth2: "XOAUTH2", AuthScram: "SCRAM-SHA-256", AuthAuto: "SCRAM-SHA-256"} {
		for _, implicit := range []bool{false, true} {
			s := relay(t, relaytest.Config{TLS: cfg, Implicit: implicit, Mechanisms: []string{"PLAIN", "LOGIN", "XOAUTH2", "SCRAM-SHA-256"}, Username: "u", Password: "p", RequireAuth: true})
			r := settings(s)
			r.TLS, r.Roots, r.Auth, r.Username, r.Password = StartTLS, ca.Pool, mode, "u", "p"
			if implicit {
				r.TLS = Implicit
			}
			c := reach(t, r)
			if got := send(t, c, ann); got.Verdict() != outcome.Took {
				t.Errorf("%s: %+v", mode, got)
			}
			if v, sum := c.TLS(); v != "TLS 1.3" || len(sum) != 32 {
				t.Errorf("%s: %s %x", mode, v, sum)
			}
			for _, e := range s.Events() {
				if e.Phase == relaytest.Auth && (e.Arg != mech || !e.TLS) {
					t.Errorf("%s logged in with %s, TLS %t", mode, e.Arg, e.TLS)
				}
			}
			r.Password = "wrong"
			refusedAt(t, r, outcome.Reply{Phase: outcome.PhaseAuth, Code: 535, Enhanced: "5.7.8"})
		}
	}
}

func TestAMissingMechanismIsSaid(t *testing.T) {
	s := relay(t, relaytest.Config{Mechanisms: []string{"LOGIN"}})
	r := settings(s)
	r.Auth = AuthPlain
	if err := refusedAt(t, r, lost(outcome.PhaseAuth)); !fault.Is(err, "relay_no_auth") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsRepeatNothingThatTheRelaySaid(t *testing.T) {
	s := relay(t, relaytest.Config{Mechanisms: []string{"PLAIN"}})
	s.On(relaytest.Rule{At: relaytest.Auth, Do: relaytest.Action{Code: 535, Text: "ann@example.com is suspended"}})
	r := settings(s)
	r.Auth, r.Username, r.Password = AuthPlain, "secret-name", "secret-word"
	_, err := Dial(t.Context(), r)
	if err == nil || strings.Contains(err.Error(), "ann") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestGuardChecksTheAddressThatIsDialled(t *testing.T) {
	s := relay(t, relaytest.Config{})
	r := settings(s)
	r.Guard.Networks = nil
	for _, host := range []string{"127.0.0.1", "localhost"} {
		r.Host = host
		if err := refusedAt(t, r, lost(outcome.PhaseConnect)); !fault.Is(err, "relay_address_not_allowed") {
			t.Errorf("%s: %v", host, err)
		}
	}
	r = settings(s)
	r.Guard.Ports = nil
	if err := refusedAt(t, r, lost(outcome.PhaseConnect)); !fault.Is(err, "relay_port_not_allowed") {
		t.Errorf("got %v", err)
	}
	if s.Count(relaytest.Open) != 0 {
		t.Error("the relay was contacted")
	}
}

func TestGuardKnowsPrivateRanges(t *testing.T) {
	private := Guard{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for ip, allowed := range map[string]bool{
		"127.0.0.1": false, "::1": false, "10.2.0.1": false, "10.1.2.3": true, "::ffff:10.1.2.3": true, "::ffff:10.2.0.1": false,
		"172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "fe80::1": false, "fd00::1": false, "100.64.0.1": false,
		"0.0.0.0": false, "::": false, "224.0.0.1": false, "255.255.255.255": false, "64:ff9b::a02:1": false, "2002:a02:1::1": false,
		"198.18.0.1": false, "8.8.8.8": true, "2606:4700::1": true,
	} {
		if err := private.Addr(netip.MustParseAddr(ip)); (err == nil) != allowed {
			t.Errorf("%s: %v", ip, err)
		}
	}
}

func TestDialEndsWithTheContext(t *testing.T) {
	s := relay(t, relaytest.Config{})
	s.On(relaytest.Rule{At: relaytest.Banner, Do: relaytest.Action{End: relaytest.SilenceMute}})
	r := settings(s)
	r.Pace = 1
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := Dial(ctx, r); done <- err }()
	wait(t, func() bool { return s.OpenConnections() == 1 })
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("dialled a silent relay")
		}
	case <-time.After(10 * time.Second):
		t.Error("the dial went on")
	}
}

func refusedAt(t *testing.T, r Relay, want outcome.Reply) *DialError {
	t.Helper()
	c, err := Dial(t.Context(), r)
	if err == nil {
		_ = c.Close()
		t.Fatal("the relay was reached")
	}
	var d *DialError
	if !errors.As(err, &d) || d.Reply != want {
		t.Fatalf("got %+v (%v), want %+v", d, err, want)
	}
	return d
}

// trusted gives an authority, and a certificate of it for this machine.
func trusted(t *testing.T) (*relaytest.Authority, *tls.Config) {
	t.Helper()
	ca, err := relaytest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := ca.Issue("127.0.0.1", false)
	if err != nil {
		t.Fatal(err)
	}
	return ca, cfg
}
