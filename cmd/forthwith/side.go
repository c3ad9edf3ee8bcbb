package main

import (
	"context"
	"net"

	"golang.org/x/sync/errgroup"

	"forthwith/api"
	"forthwith/internal/fault"
	"forthwith/internal/logkey"
)

// beside serves health and metrics on their own address, where one is set,
// while main runs. It ends with main, and main ends with it.
func (s *system) beside(ctx context.Context, h api.Health, main func(context.Context) error) error {
	if s.cfg.MetricsAddr == "" {
		return main(ctx)
	}
	ln, err := net.Listen("tcp", s.cfg.MetricsAddr)
	if err != nil {
		return err
	}
	s.log.Info("health and metrics listen", logkey.Addr, ln.Addr().String())
	return s.sideBySide(ctx, ln, h, main)
}

func (s *system) sideBySide(ctx context.Context, ln net.Listener, h api.Health, main func(context.Context) error) error {
	both, ctx := errgroup.WithContext(ctx)
	side, stop := context.WithCancel(context.WithoutCancel(ctx)) // answers until main has ended
	both.Go(func() error { return listenUntil(side, api.NewSide(h, s.meter.handler()), ln) })
	both.Go(func() error {
		defer stop()
		return main(ctx)
	})
	return both.Wait()
}

// needsRedis is the health of a process with a worker: without Redis no task
// reaches it, and nothing limits its rate.
type needsRedis struct{ health }

func (h needsRedis) Ready(ctx context.Context) error {
	if err := h.health.Ready(ctx); err != nil {
		return err
	}
	if h.redis.Ping(ctx).Err() != nil {
		return fault.New(fault.Unavailable, "redis_down", nil)
	}
	return nil
}
