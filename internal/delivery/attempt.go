package delivery

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// deliver makes one attempt. It is false when the connection should end,
// because nothing can be dialled any more, or a letter was withheld.
func (c *connection) deliver(soft, hard context.Context, l letterOf) bool {
	if err := c.job.Guard.Check(l.Letter); err != nil {
		c.withhold(hard, l, err)
		return false
	}
	if c.session == nil && c.refusal == nil && !c.trial && !c.known.gate.enter(soft) {
		return false
	}
	c.commits.active.Add(1)
	defer c.commits.active.Add(-1)
	begun := time.Now()
	granted := c.commits.submit(hard, submission{outcome: c.last, claim: c.claim, intent: c.intent(l)})
	c.last = nil
	reply := c.envelope(c.wire, l)
	if !<-granted {
		c.open.lose(l.claim)
		c.abandon()
		return true
	}
	if reply.Phase == outcome.PhaseRcpt && reply.Code/100 == 2 {
		reply = c.handOver(l)
	}
	c.settle(l, begun, reply)
	c.weigh(hard, l, reply)
	if reply.Withheld() {
		c.alarm(hard, l, errChanged)
		return false
	}
	return true
}

func (c *connection) intent(l letterOf) *Intent {
	return &Intent{Seq: l.Seq, Attempt: l.Attempt, Batch: l.claim.Batch, Fence: l.claim.Fence, Relay: c.relay, Date: l.Date, Hash: l.Hash}
}

// envelope announces the message. A kept connection that the relay has closed
// meanwhile, or leaves now with 421 because it is tired of waiting or has carried
// enough (RFC 5321 3.8), is no failure of the message: it is announced again,
// once, over a fresh one.
func (c *connection) envelope(ctx context.Context, l letterOf) outcome.Reply {
	kept := c.session != nil && (c.used || time.Since(c.dialled) > fresh)
	reply := c.announce(ctx, l)
	if kept && (reply.Lost || reply.Code == 421) && reply.Phase == outcome.PhaseMail && ctx.Err() == nil {
		c.hangUp()
		reply = c.announce(ctx, l)
	}
	c.used = c.session != nil
	return reply
}

// fresh is how long a session may have waited for its first message and still
// count as new.
const fresh = time.Second

// announce dials where there is no session, and sends MAIL and RCPT.
func (c *connection) announce(ctx context.Context, l letterOf) outcome.Reply {
	err := c.refusal
	c.refusal = nil
	if c.session == nil && err == nil {
		err = c.dial(ctx)
	}
	if err != nil {
		return c.refused(err)
	}
	return c.session.Envelope(ctx, l.From, l.To)
}

func (c *connection) refused(err error) outcome.Reply {
	var reply outcome.Reply
	if !errors.As(err, &reply) {
		reply = outcome.Reply{Phase: outcome.PhaseConnect, Lost: true}
	}
	c.Log.Warn("relay cannot be reached", logkey.Campaign, c.job.Campaign, logkey.Relay, c.relay.No, logkey.Error, reply)
	return reply
}

// abandon gives an announced message up: its intent is not on record, so not a
// byte of it may go out.
func (c *connection) abandon() {
	if c.session != nil && c.session.Reset(c.wire) != nil {
		c.hangUp()
	}
}

// hangUp ends the session: politely, unless its relay was shut, which gets not
// a byte more.
func (c *connection) hangUp() {
	if c.wire.Err() != nil {
		c.session.Cut()
	} else {
		c.session.Close()
	}
	c.session = nil
}

// settle derives what follows from a reply and keeps it for the next group.
func (c *connection) settle(l letterOf, begun time.Time, reply outcome.Reply) {
	now := c.now()
	if c.known.circuit.note(begun, time.Now(), Tried{Campaign: c.job.Campaign, Seq: l.Seq, Attempt: l.Attempt}, reply) {
		c.trip(c.relay)
	}
	if reply.Verdict() == outcome.Took {
		c.known.accepted.Store(now.UnixNano())
	}
	f := Facts{Claimed: l.Claimed, Relay: c.relay.No, Now: now, RelayAccepted: time.Unix(0, c.known.accepted.Load()), ResendOnce: c.job.ResendOnce, Pace: c.Engine.Pace,
		Fallen: c.known.circuit.down(), Elsewhere: c.elsewhere(c.relay)}
	o := Outcome{Seq: l.Seq, Attempt: l.Attempt, Relay: c.relay.No, Reply: reply, Hash: l.Hash, Waited: l.Waited, Ruling: Rule(reply, f)}
	o.After = time.Duration(float64(o.After) / c.Engine.Pace)
	if c.session != nil {
		o.Evidence = c.session.Evidence()
		c.tidy(reply)
	}
	c.last, c.claim = &o, l.claim
}

// tidy leaves the session ready for the next message, or closes it.
func (c *connection) tidy(reply outcome.Reply) {
	if c.session.Usable() && (reply.Phase == outcome.PhaseDot || c.session.Reset(c.wire) == nil) {
		return
	}
	c.hangUp()
}
