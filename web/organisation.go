package web

import (
	"context"
	"slices"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/incident"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Organisations keeps who sends the notices.
type Organisations interface {
	Organisation(ctx context.Context, by access.Actor) (incident.Organisation, int, error)
	SetOrganisation(ctx context.Context, by access.Actor, seen int, o incident.Organisation) (int, error)
}

func (w *site) organisationRoutes(app *fiber.App) {
	w.get(app, "/organisation", w.showOrganisation)
	w.post(app, "/organisation", w.changeOrganisation)
}

// contactNames and dpoNames are the fields that the form asks for; others are
// kept as they are.
var (
	contactNames = []string{"email", "phone", "tollfree", "url", "postal", "in_app"}
	dpoNames     = []string{"name", "email", "phone"}
)

type organisationBody struct {
	Organisation  incident.Organisation
	Version       int
	Contacts, DPO []factField
	MayEdit       bool
	Rows          []answer // for those who only read
}

func (v *visit) organisationPage() (views.Page, error) {
	o, version, err := v.Organisations.Organisation(v.UserContext(), v.actor())
	b := organisationBody{Organisation: o, Version: version, MayEdit: mayBy(access.EditSettings, v)}
	for _, name := range contactNames {
		b.Contacts = append(b.Contacts, factField{"contacts." + name, "label_contacts." + name, o.Contacts[name]})
	}
	for _, name := range dpoNames {
		b.DPO = append(b.DPO, factField{"dpo." + name, "label_dpo." + name, o.DPO[name]})
	}
	b.Rows = organisationRows(b)
	return views.Page{Title: phrase.Say("organisation_title", nil), Body: b}, err
}

func organisationRows(b organisationBody) []answer {
	rows := []answer{{Name: phrase.Say("label_org_name", nil), Text: orDash(b.Organisation.Name)}, {Name: phrase.Say("label_org_parent", nil), Text: orDash(b.Organisation.Parent)}}
	for _, f := range slices.Concat(b.Contacts, b.DPO) {
		rows = append(rows, answer{Name: phrase.Say(f.Code, nil), Text: orDash(f.Value)})
	}
	return rows
}

func (w *site) showOrganisation(v *visit) error {
	p, err := v.organisationPage()
	if err != nil {
		return err
	}
	return v.show("organisation", p)
}

// changeOrganisation puts what the form holds over what is known; a change in
// between fails on the version that was seen.
func (w *site) changeOrganisation(v *visit) error {
	v.refused(onScreen("organisation", (*visit).organisationPage))
	seen, err := v.seen()
	if err != nil {
		return err
	}
	o, _, err := w.Organisations.Organisation(v.UserContext(), v.actor())
	if err != nil {
		return err
	}
	if _, err := w.Organisations.SetOrganisation(v.UserContext(), v.actor(), seen, v.organisation(o)); err != nil {
		return err
	}
	return v.to("/organisation")
}

func (v *visit) organisation(o incident.Organisation) incident.Organisation {
	o.Name, o.Parent, o.Holidays = v.field("name"), v.field("parent"), lines(v.field("holidays"))
	o.Contacts = v.over(o.Contacts, "contacts.", contactNames)
	o.DPO = v.over(o.DPO, "dpo.", dpoNames)
	return o
}
