package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
)

// Deliveries is what these routes read.
type Deliveries interface {
	Deliveries(ctx context.Context, by access.Actor, campaign id.Campaign, f evidence.Filter) ([]evidence.Row, error)
	Delivery(ctx context.Context, by access.Actor, no id.Delivery) (evidence.Detail, error)
}

// Resolver takes rulings on unclear deliveries.
type Resolver interface {
	Resolve(ctx context.Context, by access.Actor, no id.Delivery, r delivery.Resolution, reason string) error
	ResolveMany(ctx context.Context, by access.Actor, no id.Campaign, m delivery.Many) (int64, error)
}

func deliveryRoutes(r routes, s Deliveries, desk Resolver) {
	h := deliveries{s, desk}
	r.get("/campaigns/:campaign/deliveries", h.list, pages(anyOf("status", outcome.Statuses)))
	r.get("/deliveries/:delivery", h.get)
	r.post("/deliveries/:delivery/resolve", h.resolve)
	r.post("/campaigns/:campaign/resolve", h.resolveMany)
}

type deliveries struct {
	service Deliveries
	desk    Resolver
}

// deliveryView is a delivery as it stands in a list.
type deliveryView struct {
	ID                id.Delivery    `json:"id"`
	Recipient         id.Recipient   `json:"recipient_id"`
	Email             string         `json:"email"`
	Jurisdiction      string         `json:"jurisdiction"`
	Locale            string         `json:"locale"`
	Variant           string         `json:"variant"`
	Status            outcome.Status `json:"status"`
	Attempts          int            `json:"attempts"`
	SMTPCode          *int           `json:"smtp_code"`
	EnhancedCode      string         `json:"enhanced_code"`
	Relay             string         `json:"relay"`
	FirstAttemptAt    *time.Time     `json:"first_attempt_at"`
	AcceptedAt        *time.Time     `json:"accepted_at"`
	LastEventAt       *time.Time     `json:"last_event_at"`
	PossibleDuplicate bool           `json:"possible_duplicate"`
	Reason            string         `json:"reason"`
}

func viewDelivery(r evidence.Row) deliveryView {
	v := deliveryView{r.Delivery, r.Recipient, r.Email, r.Jurisdiction, r.Locale, r.Variant, r.Status, r.Attempts, orNone(r.SMTPCode), r.EnhancedCode, r.Relay,
		r.FirstAttemptAt, r.AcceptedAt, r.LastEventAt, r.PossibleDuplicate, ""}
	if r.Reason != "" {
		v.Reason = phrase.Say(r.Reason, nil)
	}
	return v
}

// detailView is one delivery with everything on record about it.
type detailView struct {
	deliveryView
	Campaign      id.Campaign    `json:"campaign_id"`
	MessageID     string         `json:"message_id"`
	MessageSHA256 string         `json:"message_sha256"`
	RemoteQueueID string         `json:"remote_queue_id"`
	TLSVersion    string         `json:"tls_version"`
	History       []attemptView  `json:"attempt_history"`
	Decisions     []decisionView `json:"decisions"`
	Receipts      []struct{}     `json:"receipts"`
}

type attemptView struct {
	No            int          `json:"attempt"`
	At            time.Time    `json:"at"`
	Relay         string       `json:"relay"`
	MessageSHA256 string       `json:"message_sha256"`
	Outcomes      []answerView `json:"outcomes"`
}

type answerView struct {
	At           time.Time     `json:"at"`
	Phase        outcome.Phase `json:"phase"`
	Code         int           `json:"smtp_code"`
	EnhancedCode string        `json:"enhanced_code"`
	Lost         bool          `json:"lost"`
	QueueID      string        `json:"remote_queue_id"`
	TLSVersion   string        `json:"tls_version"`
	Certificate  string        `json:"certificate_sha256"`
}

type decisionView struct {
	Kind    outcome.DecisionKind `json:"decision"`
	Attempt int                  `json:"attempt"`
	By      string               `json:"by"`
	Reason  string               `json:"reason"`
	At      time.Time            `json:"at"`
}

func viewDetail(d evidence.Detail) detailView {
	v := detailView{deliveryView: viewDelivery(d.Row), Campaign: d.Campaign, MessageID: d.MessageID, MessageSHA256: d.MessageSHA256, RemoteQueueID: d.RemoteQueueID,
		TLSVersion: d.TLSVersion, History: []attemptView{}, Decisions: []decisionView{}, Receipts: []struct{}{}}
	for _, a := range d.History {
		at := attemptView{a.No, a.At, a.Relay, a.MessageSHA256, []answerView{}}
		for _, o := range a.Outcomes {
			at.Outcomes = append(at.Outcomes, answerView{o.At, o.Phase, o.Code, o.Enhanced, o.Lost, o.QueueID, o.TLSVersion, o.Certificate})
		}
		v.History = append(v.History, at)
	}
	for _, k := range d.Decisions {
		v.Decisions = append(v.Decisions, decisionView{k.Kind, k.Attempt, k.By, k.Reason, k.At})
	}
	return v
}

func (h deliveries) list(q request) error {
	no, err := aCampaign.in(q)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after int64, limit int, where ...filter.Equal) ([]evidence.Row, error) {
		return h.service.Deliveries(ctx, by, no, evidence.Filter{Where: where, After: after, Limit: limit})
	}
	return list(q, page, func(r evidence.Row) int64 { return r.Delivery.No }, viewDelivery)
}

func (h deliveries) get(q request) error {
	return one(q, aDelivery, h.service.Delivery, as(viewDetail))
}

// ruling is what a person decides about an unclear delivery.
type ruling struct {
	Outcome delivery.Resolution `json:"outcome"`
	Reason  string              `json:"reason"`
}

func (h deliveries) resolve(q request) error {
	no, body, err := bodyFor[ruling](q, aDelivery)
	if err != nil {
		return err
	}
	if err := h.desk.Resolve(q.UserContext(), q.actor, no, body.Outcome, body.Reason); err != nil {
		return err
	}
	return then(q, as(viewDetail))(h.service.Delivery(q.UserContext(), q.actor, no))
}

// resolvedView tells on how many deliveries was decided.
type resolvedView struct {
	Deliveries int64 `json:"deliveries"`
}

func (h deliveries) resolveMany(q request) error {
	no, many, err := bodyFor[delivery.Many](q, aCampaign)
	if err != nil {
		return err
	}
	return then(q, as(func(n int64) resolvedView { return resolvedView{n} }))(h.desk.ResolveMany(q.UserContext(), q.actor, no, many))
}
