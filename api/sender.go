package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// Senders is what these routes call.
type Senders interface {
	Create(ctx context.Context, by access.Actor, c sender.Change) (sender.Sender, error)
	Change(ctx context.Context, by access.Actor, no id.Sender, seen int, c sender.Change) (sender.Sender, error)
	Get(ctx context.Context, by access.Actor, no id.Sender) (sender.Sender, error)
	List(ctx context.Context, by access.Actor, after id.Sender, limit int) ([]sender.Sender, error)
}

func senderRoutes(r routes, s Senders) {
	h := senders{s}
	r.get("/senders", h.list, pages())
	r.post("/senders", h.create)
	r.get("/senders/:sender", h.get)
	r.patch("/senders/:sender", h.change)
}

type senders struct{ service Senders }

type senderView struct {
	ID       id.Sender `json:"id"`
	Name     string    `json:"name"`
	Revision int       `json:"revision"`
	sender.Details
}

func viewSender(s sender.Sender) senderView {
	return senderView{s.ID, s.Name, s.Revision, s.Details}
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

func (h senders) create(q request) error {
	var in senderInput
	if err := q.decode(&in); err != nil {
		return err
	}
	s, err := h.service.Create(q.UserContext(), q.actor, sender.Change(in))
	if err != nil {
		return err
	}
	httpguard.SetVersion(q.Ctx, s.Revision)
	return q.created("/senders/"+s.ID.String(), viewSender(s))
}

func (h senders) get(q request) error {
	no, err := id.ParseSender(q.Params("sender"))
	if err != nil {
		return err
	}
	s, err := h.service.Get(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	return q.versioned(s.Revision, viewSender(s))
}

func (h senders) list(q request) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := h.service.List(q.UserContext(), q.actor, id.Sender(p.After), p.Ask())
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(s sender.Sender) int64 { return int64(s.ID) }, viewSender)
}

func (h senders) change(q request) error {
	var in senderInput
	no, err := id.ParseSender(q.Params("sender"))
	if err != nil {
		return err
	}
	seen, err := httpguard.SeenVersion(q.Ctx)
	if err != nil {
		return err
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	s, err := h.service.Change(q.UserContext(), q.actor, no, seen, sender.Change(in))
	if err != nil {
		return err
	}
	return q.versioned(s.Revision, viewSender(s))
}
