package web

import (
	"strconv"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// slowBody asks how fast a campaign may go on.
type slowBody struct {
	Path, URL string
	Why       string
	Now       string
	Rate      string
	Domains   string // that are bounded already
}

func (v *visit) slowPage() (views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return views.Page{}, err
	}
	b := slowBody{Path: campaignURL(c.ID) + "/pace", URL: campaignURL(c.ID), Why: whyNoStep(access.RunCampaign.Allow(v.actor()), c.Allows(campaign.Slowing)),
		Now: phrase.Say("pace_now", map[string]any{"rate": c.Rate()}), Rate: rateText(c.Rate()), Domains: domainsText(campaign.Settings{MaxPerDomain: c.PerDomain()})}
	return v.campaignPage(c, phrase.Say("pace_title", map[string]any{"name": c.Settings.Name}), b)
}

func (w *site) showSlow(v *visit) error {
	p, err := v.slowPage()
	if err != nil {
		return err
	}
	return v.show("slow", p)
}

func (w *site) slow(v *visit) error {
	v.refused(onScreen("slow", (*visit).slowPage))
	c, err := v.campaign()
	if err != nil {
		return err
	}
	pace, err := v.pace(c)
	if err != nil {
		return err
	}
	if _, err := w.Controls.Slow(v.UserContext(), v.actor(), c.ID, pace); err != nil {
		return err
	}
	return v.to(campaignURL(c.ID))
}

// pace reads what is to be lowered: what stands there unchanged is not meant.
func (v *visit) pace(c campaign.Campaign) (campaign.Pace, error) {
	var p campaign.Pace
	if text := v.field("max_rate_per_second"); text != "" {
		rate, err := strconv.ParseFloat(plainNumber(text), 64)
		if err != nil {
			return p, fault.Wrong("max_rate_per_second", "number_expected", fault.Values{"name": "max_rate_per_second"})
		}
		if rate != c.Rate() {
			p.MaxRatePerSecond = &rate
		}
	}
	rates, underWay, ok := readDomains(v.field("max_per_domain"))
	if !ok || len(underWay) > 0 {
		return p, fault.Wrong("max_per_domain", "page_domains_rates_only", nil)
	}
	now := c.PerDomain()
	for name, rate := range rates {
		if was, bound := now[name]; bound && was == rate {
			delete(rates, name)
		}
	}
	p.MaxPerDomain = rates
	if p.MaxRatePerSecond == nil && len(rates) == 0 {
		return p, fault.Wrong("max_rate_per_second", "page_pace_nothing", nil)
	}
	return p, nil
}
