package main

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// shut lets no message to a bounded domain go until it is opened.
type shut struct {
	unlimited
	opened *atomic.Bool
}

func (s shut) Ask(_ context.Context, a delivery.Allowance) (delivery.Answer, error) {
	if a.DomainRate == 0 || s.opened.Load() {
		return delivery.Answer{Granted: true}, nil
	}
	return delivery.Answer{Again: 10 * time.Millisecond, Domain: true}, nil
}

func (s shut) Enter(context.Context, delivery.Domain, int) (string, bool, error) {
	return "a place", s.opened.Load(), nil
}

// counting makes letters, and counts those to the slow domain.
type counting struct {
	plainComposer
	slow *atomic.Int64
}

func (c counting) Compose(ctx context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	for _, p := range claimed {
		if isSlow(address(p.Seq)) {
			c.slow.Add(1)
		}
	}
	return c.plainComposer.Compose(ctx, claimed, now)
}

// While a domain takes nothing, a worker has no more letters to it in hand than
// its bound allows, and the others are through: what stays with the record can be
// sent by somebody else, and costs no memory.
func TestAWorkerHasNoMoreOfADomainInHandThanItsBound(t *testing.T) {
	for name, c := range map[string]struct {
		bounds string
		most   int64
	}{
		"two a second":  {`pace_per_domain = '{"slow.example": 2}'`, 10},
		"two under way": {`max_concurrency = '{"slow.example": 2}'`, 16},
	} {
		t.Run(name, func(t *testing.T) {
			const people, others = 900, 600
			r := newRig(t, people, "hold", relaytest.Config{})
			r.bound(c.bounds)
			var opened atomic.Bool
			var made, through atomic.Int64
			r.relay.On(relaytest.Rule{At: relaytest.Data, Match: func(tx relaytest.Transaction) bool {
				if !isSlow(tx.Rcpt) {
					through.Add(1)
				}
				return false
			}})
			e, job := r.engine("sender"), r.job(4)
			e.Limiter, job.Composer = shut{opened: &opened}, counting{slow: &made}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			var run sync.WaitGroup
			run.Go(func() {
				if err := e.Run(ctx, context.Background(), job); err != nil {
					t.Error(err)
				}
			})
			r.until(func() bool { return through.Load() == others })
			if n := made.Load(); n != c.most {
				t.Errorf("%d letters to a domain that takes nothing are in hand, want %d", n, c.most)
			}
			opened.Store(true)
			run.Wait()
			if got := r.statuses(); got[outcome.Accepted] != people {
				t.Errorf("%v", got)
			}
			r.invariants()
		})
	}
}
