package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/redislimit"
	"forthwith/internal/smtpclient/relaytest"
)

// perDomain bounds domains by the shared buckets, and keeps a book of it.
type perDomain struct {
	unlimited
	shared *redislimit.Limiter
	book   *book
}

// book holds, by the relay's clock, when each right for the slow domain was asked
// for and granted. Half of them are granted only when everybody else is through:
// if anybody waited for the slow domain, nobody would ever be, however fast or
// slow the machine is.
type book struct {
	relay   *relaytest.Server
	slow    int // how many people it has
	others  int
	through atomic.Int64 // of the others

	mu     sync.Mutex
	rights []right
}

type right struct{ asked, granted time.Duration }

func (b *book) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rights) < b.slow/2 || b.through.Load() == int64(b.others)
}

func (b *book) add(asked time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rights = append(b.rights, right{asked, b.relay.Clock()})
}

// excess tells how many rights were surely granted beyond a rate: those between
// an asking and a granting, less what the rate gives in that time.
func (b *book) excess(rate float64) (most float64) {
	slices.SortFunc(b.rights, func(x, y right) int { return cmp.Compare(x.granted, y.granted) })
	for _, first := range b.rights {
		n := 0
		for _, r := range b.rights {
			if r.asked >= first.asked {
				n++
				most = max(most, float64(n)-rate*(r.granted-first.asked).Seconds())
			}
		}
	}
	return most
}

func (p perDomain) Ask(ctx context.Context, a delivery.Allowance) (delivery.Answer, error) {
	asked := p.book.relay.Clock()
	if !p.book.open() {
		return delivery.Answer{Again: 10 * time.Millisecond, Domain: true}, nil
	}
	got, err := p.shared.Ask(ctx, redislimit.Limit{Key: string(a.Domain[:]), PerSecond: a.DomainRate})
	if got.Granted {
		p.book.add(asked)
	}
	return delivery.Answer{Granted: got.Granted, Again: got.Again, Domain: true}, err
}

func (p perDomain) Enter(ctx context.Context, d delivery.Domain, most int) (string, bool, error) {
	asked := p.book.relay.Clock()
	if !p.book.open() {
		return "", false, nil
	}
	name, ok, err := p.shared.Enter(ctx, "under way "+string(d[:]), most)
	if ok {
		p.book.add(asked)
	}
	return name, ok, err
}

func (p perDomain) Leave(ctx context.Context, name string) { p.shared.Leave(ctx, name) }

// isSlow tells whether an address is one of slow.example's.
func isSlow(rcpt string) bool {
	var seq int64
	n, _ := fmt.Sscanf(rcpt, "p%d@", &seq)
	return n == 1 && seq%3 == 0
}

// bound puts a third of the people at slow.example, under bounds of that domain.
func (r *rig) bound(bounds string) {
	r.t.Helper()
	domain := delivery.Domain(r.db.Installation().DomainKey("slow.example"))
	r.exec("UPDATE delivery SET domain_key = $2 WHERE campaign_no = $1 AND seq % 3 = 0", r.campaign, [16]byte(domain))
	r.owner("ALTER TABLE campaign DISABLE TRIGGER campaign_change")
	r.exec("UPDATE campaign SET "+bounds+" WHERE campaign_no = $1", r.campaign)
}

// twoOnAThird has two workers send to everybody, of whom a third are at
// slow.example, under bounds of that domain.
func (r *rig) twoOnAThird(bounds string) *book {
	r.t.Helper()
	r.bound(bounds)
	opt, err := redis.ParseURL(os.Getenv("FORTHWITH_TEST_REDIS"))
	if err != nil {
		r.t.Fatal(err)
	}
	client := redis.NewClient(opt)
	r.t.Cleanup(func() { _ = client.Close() })
	b := &book{relay: r.relay, slow: r.people / 3, others: r.people - r.people/3}
	r.relay.On(relaytest.Rule{At: relaytest.Data, Match: func(tx relaytest.Transaction) bool {
		if !isSlow(tx.Rcpt) {
			b.through.Add(1)
		}
		return false
	}})
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var all sync.WaitGroup
	for _, name := range []string{"first", "second"} {
		e := r.engine(name)
		e.Limiter = perDomain{shared: redislimit.New(client), book: b}
		job := r.job(4)
		all.Go(func() {
			if err := e.Run(ctx, context.Background(), job); err != nil {
				r.t.Error(err)
			}
		})
	}
	all.Wait()
	if got := b.through.Load(); ctx.Err() != nil {
		r.t.Fatalf("%d of %d others were through when the slow domain had waited for a minute", got, b.others)
	}
	return b
}

// slowEvents are those of messages to slow.example.
func (r *rig) slowEvents(phase relaytest.Phase) (slow []relaytest.Event) {
	at := map[int]bool{}
	for _, e := range r.relay.Events() {
		if e.Phase == relaytest.Rcpt {
			at[e.Conn] = isSlow(e.Arg)
		}
		if e.Phase == phase && at[e.Conn] {
			slow = append(slow, e)
		}
	}
	return slow
}

// Two workers have no more messages to one domain under way than it allows, and
// nobody else waits for them.
func TestADomainHasSoManyUnderWay(t *testing.T) {
	const people, most = 300, 2
	r := newRig(t, people, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Match: func(tx relaytest.Transaction) bool { return isSlow(tx.Rcpt) },
		Do: relaytest.Action{Delay: 20 * time.Millisecond}})
	r.twoOnAThird(`max_concurrency = '{"slow.example": 2}'`)
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	r.invariants()
	begun, ended := r.slowEvents(relaytest.Rcpt), r.slowEvents(relaytest.Dot)
	slices.SortFunc(ended, func(a, b relaytest.Event) int { return cmp.Compare(a.At, b.At) })
	for i, e := range begun {
		before := 0
		for _, done := range ended {
			if done.At < e.At {
				before++
			}
		}
		if under := i + 1 - before; under > most {
			t.Fatalf("%d were under way at once", under)
		}
	}
}

// Two workers keep the bound of one domain together, everybody of it gets their
// message by a right of their own, and nobody else waits for them.
func TestASlowDomainHoldsUpNobodyElse(t *testing.T) {
	const people, slow, rate = 1200, 400, 100
	r := newRig(t, people, "hold", relaytest.Config{})
	b := r.twoOnAThird(`pace_per_domain = '{"slow.example": 100}'`)
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	r.invariants()
	// A bucket may hold two: one, and a hundredth of a second.
	if n := b.excess(1.05 * rate); n > 3 {
		t.Errorf("%.1f rights too many were granted at once", n)
	}
	at := r.slowEvents(relaytest.Rcpt)
	if len(at) != slow || len(b.rights) != slow {
		t.Fatalf("%d messages went to the slow domain by %d rights", len(at), len(b.rights))
	}
	slices.SortFunc(b.rights, func(x, y right) int { return cmp.Compare(x.asked, y.asked) })
	for i, e := range at {
		if e.At < b.rights[i].asked {
			t.Fatalf("message %d to the slow domain came before its right", i+1)
		}
	}
}
