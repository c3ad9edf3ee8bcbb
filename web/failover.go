package web

import (
	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// failoverBody asks which of its approved relays a campaign leaves, and for
// which.
type failoverBody struct {
	Path, URL string
	Sentence  string
	Why       string
	From, To  []views.Option
}

// relaysOf reads the relays that a campaign names, in its order.
func (v *visit) relaysOf(c campaign.Campaign) ([]relay.Relay, error) {
	all := make([]relay.Relay, 0, len(c.Relays()))
	for _, no := range c.Relays() {
		r, err := v.Relays.Get(v.UserContext(), v.actor(), no)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func (v *visit) failoverPage() (views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.relaysOf(c)
	if err != nil {
		return views.Page{}, err
	}
	values := map[string]any{"name": c.Settings.Name}
	b := failoverBody{Path: campaignURL(c.ID) + "/failover", URL: campaignURL(c.ID), Sentence: phrase.Say("failover_sentence", values),
		Why: whyNoStep(access.RunCampaign.Allow(v.actor()), c.Allows(campaign.Moving))}
	if b.Why == "" && len(all) < 2 {
		b.Why = phrase.Say("page_failover_one_relay", nil)
	}
	for i, r := range all {
		said := r.Name + " – " + saidRelay(r.State).Word
		b.From = append(b.From, views.Option{Value: r.ID.String(), Text: said, Chosen: i == 0})
		b.To = append(b.To, views.Option{Value: r.ID.String(), Text: said, Chosen: i == 1})
	}
	return v.campaignPage(c, phrase.Say("failover_title", values), b)
}

func (w *site) showFailover(v *visit) error {
	p, err := v.failoverPage()
	if err != nil {
		return err
	}
	return v.show("failover", p)
}

func (w *site) failOver(v *visit) error {
	v.refused(onScreen("failover", (*visit).failoverPage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	m := campaign.Move{Reason: v.field("reason")}
	// What is no relay at all is refused like one of another campaign.
	m.From, _ = id.ParseRelay(v.field("from"))
	m.To, _ = id.ParseRelay(v.field("to"))
	if _, err := w.Controls.Failover(v.UserContext(), v.actor(), no, m); err != nil {
		return err
	}
	return v.to(campaignURL(no))
}

// relayLines tells how the relays of a campaign stand, and what that means for
// it.
func (v *visit) relayLines(c campaign.Campaign) ([]relayLine, error) {
	all, err := v.relaysOf(c)
	lines := make([]relayLine, 0, len(all))
	for _, r := range all {
		lines = append(lines, relayLine{Name: r.Name, URL: relayURL(r.ID), State: saidRelay(r.State), Fails: r.State != relay.Healthy})
	}
	return lines, err
}

type relayLine struct {
	Name, URL string
	State     views.Said
	Fails     bool
}
