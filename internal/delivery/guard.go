package delivery

import (
	"context"
	"crypto/sha256"
	"errors"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// Guard stands between a finished letter and the relay.
type Guard interface {
	// Check reads the bytes of a letter that is about to be announced, and refuses
	// them unless they are what was approved, told to its person alone. The error
	// names no address and no value.
	Check(l Letter) error
	// Alarm pauses the campaign. It may be called any number of times.
	Alarm(ctx context.Context) error
}

// errChanged means that the bytes of a letter were changed after its hash had
// been announced.
var errChanged = errors.New("the message is not the one that was announced")

// handOver sends DATA, unless the bytes are no longer those whose hash is on
// record: then we give the transaction up and nothing of them goes out.
func (c *connection) handOver(l letterOf) outcome.Reply {
	if canon.Hash(sha256.Sum256(l.Raw)) != l.Hash {
		return outcome.Withheld
	}
	return c.session.Deliver(c.wire, l.Raw)
}

// withhold puts off a letter that the guard refused, while the batch is still
// ours, and pauses the campaign: what made one such letter may make others.
func (c *connection) withhold(hard context.Context, l letterOf, why error) {
	p := c.putOffOf(l.claim, []Unmade{{Claimed: l.Claimed, Reason: why, Why: Withheld}})
	err := c.Store.PutOff(hard, p)
	for err != nil && fault.KindOf(err) == fault.Unavailable && pause(hard, watching) == nil {
		err = c.Store.PutOff(hard, p)
	}
	if err != nil {
		c.Log.Error("withheld letter could not be put off", logkey.Campaign, c.job.Campaign, logkey.Delivery, l.Seq, logkey.Error, err)
	}
	c.alarm(hard, l, why)
}

// alarm ends the run and pauses the campaign.
func (c *connection) alarm(hard context.Context, l letterOf, why error) {
	c.Log.Error("letter withheld, the campaign is paused", logkey.Campaign, c.job.Campaign, logkey.Delivery, l.Seq, logkey.Error, why)
	c.stop()
	for {
		err := c.job.Guard.Alarm(hard)
		if err == nil || pause(hard, watching) != nil {
			return
		}
		c.Log.Error("campaign could not be paused", logkey.Campaign, c.job.Campaign, logkey.Error, err)
	}
}
