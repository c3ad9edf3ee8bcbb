package redislimit

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/fault"
)

//go:embed take.lua
var takeLua string

var takeScript = redis.NewScript(takeLua)

const (
	// prefix puts all buckets into one slot of a cluster, so that one call may
	// touch several.
	prefix = "{rl}:"
	// slack is how far tokens may be saved up, and how far taken ahead.
	slack = 10 * time.Millisecond
	// longest is the longest sleep before Redis is asked again, so that a
	// raised rate is noticed.
	longest = time.Second
)

// Limit is one bucket and its rate now.
type Limit struct {
	Key       string
	PerSecond float64
}

// capacity is what the bucket may save up: one, so that a caller who comes a
// little late loses nothing, and a hundredth of a second.
func (l Limit) capacity() float64 { return 1 + l.PerSecond*slack.Seconds() }

// block is how many may be taken at once.
func (l Limit) block() int { return max(1, int(l.PerSecond*slack.Seconds())) }

// Limiter takes tokens from the shared buckets. It is safe for concurrent use.
type Limiter struct {
	client redis.UniversalClient
	mu     sync.Mutex
	leases map[string]*lease
	places places
}

// New makes a limiter over a client that the caller owns and closes.
func New(client redis.UniversalClient) *Limiter {
	return &Limiter{client: client, leases: map[string]*lease{}}
}

// Answer is what came of asking once for one token of each limit.
type Answer struct {
	Granted bool
	Again   time.Duration // after which one could be had
	Short   int           // the limit that makes one wait so long, by its place; -1 when granted
}

// Ask takes one token now, of all limits or of none. It waits for nothing, and
// what it took must be used at once.
func (l *Limiter) Ask(ctx context.Context, limits ...Limit) (Answer, error) {
	granted, again, short, err := l.take(ctx, 1, limits)
	return Answer{Granted: granted > 0, Again: again, Short: short}, err
}

// Take takes up to want tokens, the same number from every bucket, or none. With
// none it says after how long to ask again. An error means that nothing may be
// sent. No limits means no bound.
func (l *Limiter) Take(ctx context.Context, want int, limits ...Limit) (granted int, again time.Duration, err error) {
	granted, again, _, err = l.take(ctx, want, limits)
	return granted, again, err
}

func (l *Limiter) take(ctx context.Context, want int, limits []Limit) (granted int, again time.Duration, short int, err error) {
	if len(limits) == 0 {
		return want, 0, -1, nil
	}
	keys, args := make([]string, len(limits)), []any{0}
	for i, lim := range limits {
		if !(lim.PerSecond > 0) || math.IsInf(lim.PerSecond, 0) {
			return 0, longest, i, nil // shut
		}
		want = min(want, lim.block())
		keys[i] = prefix + lim.Key
		args = append(args, strconv.FormatFloat(lim.PerSecond, 'g', -1, 64), strconv.FormatFloat(lim.capacity(), 'g', -1, 64))
	}
	args[0] = want
	answer, err := takeScript.Run(ctx, l.client, keys, args...).Int64Slice()
	if err != nil {
		return 0, 0, -1, fault.New(fault.Unavailable, "limiter_down", nil).Because(fmt.Errorf("take tokens: %w", err))
	}
	if len(answer) != 3 {
		return 0, 0, -1, fault.New(fault.Unavailable, "limiter_down", nil).Because(fmt.Errorf("take tokens: %d values", len(answer)))
	}
	return int(answer[0]), time.Duration(answer[1]) * time.Microsecond, int(answer[2]) - 1, nil
}

// Wait returns when one message may be sent under all of the limits, or with an
// error: the context is over, or Redis does not answer. Send at once after it.
func (l *Limiter) Wait(ctx context.Context, limits ...Limit) error {
	if len(limits) == 0 {
		return nil
	}
	return l.lease(limits).spend(ctx, l, limits)
}

// Try takes a token that this process took ahead and may still use. It asks
// nobody, and false says nothing about the limits.
func (l *Limiter) Try(limits ...Limit) bool {
	if len(limits) == 0 {
		return true
	}
	s := l.lease(limits)
	defer l.leave(s)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	default:
		return false
	}
	return s.use(l, limits)
}

func (l *Limiter) lease(limits []Limit) *lease {
	key := ""
	for _, lim := range limits {
		key += lim.Key + "\x00"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.leases[key]
	if !ok {
		l.forgetIdle()
		found = &lease{turn: make(chan struct{}, 1)}
		l.leases[key] = found
	}
	found.users++
	return found
}

// forgetIdle drops leases that nobody waits for, once there are many: there may
// be one for each domain.
func (l *Limiter) forgetIdle() {
	if len(l.leases) < 4096 {
		return
	}
	for key, held := range l.leases {
		if held.users == 0 {
			delete(l.leases, key)
		}
	}
}

func (l *Limiter) leave(held *lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held.users--
}
