package delivery

import (
	"container/heap"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Domain is a recipient domain by its keyed digest.
type Domain [16]byte

// DomainRates bound the messages a second to domains, and how many are under way
// to one at once, over all relays.
type DomainRates struct {
	Any    float64 // of each domain that is not named; 0: without a bound
	Named  map[Domain]float64
	AnyCap int // messages under way
	Caps   map[Domain]int
}

// Of gives the bound of a domain; 0: it has none.
func (d DomainRates) Of(domain Domain) float64 {
	if rate, named := d.Named[domain]; named {
		return rate
	}
	return d.Any
}

// Cap gives how many messages may be under way to a domain; 0: any number.
func (d DomainRates) Cap(domain Domain) int {
	if most, named := d.Caps[domain]; named {
		return most
	}
	return d.AnyCap
}

// bounded tells whether any domain has a bound.
func (d DomainRates) bounded() bool { return d.Any > 0 || d.AnyCap > 0 || len(d.Named)+len(d.Caps) > 0 }

// domains keeps a run from having more letters in hand for a domain than its
// rate allows within the span of a claim, and holds back letters whose domain
// has its fill for the moment. So a slow domain holds up neither connections nor
// other people.
type domains struct {
	rates atomic.Pointer[DomainRates]
	all   atomic.Int64 // in hand

	mu     sync.Mutex
	inHand map[Domain]int
	parked parked
	moved  chan struct{} // closed when a letter is parked, or leaves the hand
}

// parked are letters by the instant at which they are tried again.
type parked []parkedLetter

type parkedLetter struct {
	letterOf
	due time.Time
}

func (p parked) Len() int           { return len(p) }
func (p parked) Less(i, j int) bool { return p[i].due.Before(p[j].due) }
func (p parked) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *parked) Push(x any)        { *p = append(*p, x.(parkedLetter)) }
func (p *parked) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

func newDomains() *domains {
	d := &domains{inHand: map[Domain]int{}, moved: make(chan struct{})}
	d.follow(DomainRates{})
	return d
}

func (d *domains) follow(rates DomainRates) { d.rates.Store(&rates) }

// bounds gives those of a domain; 0: it has none.
func (d *domains) bounds(domain Domain) (rate float64, most int) {
	rates := d.rates.Load()
	return rates.Of(domain), rates.Cap(domain)
}

// inHandEach is how many letters may be in hand for each that may be under way.
const inHandEach = 8

// budget is how many letters of a domain may be in hand; 0: any number.
func (d DomainRates) budget(domain Domain) int {
	most := 0
	if rate := d.Of(domain); rate > 0 {
		most = max(1, int(rate*claimSpan.Seconds()))
	}
	if limit := d.Cap(domain); limit > 0 && (most == 0 || most > limit*inHandEach) {
		most = limit * inHandEach
	}
	return most
}

// admit takes into the hand what fits there, and gives back the rest.
func (d *domains) admit(people []Claimed) (now, aside []Claimed) {
	rates := d.rates.Load()
	if !rates.bounded() {
		return people, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range people {
		most := rates.budget(p.Domain)
		if most > 0 && d.inHand[p.Domain] >= most {
			aside = append(aside, p)
			continue
		}
		if most > 0 {
			d.inHand[p.Domain]++
			d.all.Add(1)
		}
		now = append(now, p)
	}
	return now, aside
}

// left says that a letter is no longer in hand: its right was granted, or it
// was dropped. One that was taken in without a bound never was.
func (d *domains) left(domain Domain) {
	if d.all.Load() == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inHand[domain] == 0 {
		return
	}
	d.all.Add(-1)
	if d.inHand[domain]--; d.inHand[domain] == 0 {
		delete(d.inHand, domain)
	}
	d.tell()
}

// full are the domains of which no more is wanted.
func (d *domains) full() []Domain {
	rates := d.rates.Load()
	d.mu.Lock()
	defer d.mu.Unlock()
	var full []Domain
	for domain, n := range d.inHand {
		if most := rates.budget(domain); most > 0 && n >= most {
			full = append(full, domain)
		}
	}
	return full
}

// busy tells whether letters of bounded domains are in hand, and gives what is
// closed when that changes.
func (d *domains) busy() (bool, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all.Load() > 0, d.moved
}

// park holds a letter back for so long.
func (d *domains) park(l letterOf, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	heap.Push(&d.parked, parkedLetter{l, time.Now().Add(wait)})
	d.tell()
}

// wake has a letter of a domain tried at once: one that was under way has ended.
func (d *domains) wake(domain Domain) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.parked {
		if d.parked[i].Domain == domain {
			d.parked[i].due = time.Time{}
			heap.Fix(&d.parked, i)
			d.tell()
			return
		}
	}
}

func (d *domains) tell() {
	close(d.moved)
	d.moved = make(chan struct{})
}

// due takes a letter that is to be tried again. Without one it says how long
// there will be none, unless something moves.
func (d *domains) due() (l letterOf, ok bool, wait time.Duration, moved <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.parked) == 0 {
		return l, false, longestAsk, d.moved
	}
	if wait = time.Until(d.parked[0].due); wait > 0 {
		return l, false, wait, d.moved
	}
	return heap.Pop(&d.parked).(parkedLetter).letterOf, true, 0, nil
}

// usher brings letters that were held back to the connections again, until no
// more are fed or ctx ends.
func (r *run) usher(ctx context.Context, fed <-chan struct{}) {
	for {
		l, ok, wait, moved := r.domains.due()
		if ok {
			select {
			case r.ready <- l:
				continue
			case <-ctx.Done():
				return
			}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-moved:
			timer.Stop()
		case <-fed:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// admit keeps of a claimed batch what the run can use, and sets the others
// aside. It is false when the batch is no longer ours.
func (r *run) admit(ctx context.Context, claim Claim, people []Claimed) ([]Claimed, bool, error) {
	now, aside := r.domains.admit(people)
	if len(aside) == 0 {
		return now, true, nil
	}
	kept := make([]int64, len(now))
	for i, p := range now {
		kept[i] = p.Seq
	}
	ours, err := r.Store.SetAside(ctx, SetAside{Campaign: r.job.Campaign, Worker: r.Worker, Claim: claim, Kept: kept, Aside: aside})
	if err != nil || !ours {
		r.drop(now)
	}
	return now, ours, err
}

// drop lets people go who were taken into the hand.
func (r *run) drop(people []Claimed) {
	for _, p := range people {
		r.domains.left(p.Domain)
	}
}

// rest waits until something moves among the bounded domains, where the run has
// letters of them. It is false where it has none: then nothing is left to do.
func (r *run) rest(ctx context.Context) bool {
	busy, moved := r.domains.busy()
	if !busy {
		return false
	}
	timer := time.NewTimer(watching)
	defer timer.Stop()
	select {
	case <-moved:
	case <-timer.C:
	case <-ctx.Done():
	}
	return true
}
