package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// SenderKeys keeps the DKIM keys of sender identities.
type SenderKeys interface {
	MakeKey(ctx context.Context, by access.Actor, no id.Sender, a dkim.Algorithm, selector string) (sender.Key, error)
	UseKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey) (sender.Key, error)
	RetireKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey, reason string) (sender.Key, error)
	Keys(ctx context.Context, by access.Actor, no id.Sender) ([]sender.Key, error)
}

func (h senders) keyRoutes(r routes) {
	r.get("/senders/:sender/keys", h.keys)
	r.post("/senders/:sender/keys", h.makeKey)
	r.post("/senders/:sender/keys/:key/use", h.useKey)
	r.post("/senders/:sender/keys/:key/retire", h.retireKey)
}

type keyView struct {
	ID        id.DKIMKey      `json:"id"`
	Algorithm dkim.Algorithm  `json:"algorithm"`
	Selector  string          `json:"selector"`
	State     sender.KeyState `json:"state"`
	DNSName   string          `json:"dns_name"`
	DNSTXT    string          `json:"dns_txt"`
	MadeAt    time.Time       `json:"made_at"`
	UsedAt    *time.Time      `json:"used_at"`
	RetiredAt *time.Time      `json:"retired_at"`
}

func viewKey(k sender.Key) keyView {
	return keyView{k.ID, k.Algorithm, k.Selector, k.State(), k.Host(), k.Record(), k.MadeAt, k.UsedAt, k.RetiredAt}
}

func (h senders) keys(q request) error { return one(q, aSender, h.service.Keys, as(items(viewKey))) }

type keyInput struct {
	Algorithm dkim.Algorithm `json:"algorithm"`
	Selector  string         `json:"selector"`
}

func (h senders) makeKey(q request) error {
	no, in, err := bodyFor[keyInput](q, aSender)
	if err != nil {
		return err
	}
	return then(q, func(q request, k sender.Key) error {
		return q.created("/senders/"+no.String()+"/keys", viewKey(k)) // a key has no page of its own
	})(h.service.MakeKey(q.UserContext(), q.actor, no, in.Algorithm, in.Selector))
}

func (h senders) useKey(q request) error {
	no, err := aSender.in(q)
	if err != nil {
		return err
	}
	key, err := aKey.in(q)
	if err != nil {
		return err
	}
	return then(q, as(viewKey))(h.service.UseKey(q.UserContext(), q.actor, no, key))
}

func (h senders) retireKey(q request) error {
	no, body, err := bodyFor[because](q, aSender)
	if err != nil {
		return err
	}
	key, err := aKey.in(q)
	if err != nil {
		return err
	}
	return then(q, as(viewKey))(h.service.RetireKey(q.UserContext(), q.actor, no, key, body.Reason))
}
