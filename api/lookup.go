package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
)

// Lookup finds one person by their address.
type Lookup interface {
	LookUp(ctx context.Context, by access.Actor, email, reason string) ([]evidence.Found, error)
}

func lookupRoutes(r routes, s Lookup) {
	r.post("/lookup", lookups{s}.find, unstored)
}

type lookups struct{ service Lookup }

// foundView is what one incident holds about the person.
type foundView struct {
	Incident      id.Incident  `json:"incident_id"`
	Name          string       `json:"incident"`
	Recipient     id.Recipient `json:"recipient_id"`
	Email         string       `json:"email"`
	Jurisdictions []string     `json:"jurisdictions"`
	Locale        string       `json:"locale"`
	Cohort        string       `json:"cohort"`
	Deliveries    []toldView   `json:"deliveries"`
	Codes         []grantView  `json:"codes"`
}

// grantView says whether somebody holds a code of a pool, and never which.
type grantView struct {
	Pool     id.Pool     `json:"pool_id"`
	Name     string      `json:"pool"`
	Campaign id.Campaign `json:"campaign_id"`
	By       string      `json:"campaign"`
	At       *time.Time  `json:"handed_out_at"`
}

type toldView struct {
	Campaign string `json:"campaign"`
	deliveryView
}

// find takes the address in the body: none ever stands in an address line.
func (h lookups) find(q request) error {
	body, err := bodyOf[struct {
		Email  string `json:"email"`
		Reason string `json:"reason"`
	}](q)
	if err != nil {
		return err
	}
	found, err := h.service.LookUp(q.UserContext(), q.actor, body.Email, body.Reason)
	if err != nil {
		return err
	}
	items := make([]foundView, 0, len(found))
	for _, f := range found {
		items = append(items, viewFound(f))
	}
	return q.JSON(map[string]any{"items": items})
}

func viewFound(f evidence.Found) foundView {
	v := foundView{f.Incident, f.Name, f.Recipient, f.Masked, f.Jurisdictions, f.Locale, f.Cohort, make([]toldView, 0, len(f.Deliveries)), make([]grantView, 0, len(f.Codes))}
	if v.Jurisdictions == nil {
		v.Jurisdictions = []string{}
	}
	for _, d := range f.Deliveries {
		v.Deliveries = append(v.Deliveries, toldView{d.Campaign, viewDelivery(d.Row)})
	}
	for _, g := range f.Codes {
		v.Codes = append(v.Codes, grantView(g))
	}
	return v
}
