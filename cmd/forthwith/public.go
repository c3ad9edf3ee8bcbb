package main

import (
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/genuine"
	"forthwith/internal/logkey"
	"forthwith/internal/postgres"
	"forthwith/web/public"
)

// doors are where an API process listens: for its users, and for people whom
// nobody knows.
type doors struct{ users, public net.Listener }

// openDoors listens at both addresses.
func (s *system) openDoors() (d doors, err error) {
	if d.users, err = net.Listen("tcp", s.cfg.Addr); err != nil {
		return d, err
	}
	if d.public, err = net.Listen("tcp", s.cfg.PublicAddr); err != nil {
		_ = d.users.Close()
		return d, err
	}
	s.log.Info("public page listens", logkey.Addr, d.public.Addr().String())
	s.log.Info("api listens", logkey.Addr, d.users.Addr().String())
	return d, nil
}

// publicPage is the server of people whom nobody knows. It needs the database
// alone.
func (s *system) publicPage() *fiber.App {
	desk := genuine.NewDesk(postgres.GenuineStore{DB: s.db}, s.db.Installation())
	return public.New(desk, public.Options{HTTPS: strings.HasPrefix(s.cfg.PublicURL, "https://"), Proxies: s.cfg.Proxies})
}
