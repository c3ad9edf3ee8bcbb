package delivery

import (
	"context"
	"strings"
	"sync"

	"forthwith/internal/logkey"
	"forthwith/internal/outcome"
)

// Stopper pauses a campaign of which surely too many messages are refused.
type Stopper interface {
	// Stop may be called any number of times.
	Stop(ctx context.Context, s Share) error
}

// Share is how many messages were refused through one relay, or to one domain.
type Share struct {
	Relay  int64 // 0: it speaks of a domain
	Domain string
	outcome.Refusals
}

// mostTallies bounds how many domains of a campaign are counted.
const mostTallies = 10_000

// tallies count the answers to one campaign's messages in this process.
type tallies struct {
	mu      sync.Mutex
	relays  map[int64]*outcome.Refusals
	domains map[string]*outcome.Refusals
}

// count adds an answer, and gives the share that is surely above the limit.
func (t *tallies) count(relay int64, domain string, refused bool, percent float64) *Share {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.relays == nil {
		t.relays, t.domains = map[int64]*outcome.Refusals{}, map[string]*outcome.Refusals{}
	}
	r := of(t.relays, relay)
	if r.Count(refused); refused && r.SurelyAbove(percent) {
		return &Share{Relay: relay, Refusals: *r}
	}
	if len(t.domains) >= mostTallies && t.domains[domain] == nil {
		return nil
	}
	d := of(t.domains, domain)
	if d.Count(refused); refused && d.SurelyAbove(percent) {
		return &Share{Domain: domain, Refusals: *d}
	}
	return nil
}

func of[K comparable](all map[K]*outcome.Refusals, key K) *outcome.Refusals {
	if all[key] == nil {
		all[key] = &outcome.Refusals{}
	}
	return all[key]
}

// weigh counts an answer where the campaign has a stop rule, and stops it where
// surely too many are refused. Answers that are put off, or lost, say nothing.
func (c *connection) weigh(hard context.Context, l letterOf, reply outcome.Reply) {
	verdict := reply.Verdict()
	refused := verdict == outcome.Refused || verdict == outcome.RelayFault
	if c.job.Stopper == nil || reply.Unfit() || !refused && verdict != outcome.Took {
		return
	}
	_, domain, _ := strings.Cut(l.To, "@")
	bad := c.tallies(c.job.Campaign).count(c.relay.No, domain, refused, c.job.StopAbove)
	if bad == nil {
		return
	}
	c.Log.Error("too many messages are refused, the campaign is paused", logkey.Campaign, c.job.Campaign, logkey.Relay, bad.Relay, logkey.Count, bad.Refused)
	c.stop()
	for c.job.Stopper.Stop(hard, *bad) != nil && pause(hard, watching) == nil {
	}
	c.forgetRefusals()
}

// forgetRefusals begins anew because the campaign is not sending: whoever resumes
// it has seen why it stopped.
func (r *run) forgetRefusals() { r.refusals.Delete(r.job.Campaign) }

// tallies gives the counts of a campaign's answers in this process.
func (e *Engine) tallies(campaign int64) *tallies {
	t, _ := e.refusals.LoadOrStore(campaign, &tallies{})
	return t.(*tallies)
}
