package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Lookup finds one person by their address.
type Lookup interface {
	LookUp(ctx context.Context, by access.Actor, email, reason string) ([]evidence.Found, error)
	FindIn(ctx context.Context, by access.Actor, incident id.Incident, email string) (id.Recipient, error)
}

func (w *site) lookupRoutes(app *fiber.App) {
	w.get(app, "/lookup", w.showLookup)
	w.unkept(app, "/lookup", w.lookUp)
}

type lookupBody struct {
	Asked bool
	Found []foundRow
}

type foundRow struct {
	Incident string
	Facts    []answer
	Told     []toldRow
	Codes    []grantRow
}

// grantRow says whether somebody holds a code of a pool, and never which.
type grantRow struct {
	Pool, Said string
	At         *views.When
}

type toldRow struct {
	Campaign, URL string
	State         views.Said
	At            *views.When
	Reason        string
}

func (w *site) showLookup(v *visit) error {
	if err := access.LookUp.Allow(v.actor()); err != nil {
		return err
	}
	return v.show("lookup", lookupPage(lookupBody{}))
}

func lookupPage(b lookupBody) views.Page {
	return views.Page{Title: phrase.Say("lookup_title", nil), Body: b}
}

// lookUp answers on its own page, without a redirect: an address never stands
// in an address line.
func (w *site) lookUp(v *visit) error {
	v.refused(func(v *visit, err error) error { return v.showAgain("lookup", lookupPage(lookupBody{}), err) })
	found, err := w.Lookup.LookUp(v.UserContext(), v.actor(), v.field("email"), v.field("reason"))
	if err != nil {
		return err
	}
	b := lookupBody{Asked: true}
	for _, f := range found {
		b.Found = append(b.Found, v.foundRow(f))
	}
	return v.show("lookup", lookupPage(b))
}

func (v *visit) foundRow(f evidence.Found) foundRow {
	fact := func(code, text string) answer { return answer{Name: phrase.Say(code, nil), Text: orDash(text)} }
	person := fact("col_person", f.Masked)
	if mayBy(access.ReadIncident, v) {
		person.URL, person.Link = recipientURL(f.Recipient), phrase.Say("lookup_person", nil)
	}
	row := foundRow{Incident: f.Name, Facts: []answer{person, fact("fact_jurisdiction", placeNames(f.Jurisdictions)),
		fact("fact_locale", phrase.Speech(f.Locale)), fact("fact_cohort", f.Cohort)}}
	for _, d := range f.Deliveries {
		t := toldRow{Campaign: d.Campaign, State: saidDelivery(d.Status), At: v.whenSet(d.LastEventAt)}
		if mayBy(access.ReadIncident, v) {
			t.URL = "/deliveries/" + d.Delivery.String()
		}
		if d.Reason != "" {
			t.Reason = phrase.Say(d.Reason, nil)
		}
		row.Told = append(row.Told, t)
	}
	for _, g := range f.Codes {
		said := phrase.Say("lookup_code_none", nil)
		if g.At != nil {
			said = phrase.Say("lookup_code", map[string]any{"name": g.By})
		}
		row.Codes = append(row.Codes, grantRow{g.Name, said, v.whenSet(g.At)})
	}
	return row
}
