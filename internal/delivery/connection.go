package delivery

import (
	"context"
	"time"
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
	dialled time.Time // when the session was opened
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

// placePatience is how long a place of a domain is kept while the rate allows no
// message: other campaigns share it.
const placePatience = 100 * time.Millisecond

// allowed waits for the right to send a letter. Held says that the letter waits
// without the connection, which is free for another.
func (c *connection) allowed(soft, hard context.Context, l letterOf) (ok, held bool) {
	if !c.enter(soft, l) {
		return false, true
	}
	entered := time.Now()
	for {
		rate, _ := c.domains.bounds(l.Domain)
		if rate == 0 && c.place == "" {
			c.domains.left(l.Domain)
			return c.throttled(soft, hard), false
		}
		ok, domain, again := c.throttle.ask(soft, l.Domain, rate)
		if ok {
			c.domains.left(l.Domain)
			return true, false
		}
		tired := c.place != "" && time.Since(entered)+again > placePatience
		if domain || tired || c.known.seats.wanted(c.party) {
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
