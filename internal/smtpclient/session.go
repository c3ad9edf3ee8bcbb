package smtpclient

import (
	"context"
	"errors"

	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/outcome"
)

// Wire dials the relays of campaigns. Settings gives what is needed to reach a
// relay as the plan has it, with the password of this moment.
type Wire struct {
	Settings func(ctx context.Context, r delivery.Relay) (Relay, error)
}

// Dial opens a connection. Its failure is the outcome.Reply that ended it.
func (w Wire) Dial(ctx context.Context, r delivery.Relay) (delivery.Session, error) {
	settings, err := w.Settings(ctx, r)
	if err != nil {
		return nil, err
	}
	c, err := Dial(ctx, settings)
	var failed *DialError
	if errors.As(err, &failed) {
		if failed.Unproven() {
			return nil, errors.Join(failed.Reply, delivery.ErrUnproven)
		}
		return nil, failed.Reply
	}
	if err != nil {
		return nil, err
	}
	return session{c}, nil
}

// session is a Conn as the send loop uses it.
type session struct{ conn *Conn }

// Envelope sends MAIL and RCPT. An address that is not fit for the wire ends
// before a byte was sent, as if the connection had been lost; one that is not
// fit for this relay is outcome.Unfit.
func (s session) Envelope(ctx context.Context, from, to string) outcome.Reply {
	r, err := s.conn.Envelope(ctx, from, to)
	if fault.Is(err, "address_needs_smtputf8") {
		return outcome.Unfit
	}
	if err != nil {
		return outcome.Reply{Phase: outcome.PhaseMail, Lost: true}
	}
	return r
}

func (s session) Deliver(ctx context.Context, raw []byte) outcome.Reply {
	r, err := s.conn.Deliver(ctx, raw)
	if err != nil {
		return outcome.Reply{Phase: outcome.PhaseData, Lost: true}
	}
	return r
}

func (s session) Reset(ctx context.Context) error {
	if r := s.conn.Reset(ctx); r.Lost || !s.conn.Usable() {
		return r
	}
	return nil
}

func (s session) Evidence() delivery.Evidence {
	version, certificate := s.conn.TLS()
	return delivery.Evidence{TLSVersion: version, Certificate: certificate}
}

func (s session) Usable() bool { return s.conn.Usable() }
func (s session) Close()       { _ = s.conn.Close() }
func (s session) Cut()         { s.conn.drop() }
