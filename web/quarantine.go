package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// Shutting shuts relays, and tells what they have seen.
type Shutting interface {
	Quarantine(ctx context.Context, by access.Actor, no id.Relay, reason string) (relay.Relay, error)
	Release(ctx context.Context, by access.Actor, no id.Relay, reason string) (relay.Relay, error)
	Contacted(ctx context.Context, by access.Actor, no id.Relay, after id.Delivery, limit int) ([]relay.Contact, error)
	History(ctx context.Context, by access.Actor, no id.Relay) ([]relay.Event, error)
}

func (w *site) quarantineRoutes(app *fiber.App) {
	w.get(app, "/relays/:relay/quarantine", func(v *visit) error { return v.showMove("quarantine") })
	w.get(app, "/relays/:relay/release", func(v *visit) error { return v.showMove("release") })
	w.post(app, "/relays/:relay/quarantine", func(v *visit) error { return v.moveRelay("quarantine", w.Relays.Quarantine) })
	w.post(app, "/relays/:relay/release", func(v *visit) error { return v.moveRelay("release", w.Relays.Release) })
	w.get(app, "/relays/:relay/contacted", w.showContacted)
}

func relayURL(no id.Relay) string { return "/relays/" + no.String() }

func (v *visit) relay() (relay.Relay, error) {
	no, err := id.ParseRelay(v.Params("relay"))
	if err != nil {
		return relay.Relay{}, err
	}
	return v.Relays.Get(v.UserContext(), v.actor(), no)
}

// relayState adds what happened to a relay, and what can be done about it.
func (v *visit) relayState(b *relayBody) error {
	r, verb := b.Relay, "quarantine"
	if r.State == relay.Quarantined {
		verb = "release"
	}
	if mayMoveRelay(verb, v.actor()) == nil {
		b.Shut = action{Text: phrase.Say(verb+"_do", nil), URL: relayURL(r.ID) + "/" + verb, Danger: verb == "quarantine"}
	}
	if mayBy(access.ReadIncident, v) {
		b.Contacted = relayURL(r.ID) + "/contacted"
	}
	events, err := v.Relays.History(v.UserContext(), v.actor(), r.ID)
	if err != nil || len(events) == 0 {
		return err
	}
	names, err := v.people()
	for _, e := range events {
		b.History = append(b.History, happening{At: v.when(e.At), Who: names.actor(e.Actor), What: phrase.Say("relay_event_"+e.Kind, map[string]any{"reason": e.Reason})})
	}
	return err
}

// movePage asks why a relay is shut, or released.
func (v *visit) movePage(verb string) (views.Page, error) {
	r, err := v.relay()
	if err != nil {
		return views.Page{}, err
	}
	values := map[string]any{"name": r.Name}
	b := steerBody{Path: relayURL(r.ID) + "/" + verb, URL: relayURL(r.ID), Verb: verb, Sentence: phrase.Say(verb+"_sentence", values),
		Do: phrase.Say(verb+"_do", values), Reason: true, Danger: verb == "quarantine"}
	if verb == "release" {
		code, err := v.codeField()
		if err != nil {
			return views.Page{}, err
		}
		b.Code = &code
	}
	b.Why = whyNoStep(mayMoveRelay(verb, v.actor()))
	if b.Why == "" && (r.State == relay.Quarantined) == (verb == "quarantine") {
		b.Why = phrase.Say(map[string]string{"quarantine": "page_relay_is_quarantined", "release": "page_relay_not_quarantined"}[verb], nil)
	}
	return views.Page{Title: phrase.Say(verb+"_title", values), Back: &views.Link{Text: r.Name, URL: relayURL(r.ID)}, Body: b}, nil
}

// mayMoveRelay leaves the fresh code to the moment of the act.
func mayMoveRelay(verb string, by access.Actor) error {
	by.SteppedUp = true
	switch {
	case verb == "release":
		return access.ReleaseRelay.Allow(by)
	case by.Role == access.Admin:
		return access.EditSettings.Allow(by)
	}
	return access.Quarantine.Allow(by)
}

func (v *visit) showMove(verb string) error {
	p, err := v.movePage(verb)
	if err != nil {
		return err
	}
	return v.show("steer", p)
}

func (v *visit) moveRelay(verb string, do func(context.Context, access.Actor, id.Relay, string) (relay.Relay, error)) error {
	v.refused(onScreen("steer", func(v *visit) (views.Page, error) { return v.movePage(verb) }))
	no, err := id.ParseRelay(v.Params("relay"))
	if err != nil {
		return err
	}
	check := func() error { return mayMoveRelay(verb, v.actor()) }
	move := func() error {
		if _, err := do(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
			return err
		}
		return v.to(relayURL(no))
	}
	if verb != "release" {
		return move()
	}
	if check() == nil && v.field("reason") == "" {
		return fault.Wrong("reason", "reason_missing", nil)
	}
	return v.deciding(check, move)
}

type contactedBody struct {
	Rows  []contactRow
	Pages views.Pages
}

type contactRow struct {
	Delivery, URL string
	Status        views.Said
	Attempts      int
	At            views.When
}

// showContacted lists whose address a relay has seen.
func (w *site) showContacted(v *visit) error {
	r, err := v.relay()
	if err != nil {
		return err
	}
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := w.Relays.Contacted(v.UserContext(), v.actor(), r.ID, id.DeliveryAt(after), pageLength+1)
	if err != nil {
		return err
	}
	b := contactedBody{}
	all, b.Pages = paged(v, all, func(c relay.Contact) int64 { return c.Delivery.Place() })
	for _, c := range all {
		b.Rows = append(b.Rows, contactRow{Delivery: c.Delivery.String(), URL: "/deliveries/" + c.Delivery.String(), Status: saidDelivery(c.Status), Attempts: c.Attempts, At: v.when(c.At)})
	}
	return v.show("contacted", views.Page{Title: phrase.Say("contacted_title", map[string]any{"name": r.Name}), Back: &views.Link{Text: r.Name, URL: relayURL(r.ID)}, Body: b})
}
