package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/httpguard"
	"forthwith/internal/incident"
)

// Organisations is what these routes call.
type Organisations interface {
	Organisation(ctx context.Context, by access.Actor) (incident.Organisation, int, error)
	SetOrganisation(ctx context.Context, by access.Actor, seen int, o incident.Organisation) (int, error)
}

func organisationRoutes(r routes, s Organisations) {
	h := organisation{s}
	r.get("/organisation", h.get)
	r.patch("/organisation", h.change)
}

type organisation struct{ service Organisations }

type organisationView struct {
	Version int `json:"version"`
	incident.Organisation
}

func (h organisation) get(q request) error {
	o, version, err := h.service.Organisation(q.UserContext(), q.actor)
	if err != nil {
		return err
	}
	return q.versioned(version, organisationView{version, o})
}

// organisationChange is what a PATCH gives: only the fields that it names
// change, each as a whole.
type organisationChange struct {
	Name     *string            `json:"name"`
	Parent   *string            `json:"parent"`
	Contacts *map[string]string `json:"contacts"`
	DPO      *map[string]string `json:"dpo"`
	Profiles *[]string          `json:"profiles"`
	Holidays *[]string          `json:"holidays"`

	Zone       *string   `json:"zone"`
	Workdays   *[]string `json:"workdays"`
	PolicyDays *int      `json:"policy_days"`

	StaffMail     *incident.StaffMail `json:"staff_mail"`
	ApprovalHours *int                `json:"approval_hours"`
}

func (c organisationChange) apply(o incident.Organisation) incident.Organisation {
	set(&o.Name, c.Name)
	set(&o.Parent, c.Parent)
	set(&o.Contacts, c.Contacts)
	set(&o.DPO, c.DPO)
	set(&o.Profiles, c.Profiles)
	set(&o.Holidays, c.Holidays)
	set(&o.Zone, c.Zone)
	set(&o.Workdays, c.Workdays)
	set(&o.PolicyDays, c.PolicyDays)
	if c.StaffMail != nil {
		o.StaffMail = c.StaffMail
	}
	if c.ApprovalHours != nil {
		o.ApprovalHours = c.ApprovalHours
	}
	return o
}

func (h organisation) change(q request) error {
	var c organisationChange
	seen, err := httpguard.SeenVersion(q.Ctx)
	if err != nil {
		return err
	}
	if err := q.decode(&c); err != nil {
		return err
	}
	o, _, err := h.service.Organisation(q.UserContext(), q.actor) // a change in between fails on seen
	if err != nil {
		return err
	}
	o = c.apply(o)
	version, err := h.service.SetOrganisation(q.UserContext(), q.actor, seen, o)
	if err != nil {
		return err
	}
	return q.versioned(version, organisationView{version, o.Normalise()})
}
