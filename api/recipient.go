package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/intake"
)

// Recipients is what these routes call.
type Recipients interface {
	Recipients(ctx context.Context, by access.Actor, incident id.Incident, f cohort.Filter) ([]cohort.Recipient, error)
	Recipient(ctx context.Context, by access.Actor, no id.Recipient) (cohort.Recipient, error)
	Flagged(ctx context.Context, by access.Actor, incident id.Incident) (map[string]int, error)
}

// Domains tells how far the domains of an incident were checked.
type Domains interface {
	Check(ctx context.Context, by access.Actor, incident id.Incident) (intake.DomainCheck, error)
}

func recipientRoutes(r routes, s Recipients, domains Domains) {
	h := recipients{s, domains}
	r.get("/incidents/:incident/recipients", h.list, pages(itsID("cohort", aCohort), anyOf("flag", intake.Flags)))
	r.get("/incidents/:incident/flags", h.flags)
	r.get("/recipients/:recipient", h.get)
}

type recipients struct {
	service Recipients
	domains Domains
}

// recipientView is one person; the address is masked, and null where there is
// none.
type recipientView struct {
	ID            id.Recipient   `json:"id"`
	Email         *string        `json:"email"`
	Jurisdictions []string       `json:"jurisdictions"`
	Locale        *string        `json:"locale"`
	Timezone      *string        `json:"timezone"`
	Consent       *bool          `json:"consent"`
	Flags         []string       `json:"flags"`
	Individuals   int            `json:"individuals"`
	Placement     *placementView `json:"placement"`
	Rows          []sourceView   `json:"rows,omitempty"`
	MemberOf      []id.Cohort    `json:"member_of,omitempty"`
}

type placementView struct {
	Cohort id.Cohort     `json:"cohort"`
	Reason cohort.Reason `json:"reason"`
	At     time.Time     `json:"at"`
}

type sourceView struct {
	List       id.List        `json:"list"`
	ListName   string         `json:"list_name"`
	Withdrawn  bool           `json:"list_withdrawn"`
	Row        int64          `json:"row"`
	Line       int64          `json:"line"`
	Attributes map[string]any `json:"attributes"`
}

func viewRecipient(r cohort.Recipient) recipientView {
	v := recipientView{ID: r.ID, Email: given(r.Masked), Jurisdictions: append([]string{}, r.Jurisdictions...), Locale: given(r.Locale), Timezone: given(r.Timezone),
		Consent: r.Consent, Individuals: r.Individuals, Flags: append([]string{}, r.Flags...), MemberOf: r.MemberOf}
	if r.Cohort != 0 && r.Reason != nil {
		v.Placement = &placementView{r.Cohort, *r.Reason, r.PlacedAt}
	}
	for _, row := range r.Rows {
		v.Rows = append(v.Rows, sourceView(row))
	}
	return v
}

// given gives null for what is not there.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (h recipients) list(q request) error {
	incident, err := anIncident.in(q)
	if err != nil {
		return err
	}
	page := func(ctx context.Context, by access.Actor, after int64, limit int, where ...filter.Equal) ([]cohort.Recipient, error) {
		return h.service.Recipients(ctx, by, incident, cohort.Filter{Where: where, After: after, Limit: limit})
	}
	return list(q, page, func(r cohort.Recipient) int64 { return r.ID.No }, viewRecipient)
}

// flagsView counts people for each flag, and tells how far the domains behind
// one of them were checked.
type flagsView struct {
	Flags   map[string]int `json:"flags"`
	Domains struct {
		State     intake.DomainState `json:"state"`
		Open      int                `json:"open"`
		CheckedAt *time.Time         `json:"checked_at"`
		NextAt    *time.Time         `json:"next_at"`
	} `json:"domains"`
}

// flags counts who should be looked at before they are told, by why.
func (h recipients) flags(q request) error {
	return one(q, anIncident, h.flagged, as(func(v flagsView) flagsView { return v }))
}

func (h recipients) flagged(ctx context.Context, by access.Actor, incident id.Incident) (flagsView, error) {
	v := flagsView{Flags: map[string]int{}}
	counts, err := h.service.Flagged(ctx, by, incident)
	if err != nil {
		return v, err
	}
	for _, f := range intake.Flags {
		v.Flags[string(f)] = counts[string(f)]
	}
	c, err := h.domains.Check(ctx, by, incident)
	v.Domains.State, v.Domains.Open, v.Domains.CheckedAt, v.Domains.NextAt = c.State, c.Open, moment(c.At), moment(c.Next)
	return v, err
}

// moment is null where there was none.
func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func (h recipients) get(q request) error {
	return one(q, aRecipient, h.service.Recipient, as(viewRecipient))
}
