package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/relay"
)

// Relays is what these routes call.
type Relays interface {
	Create(ctx context.Context, by access.Actor, c relay.Change) (relay.Relay, error)
	Change(ctx context.Context, by access.Actor, no id.Relay, seen int, c relay.Change) (relay.Relay, error)
	Get(ctx context.Context, by access.Actor, no id.Relay) (relay.Relay, error)
	List(ctx context.Context, by access.Actor, after id.Relay, limit int, where ...filter.Equal) ([]relay.Relay, error)
	Quarantine(ctx context.Context, by access.Actor, no id.Relay, reason string) (relay.Relay, error)
	Release(ctx context.Context, by access.Actor, no id.Relay, reason string) (relay.Relay, error)
	Contacted(ctx context.Context, by access.Actor, no id.Relay, after id.Delivery, limit int) ([]relay.Contact, error)
}

func relayRoutes(r routes, s Relays) {
	h := relays{s}
	r.get("/relays", h.list, pages(anyOf("state", relay.States)))
	r.post("/relays", h.create)
	r.get("/relays/:relay", h.get)
	r.patch("/relays/:relay", h.change)
	r.post("/relays/:relay/quarantine", h.quarantine)
	r.post("/relays/:relay/release", h.release)
	r.get("/relays/:relay/contacted", h.contacted, pages())
}

type relays struct{ service Relays }

type relayView struct {
	ID          id.Relay    `json:"id"`
	Name        string      `json:"name"`
	State       relay.State `json:"state"`
	Revision    int         `json:"revision"`
	HasPassword bool        `json:"has_password"`
	Rotate      bool        `json:"rotate_password"`
	AcceptedAt  *time.Time  `json:"accepted_at"`
	FailedAt    *time.Time  `json:"failed_at"`
	relay.Settings
	ShutOnTLSFailure bool `json:"quarantine_on_tls_failure"`
}

func viewRelay(r relay.Relay) relayView {
	return relayView{r.ID, r.Name, r.State, r.Revision, r.HasPassword, r.Rotate, r.AcceptedAt, r.FailedAt, r.Settings, r.ShutOnTLSFailure}
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

	WarmUp           *relay.WarmUp `json:"warm_up"`
	ShutOnTLSFailure *bool         `json:"quarantine_on_tls_failure"`
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

func (h relays) quarantine(q request) error { return h.move(q, h.service.Quarantine) }
func (h relays) release(q request) error    { return h.move(q, h.service.Release) }

func (h relays) move(q request, do func(context.Context, access.Actor, id.Relay, string) (relay.Relay, error)) error {
	no, body, err := bodyFor[because](q, aRelay)
	if err != nil {
		return err
	}
	return then(q, answerRelay)(do(q.UserContext(), q.actor, no, body.Reason))
}

// contactView is one person whose message was announced to a relay.
type contactView struct {
	Delivery  id.Delivery    `json:"delivery_id"`
	Recipient id.Recipient   `json:"recipient_id"`
	Status    outcome.Status `json:"status"`
	Attempts  int            `json:"attempts"`
	At        time.Time      `json:"last_attempt_at"`
}

func (h relays) contacted(q request) error {
	no, err := aRelay.in(q)
	if err != nil {
		return err
	}
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := h.service.Contacted(q.UserContext(), q.actor, no, id.DeliveryAt(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(c relay.Contact) int64 { return c.Delivery.Place() },
		func(c relay.Contact) contactView { return contactView(c) })
}
