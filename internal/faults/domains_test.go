package main

import (
	"context"
	"fmt"
	"os"
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

// Two workers keep the bound of one domain together, everybody of it gets their
// message, and nobody else waits for them: the others are through before.
func TestASlowDomainHoldsUpNobodyElse(t *testing.T) {
	const people, slow, rate = 1200, 400, 100
	r := newRig(t, people, "hold", relaytest.Config{})
	domain := delivery.Domain(r.db.Installation().DomainKey("slow.example"))
	r.exec("UPDATE delivery SET domain_key = $2 WHERE campaign_no = $1 AND seq % 3 = 0", r.campaign, [16]byte(domain))
	r.exec(`UPDATE campaign SET pace_per_domain = '{"slow.example": 100}' WHERE campaign_no = $1`, r.campaign)
	opt, err := redis.ParseURL(os.Getenv("FORTHWITH_TEST_REDIS"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opt)
	t.Cleanup(func() { _ = client.Close() })
	var all sync.WaitGroup
	for _, name := range []string{"first", "second"} {
		e := r.engine(name)
		e.Limiter = perDomain{shared: redislimit.New(client)}
		job := r.job(2)
		all.Go(func() {
			if err := e.Run(context.Background(), context.Background(), job); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := r.statuses(); got[outcome.Accepted] != people {
		t.Errorf("%v", got)
	}
	r.invariants()
	isSlow := func(e relaytest.Event) bool {
		var seq int64
		n, _ := fmt.Sscanf(e.Arg, "p%d@", &seq)
		return n == 1 && seq%3 == 0
	}
	var slowAt []relaytest.Event
	var first, lastOther, lastSlow time.Duration
	for _, e := range r.relay.Events() {
		if e.Phase != relaytest.Rcpt {
			continue
		}
		if first == 0 {
			first = e.At
		}
		if isSlow(e) {
			e.Phase = relaytest.Mail
			slowAt, lastSlow = append(slowAt, e), e.At-first
		} else {
			lastOther = e.At - first
		}
	}
	if most := busiest(slowAt, time.Second); float64(most) > 1.05*rate+1 {
		t.Errorf("%d messages to the slow domain in a second", most)
	}
	if len(slowAt) != slow || lastOther*2 > lastSlow {
		t.Errorf("the others were through after %s, the %d slow ones after %s", lastOther, len(slowAt), lastSlow)
	}
}
