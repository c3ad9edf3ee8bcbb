package web

import (
	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// resolveManyBody asks what is done about everybody who is unclear.
type resolveManyBody struct {
	Path, URL string
	Count     int64
	Choices   []views.Option
	Relays    []views.Option // where the campaign has several
}

func (v *visit) resolveManyPage() (views.Page, error) {
	c, f, err := v.watched()
	if err == nil {
		err = access.RunCampaign.Allow(v.actor())
	}
	if err != nil {
		return views.Page{}, err
	}
	b := resolveManyBody{Path: campaignURL(c.ID) + "/resolve", URL: campaignURL(c.ID) + "/exceptions", Count: f.Counts[outcome.Indeterminate], Choices: resolutions()}
	if b.Relays, err = v.unclearRelays(c); err != nil {
		return views.Page{}, err
	}
	return v.campaignPage(c, phrase.Say("resolve_many_title", map[string]any{"count": b.Count}), b)
}

// unclearRelays offers the relays of a campaign that has several.
func (v *visit) unclearRelays(c campaign.Campaign) ([]views.Option, error) {
	all, err := v.relaysOf(c)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	options := []views.Option{{Text: phrase.Say("resolve_any_relay", nil), Chosen: true}}
	for _, r := range all {
		options = append(options, relayOption(r))
	}
	return options, nil
}

func relayOption(r relay.Relay) views.Option {
	return views.Option{Value: r.ID.String(), Text: r.Name}
}

func (w *site) showResolveMany(v *visit) error {
	p, err := v.resolveManyPage()
	if err != nil {
		return err
	}
	return v.show("resolve-many", p)
}

// resolveMany rules on everybody who is unclear, or on those of one relay.
func (w *site) resolveMany(v *visit) error {
	v.refused(onScreen("resolve-many", (*visit).resolveManyPage))
	c, f, err := v.watched()
	if err != nil {
		return err
	}
	if f.Counts[outcome.Indeterminate] == 0 { // the page asks for nothing then
		return fault.New(fault.Conflict, "deliveries_unclear", nil)
	}
	if err := v.chose("outcome"); err != nil {
		return err
	}
	m := delivery.Many{Outcome: delivery.Resolution(v.field("outcome")), Reason: v.field("reason")}
	m.Relay, _ = id.ParseRelay(v.field("relay"))
	if m.Confirmed, err = v.count("confirm_deliveries"); err != nil {
		return err
	}
	if _, err := w.Resolver.ResolveMany(v.UserContext(), v.actor(), c.ID, m); err != nil {
		return err
	}
	return v.to(campaignURL(c.ID))
}
