package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/watch"
)

// Alerts is what these routes call.
type Alerts interface {
	List(ctx context.Context, by access.Actor, after id.Alert, limit int, where ...filter.Equal) ([]watch.Alert, error)
	Acknowledge(ctx context.Context, by access.Actor, no id.Alert) (watch.Alert, error)
}

func alertRoutes(r routes, s Alerts) {
	h := alerts{s}
	r.get("/alerts", h.list, pages(anyOf("state", watch.States)))
	r.post("/alerts/:alert/acknowledge", h.acknowledge)
}

type alerts struct{ service Alerts }

type alertView struct {
	ID             id.Alert     `json:"id"`
	Kind           watch.Kind   `json:"kind"`
	State          watch.State  `json:"state"`
	Relay          *id.Relay    `json:"relay_id"`
	Campaign       *id.Campaign `json:"campaign_id"`
	Version        *id.Version  `json:"version_id"`
	Incident       *id.Incident `json:"incident_id"`
	Name           string       `json:"name"`
	Now            string       `json:"state_now"`
	Times          int64        `json:"times"`
	RaisedAt       time.Time    `json:"raised_at"`
	LastAt         time.Time    `json:"last_at"`
	AcknowledgedBy *id.User     `json:"acknowledged_by"`
	AcknowledgedAt *time.Time   `json:"acknowledged_at"`
	OverAt         *time.Time   `json:"over_at"`
}

func viewAlert(a watch.Alert) alertView {
	return alertView{a.ID, a.Kind, a.State, orNone(a.Relay), orNone(a.Campaign), orNone(a.Version), orNone(a.Incident), a.Name, a.Now, a.Times, a.RaisedAt, a.LastAt,
		orNone(a.AcknowledgedBy), a.AcknowledgedAt, a.OverAt}
}

func (h alerts) list(q request) error {
	return list(q, h.service.List, func(a watch.Alert) id.Alert { return a.ID }, viewAlert)
}

func (h alerts) acknowledge(q request) error {
	return one(q, anAlert, h.service.Acknowledge, as(viewAlert))
}
