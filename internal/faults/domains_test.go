package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/redislimit"
	"forthwith/internal/smtpclient/relaytest"
)

// perDomain bounds domains by the shared buckets, and nothing else.
type perDomain struct {
	unlimited
	shared *redislimit.Limiter
}

func (p perDomain) Ask(ctx context.Context, a delivery.Allowance) (delivery.Answer, error) {
	got, err := p.shared.Ask(ctx, redislimit.Limit{Key: string(a.Domain[:]), PerSecond: a.DomainRate})
	return delivery.Answer{Granted: got.Granted, Again: got.Again, Domain: true}, err
}

func (p perDomain) Enter(ctx context.Context, d delivery.Domain, most int) (string, bool, error) {
	return p.shared.Enter(ctx, "under way "+string(d[:]), most)
}

func (p perDomain) Leave(ctx context.Context, name string) { p.shared.Leave(ctx, name) }

// twoOnAThird has two workers send to everybody, of whom a third are at
// slow.example, under bounds of that domain.
func (r *rig) twoOnAThird(bounds string) {
	r.t.Helper()
	domain := delivery.Domain(r.db.Installation().DomainKey("slow.example"))
	r.exec("UPDATE delivery SET domain_key = $2 WHERE campaign_no = $1 AND seq % 3 = 0", r.campaign, [16]byte(domain))
	r.owner("ALTER TABLE campaign DISABLE TRIGGER campaign_change")
	r.exec("UPDATE campaign SET "+bounds+" WHERE campaign_no = $1", r.campaign)
	opt, err := redis.ParseURL(os.Getenv("FORTHWITH_TEST_REDIS"))
	if err != nil {
		r.t.Fatal(err)
	}
	client := redis.NewClient(opt)
	r.t.Cleanup(func() { _ = client.Close() })
	var all sync.WaitGroup
	for _, name := range []string{"first", "second"} {
		e := r.engine(name)
		e.Limiter = perDomain{shared: redislimit.New(client)}
		job := r.job(4)
		all.Go(func() {
			if err := e.Run(context.Background(), context.Background(), job); err != nil {
				r.t.Error(err)
			}
		})
	}
	all.Wait()
}

// slowEvents are those of messages to slow.example, and the others.
func (r *rig) slowEvents(phase relaytest.Phase) (slow, others []relaytest.Event) {
	at := map[int]bool{}
	for _, e := range r.relay.Events() {
		if e.Phase == relaytest.Rcpt {
			var seq int64
			n, _ := fmt.Sscanf(e.Arg, "p%d@", &seq)
			at[e.Conn] = n == 1 && seq%3 == 0
		}
		if e.Phase == phase && at[e.Conn] {
			slow = append(slow, e)
		} else if e.Phase == phase {
			others = append(others, e)
		}
	}
	return slow, others
}

// Two workers have no more messages to one domain under way than it allows, and
// nobody else waits for them.
func TestADomainHasSoManyUnderWay(t *testing.T) {
	const people, most = 300, 2
	r := newRig(t, people, "hold", relaytest.Config{})
	r.relay.On(relaytest.Rule{At: relaytest.Dot, Match: func(tx relaytest.Transaction) bool {
		var seq int64
		n, _ := fmt.Sscanf(tx.Rcpt, "p%d@", &seq)
		return n == 1 && seq%3 == 0
	}, Do: relaytest.Action{Delay: 20 * time.Millisecond}})
	r.twoOnAThird(`max_concurrency = '{"slow.example": 2}'`)
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	r.invariants()
	begun, _ := r.slowEvents(relaytest.Rcpt)
	ended, others := r.slowEvents(relaytest.Dot)
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
	if last := others[len(others)-1].At; last > ended[len(ended)/2].At {
		t.Errorf("the others were through after %s, half of the slow ones after %s", last, ended[len(ended)/2].At)
	}
}

// Two workers keep the bound of one domain together, everybody of it gets their
// message, and nobody else waits for them: the others are through before.
func TestASlowDomainHoldsUpNobodyElse(t *testing.T) {
	const people, slow, rate = 1200, 400, 100
	r := newRig(t, people, "hold", relaytest.Config{})
	r.twoOnAThird(`pace_per_domain = '{"slow.example": 100}'`)
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	r.invariants()
	slowAt, others := r.slowEvents(relaytest.Rcpt)
	first := min(slowAt[0].At, others[0].At)
	lastSlow, lastOther := slowAt[len(slowAt)-1].At-first, others[len(others)-1].At-first
	for i := range slowAt {
		slowAt[i].Phase = relaytest.Mail
	}
	if most := busiest(slowAt, time.Second); float64(most) > 1.05*rate+1 {
		t.Errorf("%d messages to the slow domain in a second", most)
	}
	if len(slowAt) != slow || lastOther*2 > lastSlow {
		t.Errorf("the others were through after %s, the %d slow ones after %s", lastOther, len(slowAt), lastSlow)
	}
}
