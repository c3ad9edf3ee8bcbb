package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/internal/watch"
	"forthwith/web/views"
)

// Alerts tells what nobody should have to find.
type Alerts interface {
	List(ctx context.Context, by access.Actor, after id.Alert, limit int, where ...filter.Equal) ([]watch.Alert, error)
	Newest(ctx context.Context, by access.Actor, limit int) (newest []watch.Alert, open int64, err error)
	Acknowledge(ctx context.Context, by access.Actor, no id.Alert) (watch.Alert, error)
}

func (w *site) alertRoutes(app *fiber.App) {
	w.get(app, "/alerts", w.listAlerts)
	w.post(app, "/alerts/:alert/acknowledge", w.acknowledge)
}

type alertsBody struct {
	Cards []alertCard
	Seen  bool // they were acknowledged
	Other views.Link
	Pages views.Pages
}

// alertCard is one alert. Acknowledge is empty where the reader may not, or
// somebody has.
type alertCard struct {
	Title, Text string
	Now         views.Said
	Raised      views.When
	Last        *views.When
	Again       string // how often it happened
	Do, URL     string // where it is looked into; empty: the reader may not see it
	Acknowledge string
	Seen        string
	SeenAt      *views.When
}

func (w *site) listAlerts(v *visit) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	b := alertsBody{Seen: v.Query("state") == string(watch.Acknowledged)}
	states := []string{string(watch.Open)}
	b.Other = views.Link{Text: phrase.Say("alerts_seen_link", nil), URL: "/alerts?state=" + string(watch.Acknowledged)}
	if b.Seen {
		states, b.Other = []string{string(watch.Acknowledged), string(watch.Over)}, views.Link{Text: phrase.Say("alerts_open_link", nil), URL: "/alerts"}
	}
	all, err := w.Alerts.List(v.UserContext(), v.actor(), id.Alert(after), pageLength+1, filter.Equal{Column: "state", Value: states})
	if err != nil {
		return err
	}
	all, b.Pages = paged(v, all, func(a watch.Alert) int64 { return int64(a.ID) })
	if b.Cards, err = v.alertCards(all); err != nil {
		return err
	}
	title := phrase.Say("alerts_title", nil)
	if b.Seen {
		title = phrase.Say("alerts_seen_title", nil)
	}
	return v.show("alerts", views.Page{Title: title, Body: b})
}

func (v *visit) alertCards(all []watch.Alert) ([]alertCard, error) {
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	cards := make([]alertCard, len(all))
	for i, a := range all {
		cards[i] = v.alertCard(a, names)
	}
	return cards, nil
}

func (v *visit) alertCard(a watch.Alert, names staffNames) alertCard {
	values := map[string]any{"name": a.Name, "count": a.Times}
	c := alertCard{Title: phrase.Say("alert_"+string(a.Kind), values), Text: phrase.Say("alert_"+string(a.Kind)+"_text", values), Raised: v.when(a.RaisedAt)}
	if a.Times > 1 {
		c.Last, c.Again = v.whenSet(&a.LastAt), phrase.Say("alert_again", values)
	}
	c.Now, c.Do, c.URL = v.alertAbout(a)
	if a.State == watch.Open && watch.MayAcknowledge(v.actor()) == nil {
		c.Acknowledge = "/alerts/" + a.ID.String() + "/acknowledge"
	}
	switch {
	case a.State == watch.Over:
		c.Seen, c.SeenAt = phrase.Say("alert_is_over", nil), v.whenSet(a.OverAt)
	case a.AcknowledgedBy != 0:
		c.Seen, c.SeenAt = phrase.Say("alert_seen", map[string]any{"who": names.of(a.AcknowledgedBy)}), v.whenSet(a.AcknowledgedAt)
	}
	return c
}

// alertAbout gives how what an alert speaks of stands now, and the link to it.
func (v *visit) alertAbout(a watch.Alert) (now views.Said, do, url string) {
	if a.Relay != 0 {
		return saidRelay(relay.State(a.Now)), phrase.Say("alert_relay_do", nil), relayURL(a.Relay)
	}
	now, do, url = saidCampaign(campaign.State(a.Now)), phrase.Say("alert_campaign_do", nil), campaignURL(a.Campaign)
	if a.Version != 0 {
		now, do, url = saidVersion(notice.State(a.Now)), phrase.Say("alert_version_do", nil), "/versions/"+a.Version.String()
	}
	if !mayBy(access.ReadIncident, v) {
		return now, "", ""
	}
	return now, do, url
}

func (w *site) acknowledge(v *visit) error {
	no, err := id.ParseAlert(v.Params("alert"))
	if err != nil {
		return err
	}
	if _, err := w.Alerts.Acknowledge(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to("/alerts")
}
