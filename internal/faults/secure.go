package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// front is what the relay shows to those who connect. It can be exchanged while
// the relay runs.
type front struct {
	now   atomic.Pointer[tls.Config]
	right *tls.Config
	wrong []disguise
}

// disguise is one way in which a connection is not what was asked for.
type disguise struct {
	name   string
	tls    *tls.Config
	hidden string // the extension that a machine in the middle takes out
}

func newFront(trusted *relaytest.Authority) (*front, error) {
	stranger, err := relaytest.NewAuthority()
	if err != nil {
		return nil, err
	}
	var failed error
	issue := func(a *relaytest.Authority, host string, expired bool) *tls.Config {
		c, err := a.Issue(host, expired)
		if err != nil {
			failed = err
		}
		return c
	}
	own, err := relaytest.SelfSigned("127.0.0.1")
	if err != nil {
		return nil, err
	}
	f := &front{right: issue(trusted, "127.0.0.1", false)}
	f.wrong = []disguise{
		{name: "stripped", tls: f.right, hidden: "STARTTLS"},
		{name: "expired", tls: issue(trusted, "127.0.0.1", true)},
		{name: "wrong_name", tls: issue(trusted, "relay.test", false)},
		{name: "untrusted", tls: issue(stranger, "127.0.0.1", false)},
		{name: "self_signed", tls: own},
		{name: "tls_1.1", tls: f.right.Clone()},
	}
	f.wrong[len(f.wrong)-1].tls.MaxVersion = tls.VersionTLS11
	f.now.Store(f.right)
	return f, failed
}

func (f *front) config() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.now.Load(), nil }}
}

// runF12: six times in one send the relay's connections are not what was asked
// for: STARTTLS stripped, a certificate expired, for another name, of an
// authority that nobody trusts or of none, and nothing newer than TLS 1.1. People
// are told; each time the circuit opens and everybody waits, until the relay is
// what it was.
func runF12(ctx context.Context, o options, seed uint64) (string, error) {
	ca, err := relaytest.NewAuthority()
	if err != nil {
		return "", err
	}
	f, err := newFront(ca)
	if err != nil {
		return "", err
	}
	relay := relaytest.Config{TLS: f.config(), Mechanisms: []string{"PLAIN"}, Username: "mailer", Password: "of the fault run", RequireAuth: true}
	return scene{workers: 2, rate: float64(o.size) / 10, relay: relay, trust: ca, during: func(ctx context.Context, w *world) (string, error) {
		figures := ""
		for i, d := range f.wrong {
			if err := w.answered(ctx, (i+1)*o.size/9); err != nil {
				return figures, err
			}
			tries, err := f.wear(ctx, w, d)
			if err == nil {
				err = w.opened(ctx, 0)
			}
			figures += fmt.Sprintf("%s_tries=%d ", d.name, tries)
			if err != nil {
				return figures, fmt.Errorf("%s: %w", d.name, err)
			}
		}
		return figures, nil
	}, after: func(ctx context.Context, w *world, v verdict) error {
		for _, e := range w.Relay.Events() {
			if (e.Phase == relaytest.Auth || e.Phase == relaytest.Mail) && !e.TLS {
				return fmt.Errorf("%s in plain text", e.Phase)
			}
		}
		if err := w.alerted(ctx, "relay_unproven"); err != nil {
			return err
		}
		alarms, err := w.count(ctx, "SELECT count(*) FROM ledger_entry WHERE verb = 'relay_circuit_opened'")
		switch {
		case err != nil:
			return err
		case alarms != len(f.wrong):
			return fmt.Errorf("the circuit opened %d times, the relay was disguised %d times", alarms, len(f.wrong))
		case v.Accepted != int(w.ToSend):
			return fmt.Errorf("%d are accepted of %d", v.Accepted, w.ToSend)
		}
		return nil
	}}.play(ctx, o, seed)
}

// runRule: somebody between us and the first of two relays takes STARTTLS out of
// its answers, and the relay's rule is to be quarantined then. It learns neither
// who we are nor whom we write to, people are told, and the send goes on through
// the second.
func runRule(ctx context.Context, o options, seed uint64) (string, error) {
	ca, err := relaytest.NewAuthority()
	if err != nil {
		return "", err
	}
	right, err := ca.Issue("127.0.0.1", false)
	if err != nil {
		return "", err
	}
	relay := relaytest.Config{TLS: right, Mechanisms: []string{"PLAIN"}, Username: "mailer", Password: "of the fault run", RequireAuth: true}
	var before int
	return scene{workers: 2, pair: true, rate: float64(o.size) / 10, relay: relay, trust: ca, before: func(ctx context.Context, w *world) error {
		_, err := w.SQL.Exec(ctx, "UPDATE relay SET shut_on_tls_failure = true")
		return err
	}, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size*2/5); err != nil {
			return "", err
		}
		w.Relay.On(relaytest.Rule{At: relaytest.Ehlo, Do: relaytest.Action{Hide: "STARTTLS"}})
		before = int(w.Relay.Tally().Connections)
		w.Relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: relaytest.ThenClose}})
		begun := time.Now()
		err := errors.Join(w.alerted(ctx, "relay_shut"), w.held(ctx, before))
		return fmt.Sprintf("shut_s=%.2f", time.Since(begun).Seconds()), err
	}, after: func(ctx context.Context, w *world, v verdict) error {
		shut, err := w.count(ctx, "SELECT count(*) FROM relay r JOIN relay_event e USING (relay_no) WHERE r.state = 'quarantined' AND r.rotate AND e.kind = 'shut_by_rule'")
		switch {
		case err != nil:
			return err
		case shut != 1:
			return fmt.Errorf("%d relays are quarantined by their rule", shut)
		case v.Accepted != int(w.ToSend):
			return fmt.Errorf("%d are accepted of %d", v.Accepted, w.ToSend)
		}
		return w.held(ctx, before)
	}}.play(ctx, o, seed)
}

// wear disguises the relay until its circuit is open and a probe was refused
// too, and says how many connections were tried.
func (f *front) wear(ctx context.Context, w *world, d disguise) (int, error) {
	if d.hidden != "" {
		defer w.Relay.On(relaytest.Rule{At: relaytest.Ehlo, Do: relaytest.Action{Hide: d.hidden}})()
	}
	// Connections of before end with their message, so that others must follow.
	defer w.Relay.On(relaytest.Rule{At: relaytest.Dot, Do: relaytest.Action{End: relaytest.ThenClose}})()
	defer f.now.Store(f.right)
	f.now.Store(d.tls)
	before := int(w.Relay.Tally().Connections)
	opened := 0
	err := stage.Until(ctx, time.Minute, "an open circuit and a refused probe", func() (bool, error) {
		tried := int(w.Relay.Tally().Connections)
		open, err := w.count(ctx, "SELECT count(*) FROM relay WHERE state = 'open'")
		if open == 1 && opened == 0 {
			opened = tried
		}
		return opened > 0 && tried > opened+1, errors.Join(err, w.held(ctx, before))
	})
	return int(w.Relay.Tally().Connections) - before, err
}

// opened waits until the circuits of so many relays are open.
func (w *world) opened(ctx context.Context, want int) error {
	return stage.Until(ctx, 3*time.Minute, fmt.Sprintf("%d open circuits", want), func() (bool, error) {
		n, err := w.count(ctx, "SELECT count(*) FROM relay WHERE state = 'open'")
		return n == want, err
	})
}

// alerted waits until people are told of something: within a minute.
func (w *world) alerted(ctx context.Context, kind string) error {
	return stage.Until(ctx, time.Minute, "the alert "+kind, func() (bool, error) {
		n, err := w.count(ctx, "SELECT count(*) FROM alert WHERE kind = $1", kind)
		return n > 0, err
	})
}

// held holds that no connection after the nth has said who we are or whom we
// write to, and that nobody is the worse for it.
func (w *world) held(ctx context.Context, n int) error {
	for _, e := range w.Relay.Events() {
		if e.Conn > n && (e.Phase == relaytest.Auth || e.Phase == relaytest.Mail) {
			return fmt.Errorf("%s was on the wire", e.Phase)
		}
	}
	failed, err := w.count(ctx, "SELECT count(*) FROM delivery WHERE campaign_no = $1 AND status NOT IN ('pending', 'sending', 'deferred', 'accepted', 'unaddressed')", w.campaign())
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d are marked failed", failed)
	}
	return err
}
