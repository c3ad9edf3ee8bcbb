package delivery

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// connection is one goroutine that owns at most one session with a relay and
// at most one open intent.
type connection struct {
	*run
	relay   Relay
	known   *known
	wire    context.Context // ends when not a byte more may go to the relay
	session Session
	trial   bool      // it tries a relay whose circuit is open
	seated  time.Time // since when it may have a session; zero when it may not
	used    bool      // the session has carried a message before
	heard   time.Time // when its relay last answered a message, or the dial
	refusal error     // of the dial for the next message; nil: it was not tried, or went well
	place   string    // among the messages under way to one domain; empty: it needs none
	last    *Outcome  // of the message before, not yet on record
	claim   Claim     // last's
}

// work sends letters until there are none, or soft ends.
func (c *connection) work(soft, hard context.Context) {
	for c.sit(soft, hard) {
		l, ok := c.next(soft, hard)
		if !ok {
			break
		}
		if !c.open.ours(l.claim) {
			c.domains.left(l.Domain)
			continue
		}
		if !c.connect(soft, hard) {
			break
		}
		ok, held := c.allowed(soft, hard, l)
		if held {
			continue
		}
		if ok && l.late(c.now()) {
			c.leave(hard)
			c.letGo(hard, l)
			continue
		}
		ok = ok && c.deliver(soft, hard, l)
		if c.leave(hard) {
			c.domains.wake(l.Domain)
		}
		if !ok {
			break
		}
	}
	c.flush(hard)
	c.rise()
}

// connect opens a session where there is none, before the right to send is asked
// for: a right is for now, and a relay may take its time to greet. What it
// refuses is told when the message is announced. What is known goes on record
// first. It is false when soft ended.
func (c *connection) connect(soft, hard context.Context) bool {
	if c.session != nil || c.refusal != nil {
		return true
	}
	c.flush(hard)
	if !c.known.gate.enter(soft) {
		return false
	}
	c.refusal = c.dial(c.wire)
	return true
}

func (c *connection) dial(ctx context.Context) error {
	s, err := c.reach(ctx, c.relay)
	c.known.gate.leave(err == nil)
	if err == nil {
		c.session, c.heard = s, time.Now()
	}
	if errors.Is(err, ErrUnproven) {
		c.doubt()
	}
	return err
}

// reach opens a session, and waits for a record that is away while a dial needs
// it: that is no failure of the relay.
func (e *Engine) reach(ctx context.Context, r Relay) (Session, error) {
	for {
		s, err := e.Wire.Dial(ctx, r)
		if fault.KindOf(err) != fault.Unavailable || pause(ctx, watching) != nil {
			return s, err
		}
	}
}

// doubtAgain is how long a relay that does not prove who it is may do so before
// it is said again.
const doubtAgain = time.Minute

// started is when the process was, for spans that no setting of a clock changes.
var started = time.Now()

// doubt says that the relay did not prove who it is.
func (c *connection) doubt() {
	now, last := int64(time.Since(started))+1, c.known.doubted.Load()
	if last != 0 && now-last < int64(c.scaled(doubtAgain)) || !c.known.doubted.CompareAndSwap(last, now) {
		return
	}
	c.Log.Error("relay does not prove who it is", logkey.Campaign, c.job.Campaign, logkey.Relay, c.relay.No)
	no := c.relay.No
	c.tripping.start(func() {
		for c.Store.Unproven(c.run.wire, c.Worker, no) != nil && pause(c.run.wire, watching) == nil {
		}
	})
}

// sit takes a seat with the relay, which the process shares among its runs, or
// keeps the one it has. It takes no letter before: whoever waits for a seat
// holds nothing back. It is false when no letter will come.
func (c *connection) sit(soft, hard context.Context) bool {
	if !c.seated.IsZero() && !c.known.seats.yields(c.party, c.seated) {
		return true
	}
	c.flush(hard)
	c.rise()
	if !c.known.seats.take(soft, c.dry, c.party) {
		return false
	}
	c.seated = time.Now()
	return true
}

// rise gives the seat back, after the session that it was for.
func (c *connection) rise() {
	if c.session != nil {
		c.hangUp()
	}
	if !c.seated.IsZero() {
		c.seated = time.Time{}
		c.known.seats.give(c.party)
	}
}

// next takes a letter that is ready. While there is none, what is known is
// written down without waiting for company.
func (c *connection) next(soft, hard context.Context) (letterOf, bool) {
	if soft.Err() != nil {
		return letterOf{}, false
	}
	select {
	case l, ok := <-c.ready:
		return l, c.more(ok)
	default:
	}
	c.flush(hard)
	select {
	case l, ok := <-c.ready:
		return l, c.more(ok) && soft.Err() == nil
	case <-soft.Done():
		return letterOf{}, false
	}
}

// patience is how long an outcome may wait for its connection's next intent.
const patience = 5 * time.Millisecond

// seatPatience is how long a seat is kept while the rate allows no message, if
// another run waits for it.
const seatPatience = 100 * time.Millisecond

// allowed waits for the right to send a letter. Held says that the letter waits
// for its domain, and the connection is free for another.
func (c *connection) allowed(soft, hard context.Context, l letterOf) (ok, held bool) {
	if !c.enter(soft, l) {
		return false, true
	}
	for {
		rate, _ := c.domains.bounds(l.Domain)
		if rate == 0 {
			c.domains.left(l.Domain)
			return c.throttled(soft, hard), false
		}
		ok, domain, again := c.throttle.ask(soft, l.Domain, rate)
		if ok {
			c.domains.left(l.Domain)
			return true, false
		}
		if domain || c.known.seats.wanted(c.party) {
			c.leave(hard)
			c.domains.park(l, again)
			return false, true
		}
		c.flush(hard)
		if pause(soft, again) != nil {
			return false, false
		}
	}
}

// fullWait is how long a letter waits whose domain has as many under way as it
// may, unless one of them ends here before.
const fullWait = 250 * time.Millisecond

// enter takes a place among the messages under way to a domain that bounds them.
// Where none is free, or nobody can know, the letter waits.
func (c *connection) enter(ctx context.Context, l letterOf) bool {
	_, most := c.domains.bounds(l.Domain)
	if most == 0 {
		return true
	}
	name, ok, err := c.Limiter.Enter(ctx, l.Domain, most)
	if err != nil || !ok {
		c.domains.park(l, fullWait)
		return false
	}
	c.place = name
	return true
}

// leave gives the place back, and is false where there was none.
func (c *connection) leave(ctx context.Context) bool {
	if c.place == "" {
		return false
	}
	c.Limiter.Leave(ctx, c.place)
	c.place = ""
	return true
}

// throttled waits for the right to send one message. A slow rate must hold back
// neither evidence nor a seat that another run could use. Whoever gave its seat
// away asks for the right once more when it has one again, since a right is for
// now, and keeps the seat then. It is false when soft ended first.
func (c *connection) throttled(soft, hard context.Context) bool {
	if c.throttle.try() {
		return true
	}
	if !c.await(soft, hard, true) {
		return false
	}
	if !c.seated.IsZero() {
		return true
	}
	if !c.known.seats.take(soft, nil, c.party) {
		return false
	}
	c.seated = time.Now()
	return c.await(soft, hard, false)
}

// await waits for the right, and may rise meanwhile.
func (c *connection) await(soft, hard context.Context, mayRise bool) bool {
	taken := make(chan error, 1)
	go func() { taken <- c.throttle.take(soft) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case err := <-taken:
			return err == nil
		case <-timer.C:
			c.flush(hard)
			if mayRise && c.known.seats.wanted(c.party) {
				c.rise()
			}
			timer.Reset(seatPatience)
		}
	}
}

// flush puts the last outcome on record by itself.
func (c *connection) flush(hard context.Context) {
	if c.last == nil {
		return
	}
	granted := c.commits.submit(hard, submission{outcome: c.last, claim: c.claim})
	<-granted
	c.last = nil
}

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
// meanwhile, without a word or, tired of waiting, with 421, is no failure of the
// message: it is announced again, once, over a fresh one.
func (c *connection) envelope(ctx context.Context, l letterOf) outcome.Reply {
	idle := c.session != nil && time.Since(c.heard) > fresh
	kept := idle || c.session != nil && c.used
	reply := c.announce(ctx, l)
	if kept && (reply.Lost || idle && reply.Code == 421) && reply.Phase == outcome.PhaseMail && ctx.Err() == nil {
		c.hangUp()
		reply = c.announce(ctx, l)
	}
	c.used = c.session != nil
	return reply
}

// fresh is how long a session may have waited for a message and still count as
// in use.
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
		c.heard = time.Now()
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
