package redislimit

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/fault"
)

//go:embed enter.lua
var enterLua string

var enterScript = redis.NewScript(enterLua)

const (
	// placeSpan is how long a place is kept for a process that says nothing more.
	placeSpan = 30 * time.Second
	// placeRenewal is how often a process says that it has its places still.
	placeRenewal = placeSpan / 3
)

// places are those that this process has taken. Whatever its end, they are free
// again a span later. After Redis has forgotten everything, each process takes
// its own again at its next renewal; until then more than are allowed may be
// taken.
type places struct {
	mu      sync.Mutex
	held    map[string]string // name → key
	renewed *time.Timer
}

// Enter takes one of so many places under a key, which all processes share, or
// says that all are taken. It fails closed: with an error none was taken. The
// place must be given back by its name.
func (l *Limiter) Enter(ctx context.Context, key string, most int) (name string, ok bool, err error) {
	name = rand.Text()
	taken, err := l.enter(ctx, key, name, float64(most))
	if err != nil {
		return "", false, fault.New(fault.Unavailable, "limiter_down", nil).Because(fmt.Errorf("take a place: %w", err))
	}
	if taken {
		l.places.keep(name, key, l.renewPlaces)
	}
	return name, taken, nil
}

func (l *Limiter) enter(ctx context.Context, key, name string, most float64) (bool, error) {
	n, err := enterScript.Run(ctx, l.client, []string{prefix + key}, most, name, placeSpan.Microseconds()).Int()
	return n == 1, err
}

// Leave gives a place back. Where Redis does not answer, it is free a span later.
func (l *Limiter) Leave(ctx context.Context, name string) {
	if key, held := l.places.drop(name); held {
		l.client.ZRem(ctx, prefix+key, name)
	}
}

// renewPlaces says that the places of this process are still its own.
func (l *Limiter) renewPlaces() {
	ctx, cancel := context.WithTimeout(context.Background(), placeRenewal)
	defer cancel()
	for name, key := range l.places.all() {
		if _, err := l.enter(ctx, key, name, math.MaxInt32); err != nil {
			break
		}
		if !l.places.has(name) { // given back meanwhile
			l.client.ZRem(ctx, prefix+key, name)
		}
	}
	l.places.next(l.renewPlaces)
}

func (p *places) keep(name, key string, renew func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = map[string]string{}
	}
	p.held[name] = key
	if p.renewed == nil {
		p.renewed = time.AfterFunc(placeRenewal, renew)
	}
}

// next has the places renewed again, while there are any.
func (p *places) next(renew func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.renewed = nil
	if len(p.held) > 0 {
		p.renewed = time.AfterFunc(placeRenewal, renew)
	}
}

func (p *places) drop(name string) (key string, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, held = p.held[name]
	delete(p.held, name)
	return key, held
}

func (p *places) has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, held := p.held[name]
	return held
}

func (p *places) all() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make(map[string]string, len(p.held))
	for name, key := range p.held {
		out[name] = key
	}
	return out
}
