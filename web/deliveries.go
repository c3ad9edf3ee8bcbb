package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/evidence"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Deliveries reads what became of people.
type Deliveries interface {
	Deliveries(ctx context.Context, by access.Actor, campaign id.Campaign, f evidence.Filter) ([]evidence.Row, error)
	Delivery(ctx context.Context, by access.Actor, no id.Delivery) (evidence.Detail, error)
}

func (w *site) deliveryRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/deliveries", w.listDeliveries)
	w.get(app, "/campaigns/:campaign/exceptions", w.listExceptions)
	w.get(app, "/deliveries/:delivery", w.showDelivery)
	w.get(app, "/deliveries/:delivery/resolve", w.showResolve)
	w.post(app, "/deliveries/:delivery/resolve", w.resolve)
	w.get(app, "/campaigns/:campaign/resolve", w.showResolveMany)
	w.post(app, "/campaigns/:campaign/resolve", w.resolveMany)
}

type deliveriesBody struct {
	Rows    []deliveryRow
	Total   int64 // of the status that is shown
	Status  []views.Option
	Path    string
	Pages   views.Pages
	Empty   string
	Explain string
	Decide  *views.Link // on everybody who is shown
}

type deliveryRow struct {
	URL, Email, Jurisdiction, Relay, Code string
	State                                 views.Said
	Last                                  *views.When
	Attempts                              int
	Duplicate                             bool
}

func (w *site) listDeliveries(v *visit) error {
	c, f, err := v.watched()
	if err != nil {
		return err
	}
	var where []filter.Equal
	status := outcome.Status(v.Query("status"))
	if status != "" {
		where = append(where, filter.Equal{Column: "status", Value: []string{string(status)}})
	}
	b, err := v.deliveries(c, where)
	if err != nil {
		return err
	}
	b.Path, b.Empty = campaignURL(c.ID)+"/deliveries", phrase.Say("deliveries_none", nil)
	b.Status = append(b.Status, views.Option{Text: phrase.Say("deliveries_all", map[string]any{"count": total(f)}), Chosen: status == ""})
	for _, s := range sumOrder {
		if n := f.Counts[s]; n > 0 || s == status {
			b.Status = append(b.Status, views.Option{Value: string(s), Chosen: s == status,
				Text: phrase.Say("deliveries_of", map[string]any{"word": phrase.Say("state_delivery_"+string(s), nil), "count": n})})
		}
	}
	p, err := v.campaignPage(c, phrase.Say("deliveries_title", map[string]any{"name": c.Settings.Name}), b)
	if err != nil {
		return err
	}
	return v.show("deliveries", p)
}

// listExceptions shows who waits for a person's decision.
func (w *site) listExceptions(v *visit) error {
	c, f, err := v.watched()
	if err != nil {
		return err
	}
	b, err := v.deliveries(c, []filter.Equal{{Column: "status", Value: []string{string(outcome.Indeterminate)}}})
	if err != nil {
		return err
	}
	n := f.Counts[outcome.Indeterminate]
	b.Path, b.Total, b.Empty, b.Explain = campaignURL(c.ID)+"/exceptions", n, phrase.Say("exceptions_none", nil), phrase.Say("unclear_text", nil)
	if n > 1 && mayBy(access.RunCampaign, v) {
		b.Decide = &views.Link{Text: phrase.Say("resolve_many_link", map[string]any{"count": n}), URL: campaignURL(c.ID) + "/resolve"}
	}
	p, err := v.campaignPage(c, phrase.Say("unclear_title", map[string]any{"count": n}), b)
	if err != nil {
		return err
	}
	return v.show("deliveries", p)
}

func (v *visit) watched() (c campaign.Campaign, f campaign.Figures, err error) {
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return c, f, err
	}
	return v.Campaigns.Watch(v.UserContext(), v.actor(), no)
}

func (v *visit) deliveries(c campaign.Campaign, where []filter.Equal) (deliveriesBody, error) {
	var b deliveriesBody
	after, err := v.after()
	if err != nil {
		return b, err
	}
	rows, err := v.Deliveries.Deliveries(v.UserContext(), v.actor(), c.ID, evidence.Filter{Where: where, After: after, Limit: pageLength + 1})
	if err != nil {
		return b, err
	}
	rows, b.Pages = paged(v, rows, func(r evidence.Row) int64 { return r.Delivery.No })
	for _, r := range rows {
		b.Rows = append(b.Rows, v.deliveryRow(r))
	}
	return b, nil
}

func (v *visit) deliveryRow(r evidence.Row) deliveryRow {
	return deliveryRow{URL: "/deliveries/" + r.Delivery.String(), Email: orDash(r.Email), Jurisdiction: orDash(r.Jurisdiction), Relay: orDash(r.Relay),
		Code: replyOf(r.SMTPCode, r.EnhancedCode), State: saidDelivery(r.Status), Last: v.whenSet(r.LastEventAt), Attempts: r.Attempts, Duplicate: r.PossibleDuplicate}
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// replyOf is a relay's answer as the wire had it.
func replyOf(code int, enhanced string) string {
	if code == 0 {
		return "–"
	}
	if enhanced == "" {
		return strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + enhanced
}
