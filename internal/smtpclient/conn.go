package smtpclient

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
)

// farewell is how long a QUIT may take.
const farewell = 5 * time.Second

// Conn is a connection that has greeted, and may carry one transaction after
// another.
type Conn struct {
	smtp       *smtp.Client
	wire       *wire
	times      Timeouts
	pipelining bool
	utf8       bool
	tlsVersion string
	certSHA256 []byte
	begun      bool // MAIL was accepted and nothing has ended it
	closed     bool
	out, in    []byte // the message on its way out, and a reply on its way in, used again
}

// Usable tells whether another transaction may be tried on this connection.
func (c *Conn) Usable() bool { return !c.closed }

// TLS gives the version, as "TLS 1.3", and the SHA-256 of the relay's
// certificate. Both are empty on a plain connection.
func (c *Conn) TLS() (version string, certSHA256 []byte) { return c.tlsVersion, c.certSHA256 }

// UTF8 tells whether the relay takes addresses with other than ASCII letters.
func (c *Conn) UTF8() bool { return c.utf8 }

// Proceed tells whether the answer to Envelope lets the message follow.
func Proceed(r outcome.Reply) bool {
	return r.Phase == outcome.PhaseRcpt && !r.Lost && r.Code/10 == 25
}

// Envelope sends MAIL and RCPT, in one write where the relay offers pipelining
// (RFC 2920), and returns the answer that decides: the first that refuses, or
// the one to RCPT. With Proceed the message may follow. A transaction that was
// left before is reset first. The error means that nothing was sent, because
// an address is not fit for the wire. An empty from is the null sender.
func (c *Conn) Envelope(ctx context.Context, from, to string) (outcome.Reply, error) {
	utf8, err := c.fit(from, to)
	if err != nil {
		return outcome.Reply{}, err
	}
	c.wire.heed(ctx)
	if c.begun {
		if r := c.rset(); r.Lost || r.Code/100 != 2 {
			return c.lost(outcome.PhaseMail), nil
		}
	}
	if c.closed {
		return lost(outcome.PhaseMail), nil
	}
	end := ">\r\n"
	if utf8 {
		end = "> BODY=8BITMIME SMTPUTF8\r\n"
	}
	c.wire.within(c.times.Command)
	return c.envelope([3]string{"MAIL FROM:<", from, end}, [3]string{"RCPT TO:<", to, ">\r\n"}), nil
}

func (c *Conn) envelope(mail, rcpt [3]string) outcome.Reply {
	var err error
	if c.pipelining {
		err = c.say(mail[0], mail[1], mail[2], rcpt[0], rcpt[1], rcpt[2])
	} else {
		err = c.say(mail[:]...)
	}
	if err != nil {
		return c.lost(outcome.PhaseMail)
	}
	r := c.answer(outcome.PhaseMail)
	c.begun = !c.closed && r.Code/100 == 2
	switch {
	case c.closed:
		return r
	case !c.pipelining && r.Code/100 != 2:
		return r
	case !c.pipelining && c.say(rcpt[:]...) != nil:
		return c.lost(outcome.PhaseRcpt)
	}
	second := c.answer(outcome.PhaseRcpt)
	if r.Code/100 != 2 {
		return r // the second only says that there is no MAIL
	}
	return second
}

// fit refuses what could end a line or an address early, and says whether the
// transaction needs SMTPUTF8.
func (c *Conn) fit(from, to string) (utf8 bool, err error) {
	for _, a := range []string{from, to} {
		if len(a) > 254 || strings.ContainsFunc(a, unfit) {
			return false, fault.New(fault.Invalid, "address_unfit", nil)
		}
		utf8 = utf8 || strings.ContainsFunc(a, func(r rune) bool { return r > 0x7f })
	}
	switch {
	case to == "":
		return false, fault.New(fault.Invalid, "address_unfit", nil)
	case utf8 && !c.utf8:
		return false, fault.New(fault.Invalid, "address_needs_smtputf8", nil)
	}
	return utf8, nil
}

func unfit(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == '\ufffd' }

// Reset ends a transaction that was begun and leaves the connection usable, or
// closes it.
func (c *Conn) Reset(ctx context.Context) outcome.Reply {
	if c.closed {
		return lost(outcome.PhaseMail)
	}
	c.wire.heed(ctx)
	return c.rset()
}

func (c *Conn) rset() outcome.Reply {
	c.wire.within(c.times.Command)
	if c.say("RSET\r\n") != nil {
		return c.lost(outcome.PhaseMail)
	}
	r := c.answer(outcome.PhaseMail)
	if r.Code/100 != 2 {
		c.drop()
	}
	c.begun = false
	return r
}

// Close says QUIT where the connection is in good order, and closes it. It may
// be called again.
func (c *Conn) Close() error {
	if c.closed {
		return nil
	}
	c.wire.within(farewell)
	err := c.say("QUIT\r\n")
	if err == nil {
		_, _, err = c.hear()
	}
	c.drop()
	if err != nil {
		return errors.New("the relay did not answer QUIT")
	}
	return nil
}

// drop closes the socket without another word. The raw socket is closed first:
// closing TLS alone would still write to it.
func (c *Conn) drop() {
	c.closed, c.begun = true, false
	_ = c.wire.Close()
	_ = c.smtp.Close()
}

func (c *Conn) lost(p outcome.Phase) outcome.Reply {
	c.drop()
	return lost(p)
}

func lost(p outcome.Phase) outcome.Reply { return outcome.Reply{Phase: p, Lost: true} }

// write hands the bytes to the socket in one call.
func (c *Conn) write(p []byte) error {
	if _, err := c.smtp.Text.W.Write(p); err != nil {
		return err
	}
	return c.smtp.Text.W.Flush()
}

// ahead tells whether the relay has said more than it was asked: whatever comes
// next would be taken for the answer to something else.
func (c *Conn) ahead() bool { return c.smtp.Text.R.Buffered() > 0 }

var errAhead = errors.New("the relay answered what it was not asked")

// say hands commands to the socket in one call, unless the relay is ahead of us.
func (c *Conn) say(words ...string) error {
	if c.ahead() {
		return errAhead
	}
	for _, w := range words {
		if _, err := c.smtp.Text.W.WriteString(w); err != nil {
			return err
		}
	}
	return c.smtp.Text.W.Flush()
}

// answer reads one reply. A relay that says 421 is leaving (RFC 5321 3.8), and
// one that does not speak SMTP is left.
func (c *Conn) answer(p outcome.Phase) outcome.Reply {
	code, text, err := c.hear()
	if err != nil || code < 200 || code > 599 {
		return c.lost(p)
	}
	if code == 421 {
		c.drop()
	}
	return read(p, code, text)
}
