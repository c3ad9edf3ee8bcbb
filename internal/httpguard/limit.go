package httpguard

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"
)

// networks is how many networks are told apart. They share a fixed number of
// places by a secret hash, so that memory is bounded and no crowd of networks
// lets anybody through unlimited: who shares a place shares its pace.
const networks = 1 << 16

// Limiter lets each network do something at a pace. It lives in this process
// alone and needs nothing that may be down.
type Limiter struct {
	every time.Duration
	burst int
	seed  maphash.Seed
	begun time.Time
	full  []atomic.Int64 // of each place: when it would be at rest, after begun
}

// NewLimiter lets each network go on once every so often, and burst times at
// once after a rest.
func NewLimiter(every time.Duration, burst int) *Limiter {
	return &Limiter{every: every, burst: burst, seed: maphash.MakeSeed(), begun: time.Now(), full: make([]atomic.Int64, networks)}
}

// Take lets a network go on, or says how long it has to wait.
func (l *Limiter) Take(n netip.Prefix) (wait time.Duration) {
	return l.take(&l.full[maphash.Comparable(l.seed, n)%networks], time.Since(l.begun))
}

// take is the generic cell rate algorithm (ITU-T I.371, virtual scheduling).
func (l *Limiter) take(place *atomic.Int64, now time.Duration) time.Duration {
	for {
		was := place.Load()
		from := max(time.Duration(was), now)
		if wait := from - now - time.Duration(l.burst-1)*l.every; wait > 0 {
			return wait
		}
		if place.CompareAndSwap(was, int64(from+l.every)) {
			return 0
		}
	}
}
