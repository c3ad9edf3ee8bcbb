package smtpclient

import (
	"bytes"
	"context"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/outcome"
)

// verdictAfterError is how long an answer is waited for that the relay may have
// given before it stopped reading.
const verdictAfterError = 2 * time.Second

// Deliver sends DATA, the message and the final dot, and returns the relay's
// last answer. It needs an Envelope that may proceed. A refusal of DATA is
// PhaseData: nothing of the message was written. Afterwards it is PhaseDot; an
// answer that did not come is Lost, and the connection is closed. The error
// means that nothing was sent, because the message is not made of CRLF lines.
// When the context ends, the wait does.
func (c *Conn) Deliver(ctx context.Context, raw []byte) (outcome.Reply, error) {
	out, err := stuff(c.out[:0], raw)
	if err != nil {
		return outcome.Reply{}, err
	}
	c.out = out
	if c.closed || !c.begun {
		return c.lost(outcome.PhaseData), nil
	}
	c.wire.heed(ctx)
	c.wire.within(c.times.Data)
	if c.say("DATA\r\n") != nil {
		return c.lost(outcome.PhaseData), nil
	}
	r := c.answer(outcome.PhaseData)
	if c.closed || r.Code != 354 {
		if r.Code/100 == 2 {
			return c.lost(outcome.PhaseData), nil // nobody knows what it waits for
		}
		return r, nil
	}
	if c.ahead() {
		return c.lost(outcome.PhaseData), nil // its verdict was not about the message
	}
	return c.body(), nil
}

// body writes the message and waits for the verdict.
func (c *Conn) body() outcome.Reply {
	c.begun = false
	c.wire.within(c.times.Body)
	if c.write(c.out) != nil {
		return c.afterError()
	}
	c.wire.within(c.times.Final)
	r := c.answer(outcome.PhaseDot)
	if !r.Lost && r.Code/100 == 3 {
		return c.lost(outcome.PhaseDot) // no final answer, whatever it is
	}
	return r
}

// afterError hears whether the relay refused before it stopped reading. Only a
// refusal is believed: it cannot have accepted what it did not read whole.
func (c *Conn) afterError() outcome.Reply {
	c.wire.within(verdictAfterError)
	r := c.answer(outcome.PhaseDot)
	c.drop()
	if r.Lost || r.Code/100 < 4 {
		return lost(outcome.PhaseDot)
	}
	return r
}

// stuff appends the message to out with a dot before each line that begins with
// one, and the final dot (RFC 5321 4.5.2). It refuses a message with a line that
// does not end in CRLF: relays disagree about where such a message ends.
func stuff(out, raw []byte) ([]byte, error) {
	if len(raw) == 0 {
		return out, fault.New(fault.Internal, "message_empty", nil)
	}
	written := 0
	for at := 0; at < len(raw); {
		if raw[at] == '.' {
			out = append(append(out, raw[written:at]...), '.')
			written = at
		}
		i := bytes.IndexByte(raw[at:], '\r')
		if i < 0 || at+i+1 == len(raw) || raw[at+i+1] != '\n' || bytes.IndexByte(raw[at:at+i], '\n') >= 0 {
			return out, fault.New(fault.Internal, "message_not_crlf", nil)
		}
		at += i + 2
	}
	return append(append(out, raw[written:]...), ".\r\n"...), nil
}
