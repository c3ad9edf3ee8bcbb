package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/relay"
)

// Relays is what these routes call.
type Relays interface {
	Create(ctx context.Context, by access.Actor, c relay.Change) (relay.Relay, error)
	Change(ctx context.Context, by access.Actor, no id.Relay, seen int, c relay.Change) (relay.Relay, error)
	Get(ctx context.Context, by access.Actor, no id.Relay) (relay.Relay, error)
	List(ctx context.Context, by access.Actor, after id.Relay, limit int, where ...filter.Equal) ([]relay.Relay, error)
}

func relayRoutes(r routes, s Relays) {
	h := relays{s}
	r.get("/relays", h.list, pages(anyOf("state", relay.States)))
	r.post("/relays", h.create)
	r.get("/relays/:relay", h.get)
	r.patch("/relays/:relay", h.change)
}

type relays struct{ service Relays }

type relayView struct {
	ID          id.Relay    `json:"id"`
	Name        string      `json:"name"`
	State       relay.State `json:"state"`
	Revision    int         `json:"revision"`
	HasPassword bool        `json:"has_password"`
	AcceptedAt  *time.Time  `json:"accepted_at"`
	FailedAt    *time.Time  `json:"failed_at"`
	relay.Settings
}

func viewRelay(r relay.Relay) relayView {
	return relayView{r.ID, r.Name, r.State, r.Revision, r.HasPassword, r.AcceptedAt, r.FailedAt, r.Settings}
}

// relayInput is a relay as it is given; what is left out stays as it is, and
// has its usual value on a new one.
type relayInput struct {
	Name             *string     `json:"name"`
	Host             *string     `json:"host"`
	Port             *int        `json:"port"`
	TLS              *relay.TLS  `json:"tls"`
	Auth             *relay.Auth `json:"auth"`
	Username         *string     `json:"username"`
	Password         *string     `json:"password"`
	MaxRatePerSecond *float64    `json:"max_rate_per_second"`
	MaxConnections   *int        `json:"max_connections"`
}

func answerRelay(q request, r relay.Relay) error { return q.versioned(r.Revision, viewRelay(r)) }

func (h relays) create(q request) error {
	in, err := bodyOf[relayInput](q)
	if err != nil {
		return err
	}
	return then(q, madeRelay)(h.service.Create(q.UserContext(), q.actor, relay.Change(in)))
}

func madeRelay(q request, r relay.Relay) error {
	return q.createdVersioned("/relays/"+r.ID.String(), r.Revision, viewRelay(r))
}

func (h relays) get(q request) error { return one(q, aRelay, h.service.Get, answerRelay) }

func (h relays) list(q request) error {
	return list(q, h.service.List, func(r relay.Relay) id.Relay { return r.ID }, viewRelay)
}

func (h relays) change(q request) error {
	no, seen, in, err := changeOf[relayInput](q, aRelay)
	if err != nil {
		return err
	}
	return then(q, answerRelay)(h.service.Change(q.UserContext(), q.actor, no, seen, relay.Change(in)))
}
