package smtpclient

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
)

// DialError is a connection that could not be made. Reply says in which phase,
// and what the relay answered there, if it did.
type DialError struct {
	Reply outcome.Reply
	err   error
}

// Error names phase and cause without the relay's own words.
func (e *DialError) Error() string {
	return fmt.Sprintf("reach relay, phase %s: %v", e.Reply.Phase, e.err)
}

// Unwrap gives the cause.
func (e *DialError) Unwrap() error { return e.err }

// Unproven tells whether the relay did not prove who it is, rather than that the
// connection was lost meanwhile: it offered no STARTTLS or refused it, its
// certificate is not good, or it speaks no TLS that is new enough.
func (e *DialError) Unproven() bool { return e.Reply.Phase == outcome.PhaseTLS && !cut(e.err) }

// cut tells whether an error is the socket's and not the other side's word.
func cut(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTalkative) ||
		errors.As(err, &op) && (op.Op == "read" || op.Op == "write")
}

// Dial connects, greets, secures and logs in. It fails with a *DialError and an
// open connection is never left behind. A relay that should offer STARTTLS and
// does not is left before AUTH and MAIL (code relay_no_starttls).
func Dial(ctx context.Context, r Relay) (*Conn, error) {
	t := r.Timeouts.filled(r.Pace)
	w, err := connect(ctx, r, t)
	if err != nil {
		return nil, &DialError{outcome.Reply{Phase: outcome.PhaseConnect, Lost: true}, err}
	}
	release := w.obey(ctx)
	defer release()
	c := &Conn{wire: w, times: t}
	if phase, err := c.open(r); err != nil {
		_ = w.Close()
		return nil, refused(phase, err)
	}
	return c, nil
}

func connect(ctx context.Context, r Relay, t Timeouts) (*wire, error) {
	if err := r.Guard.Port(r.Port); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: t.Connect, Control: r.Guard.control, KeepAlive: 30 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(r.Host, strconv.Itoa(r.Port)))
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	return &wire{Conn: conn}, nil
}

// open takes the fresh connection through its phases, and names the one that
// failed.
func (c *Conn) open(r Relay) (outcome.Phase, error) {
	c.wire.within(c.times.Greeting)
	config := &tls.Config{ServerName: r.Host, MinVersion: tls.VersionTLS12, RootCAs: r.Roots}
	conn := net.Conn(c.wire)
	if r.TLS == Implicit {
		secured := tls.Client(c.wire, config)
		if err := secured.Handshake(); err != nil {
			return outcome.PhaseTLS, fmt.Errorf("shake hands: %w", err)
		}
		conn = secured
	}
	var err error
	if c.smtp, err = smtp.NewClient(conn, r.Host); err != nil {
		return outcome.PhaseGreeting, err
	}
	c.wire.within(c.times.Greeting)
	if err = c.smtp.Hello(r.Hello); err != nil {
		return outcome.PhaseGreeting, err
	}
	if err = c.secure(r.TLS, config); err != nil {
		return outcome.PhaseTLS, err
	}
	c.noteTLS()
	if err = c.logIn(r); err != nil {
		return outcome.PhaseAuth, err
	}
	c.pipelining, _ = c.smtp.Extension("PIPELINING")
	c.utf8, _ = c.smtp.Extension("SMTPUTF8")
	return "", nil
}

// secure upgrades where that is asked for. Nothing goes on in plain text
// because a relay did not offer it.
func (c *Conn) secure(mode TLSMode, config *tls.Config) error {
	if mode == Plain || mode == Implicit {
		return nil
	}
	if ok, _ := c.smtp.Extension("STARTTLS"); !ok {
		return fault.New(fault.Unavailable, "relay_no_starttls", nil)
	}
	c.wire.within(c.times.Greeting)
	if err := c.smtp.StartTLS(config); err != nil {
		return fmt.Errorf("start tls: %w", err)
	}
	return nil
}

func (c *Conn) noteTLS() {
	state, ok := c.smtp.TLSConnectionState()
	if !ok {
		return
	}
	c.tlsVersion = tls.VersionName(state.Version)
	if len(state.PeerCertificates) > 0 {
		sum := sha256.Sum256(state.PeerCertificates[0].Raw)
		c.certSHA256 = sum[:]
	}
}

// refused turns an error of a phase into a DialError without the relay's words.
func refused(phase outcome.Phase, err error) *DialError {
	reply := outcome.Reply{Phase: phase, Lost: true}
	var said *textproto.Error
	if errors.As(err, &said) {
		reply = read(phase, said.Code, said.Msg)
		err = fmt.Errorf("the relay answered %d", said.Code)
	}
	var odd textproto.ProtocolError
	if errors.As(err, &odd) {
		err = errors.New("the relay does not speak SMTP")
	}
	return &DialError{reply, err}
}
