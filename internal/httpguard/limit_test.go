package httpguard

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestNobodyIsFasterThanTheirPace asks at random times and holds every stretch
// against burst + time / every.
func TestNobodyIsFasterThanTheirPace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewLimiter(time.Second, rapid.IntRange(1, 5).Draw(t, "burst"))
		var place atomic.Int64
		var now time.Duration
		var let []time.Duration
		for range rapid.IntRange(1, 100).Draw(t, "asked") {
			now += time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "later"))
			wait := l.take(&place, now)
			if wait == 0 {
				let = append(let, now)
				continue
			}
			other := atomic.Int64{}
			other.Store(place.Load())
			if l.take(&other, now+wait-1) == 0 || l.take(&other, now+wait) != 0 {
				t.Fatalf("told to wait %s, which is not when it may", wait)
			}
		}
		for i := range let {
			for j := i; j < len(let); j++ {
				if most := l.burst + int((let[j]-let[i])/l.every); j-i+1 > most {
					t.Fatalf("%d in %s, %d may", j-i+1, let[j]-let[i], most)
				}
			}
		}
	})
}

func TestACrowdAtOnceGetsTheBurst(t *testing.T) {
	l := NewLimiter(time.Hour, 20)
	var let atomic.Int64
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if l.Take(netip.MustParsePrefix("192.0.2.0/24")) == 0 {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if let.Load() != 20 {
		t.Errorf("%d were let through", let.Load())
	}
}
