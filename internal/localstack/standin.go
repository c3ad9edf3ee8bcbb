package localstack

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// standIn is a Redis inside this process, for `up` alone where none can be
// installed. It keeps nothing: PostgreSQL rebuilds what it held.
type standIn struct {
	srv      *miniredis.Miniredis
	password string
	quit     chan struct{}
	once     sync.Once
}

// startStandIn opens it on a free loopback port under a random password, since
// every user of the machine can reach a port.
func startStandIn() (*standIn, error) {
	s := &standIn{srv: miniredis.NewMiniRedis(), password: rand.Text(), quit: make(chan struct{})}
	s.srv.RequireAuth(s.password)
	if err := s.srv.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start redis stand-in: %w", err)
	}
	go s.age()
	return s, nil
}

// age lets keys grow old: the stand-in's clock stands still unless moved.
func (s *standIn) age() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.srv.FastForward(time.Second)
		case <-s.quit:
			return
		}
	}
}

func (s *standIn) url() string {
	return (&url.URL{Scheme: "redis", User: url.UserPassword("", s.password), Host: s.srv.Addr(), Path: "/0"}).String()
}

func (s *standIn) stop() {
	s.once.Do(func() {
		close(s.quit)
		s.srv.Close()
	})
}
