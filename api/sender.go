package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// Senders is what these routes call.
type Senders interface {
	Create(ctx context.Context, by access.Actor, c sender.Change) (sender.Sender, error)
	Change(ctx context.Context, by access.Actor, no id.Sender, seen int, c sender.Change) (sender.Sender, error)
	Get(ctx context.Context, by access.Actor, no id.Sender) (sender.Sender, error)
	List(ctx context.Context, by access.Actor, after id.Sender, limit int) ([]sender.Sender, error)
	SenderKeys
	SenderChecks
}

func senderRoutes(r routes, s Senders) {
	h := senders{s}
	r.get("/senders", h.list, pages())
	r.post("/senders", h.create)
	r.get("/senders/:sender", h.get)
	r.patch("/senders/:sender", h.change)
	r.post("/senders/:sender/check", h.check)
	h.keyRoutes(r)
}

type senders struct{ service Senders }

type senderView struct {
	ID       id.Sender `json:"id"`
	Name     string    `json:"name"`
	Revision int       `json:"revision"`
	sender.Details
	DNS *checkView `json:"dns"` // the newest look-up
}

func viewSender(s sender.Sender) senderView {
	return senderView{s.ID, s.Name, s.Revision, s.Details, viewCheck(s.Checked, s.Revision)}
}

// senderInput is an identity as it is given; what is left out stays as it is.
type senderInput struct {
	Name         *string   `json:"name"`
	From         *string   `json:"from"`
	FromName     *string   `json:"from_name"`
	ReplyTo      *string   `json:"reply_to"`
	BounceDomain *string   `json:"bounce_domain"`
	LinkHosts    *[]string `json:"link_hosts"`
}

func answerSender(q request, s sender.Sender) error { return q.versioned(s.Revision, viewSender(s)) }

func (h senders) create(q request) error {
	in, err := bodyOf[senderInput](q)
	if err != nil {
		return err
	}
	return then(q, madeSender)(h.service.Create(q.UserContext(), q.actor, sender.Change(in)))
}

func madeSender(q request, s sender.Sender) error {
	return q.createdVersioned("/senders/"+s.ID.String(), s.Revision, viewSender(s))
}

func (h senders) get(q request) error { return one(q, aSender, h.service.Get, answerSender) }

func (h senders) list(q request) error {
	return list(q, whole(h.service.List), func(s sender.Sender) id.Sender { return s.ID }, viewSender)
}

func (h senders) change(q request) error {
	no, seen, in, err := changeOf[senderInput](q, aSender)
	if err != nil {
		return err
	}
	return then(q, answerSender)(h.service.Change(q.UserContext(), q.actor, no, seen, sender.Change(in)))
}
