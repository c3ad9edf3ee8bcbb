package main

import (
	"strings"

	"forthwith/internal/identity"
	"forthwith/internal/incident"
	"forthwith/internal/overview"
	"forthwith/internal/postgres"
	"forthwith/web"
)

// staff answers for users, tokens and sessions.
func (s *system) staff() identity.Service {
	store := postgres.IdentityStore{DB: s.db}
	return identity.Service{Store: store, Reader: store, Open: store}
}

// pages are what the user interface calls.
func (s *system) pages() web.Services {
	people := s.staff()
	all := web.Services{
		Staff: people, Passwords: postgres.IdentityStore{DB: s.db}, Requests: postgres.RequestStore{DB: s.db},
		Overview: overview.Service{Store: postgres.OverviewStore{DB: s.db}}, Keeper: postgres.KeepStore{DB: s.db},
		Incidents: incident.Service{Store: postgres.IncidentStore{DB: s.db}},
	}
	if s.door.Secret != "" {
		all.Door = identity.SampleDoor{Service: people}
	}
	return all
}

// pageOptions say how people reach the pages.
func (s *system) pageOptions() web.Options {
	o := s.door
	o.HTTPS, o.Sample = strings.HasPrefix(s.cfg.BaseURL, "https://"), s.sample
	return o
}
