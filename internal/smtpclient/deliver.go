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
	if err := wellFormed(raw); err != nil {
		return outcome.Reply{}, err
	}
	if c.closed || !c.begun {
		return c.lost(outcome.PhaseData), nil
	}
	c.wire.heed(ctx)
	c.wire.within(c.times.Data)
	if c.write([]byte("DATA\r\n")) != nil {
		return c.lost(outcome.PhaseData), nil
	}
	r := c.answer(outcome.PhaseData)
	if c.closed || r.Code != 354 {
		if r.Code/100 == 2 {
			return c.lost(outcome.PhaseData), nil // nobody knows what it waits for
		}
		return r, nil
	}
	return c.body(raw), nil
}

// body writes the message and waits for the verdict.
func (c *Conn) body(raw []byte) outcome.Reply {
	c.begun = false
	c.out = stuff(c.out[:0], raw)
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

// wellFormed refuses a message with a line that does not end in CRLF: relays
// disagree about where such a message ends.
func wellFormed(raw []byte) error {
	for rest := raw; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 1 || rest[i-1] != '\r' || bytes.IndexByte(rest[:i-1], '\r') >= 0 {
			return fault.New(fault.Internal, "message_not_crlf", nil)
		}
		rest = rest[i+1:]
	}
	if len(raw) == 0 {
		return fault.New(fault.Internal, "message_empty", nil)
	}
	return nil
}

// stuff appends the message to out with a dot before each line that begins with
// one, and the final dot (RFC 5321 4.5.2).
func stuff(out, raw []byte) []byte {
	if raw[0] == '.' {
		out = append(out, '.')
	}
	for {
		i := bytes.Index(raw, []byte("\n."))
		if i < 0 {
			break
		}
		out = append(append(out, raw[:i+2]...), '.')
		raw = raw[i+2:]
	}
	return append(append(out, raw...), ".\r\n"...)
}
