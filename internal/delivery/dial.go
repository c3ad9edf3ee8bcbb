package delivery

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/logkey"
)

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
		c.session, c.dialled = s, time.Now()
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
