package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Campaigns makes campaigns and tells how they go.
type Campaigns interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, s campaign.Settings) (campaign.Campaign, error)
	Edit(ctx context.Context, by access.Actor, no id.Campaign, seen int, edit func(campaign.Settings) campaign.Settings) (campaign.Campaign, error)
	Get(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Campaign, limit int, where ...filter.Equal) ([]campaign.Campaign, error)
	Watch(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, campaign.Figures, error)
}

func (w *site) campaignRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/campaigns", w.listCampaigns)
	w.get(app, "/incidents/:incident/campaigns/new", w.newCampaign)
	w.post(app, "/incidents/:incident/campaigns/new", w.makeCampaign)
	w.get(app, "/campaigns/:campaign", w.showCampaign)
	w.get(app, "/campaigns/:campaign/correct", w.showCorrection)
	w.get(app, "/campaigns/:campaign/edit", w.showCampaignForm)
	w.post(app, "/campaigns/:campaign/edit", w.editCampaign)
	w.planRoutes(app)
	w.steerRoutes(app)
	w.amendRoutes(app)
	w.testRoutes(app)
	w.liveRoutes(app)
}

type campaignsBody struct {
	Rows    []campaignRow
	MayPlan bool
	New     string
}

type campaignRow struct {
	Name, URL, Cohort string
	People            int64
	State             views.Said
	Since             views.When
}

func campaignURL(no id.Campaign) string { return "/campaigns/" + no.String() }

func (w *site) listCampaigns(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	bar, s, err := v.bar(no, partCampaigns)
	if err != nil {
		return err
	}
	b := campaignsBody{MayPlan: mayBy(access.BuildCampaigns, v), New: incidentURL(no) + "/campaigns/new"}
	names := objectNames(s)
	for _, c := range s.Campaigns {
		b.Rows = append(b.Rows, campaignRow{Name: c.Name, URL: campaignURL(c.ID), Cohort: names[c.Cohort.String()], People: c.ToSend,
			State: saidCampaign(c.State), Since: v.when(c.At)})
	}
	return v.show("campaigns", views.Page{Title: phrase.Say("campaigns_title", nil), Bar: bar, Body: b})
}

// campaign reads the one that a path names.
func (v *visit) campaign() (campaign.Campaign, error) {
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return campaign.Campaign{}, err
	}
	return v.Campaigns.Get(v.UserContext(), v.actor(), no)
}

// campaignPage is a page about a campaign, with the way back to it.
func (v *visit) campaignPage(c campaign.Campaign, title string, body any) (views.Page, error) {
	bar, _, err := v.bar(c.Incident, partCampaigns)
	return views.Page{Title: title, Bar: bar, Back: &views.Link{Text: c.Settings.Name, URL: campaignURL(c.ID)}, Body: body}, err
}
