package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// Amendments widens what a paused campaign may do.
type Amendments interface {
	Propose(ctx context.Context, by access.Actor, no id.Campaign, w campaign.Wider) (campaign.Amendment, error)
	Approve(ctx context.Context, by access.Actor, no id.Amendment, seen canon.Hash, comment string) (campaign.Amendment, error)
	Get(ctx context.Context, by access.Actor, no id.Amendment) (campaign.Amendment, error)
	List(ctx context.Context, by access.Actor, no id.Campaign) ([]campaign.Amendment, error)
}

func (w *site) amendRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/amend", w.showAmend)
	w.post(app, "/campaigns/:campaign/amend", w.amend)
	w.get(app, "/amendments/:amendment/approve", w.showApproveAmendment)
	w.post(app, "/amendments/:amendment/approve", w.approveAmendment)
}

// amendBody asks for a further relay, or for a higher rate.
type amendBody struct {
	Path, URL string
	Why       string // why the reader cannot ask here
	Relays    []views.Option
	Code      codeField
}

func (v *visit) amendPage() (views.Page, error) {
	c, err := v.campaign()
	if err != nil {
		return views.Page{}, err
	}
	by := v.actor()
	by.SteppedUp = true // the page asks for the code
	b := amendBody{Path: campaignURL(c.ID) + "/amend", URL: campaignURL(c.ID), Why: whyNoStep(access.Amend.Allow(by), c.Allows(campaign.Amending))}
	b.Relays = []views.Option{{Text: phrase.Say("relay_no_other", nil), Chosen: true}}
	all, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
	if err != nil {
		return views.Page{}, err
	}
	has := map[id.Relay]bool{}
	for _, no := range c.Relays() {
		has[no] = true
	}
	for _, r := range all {
		if !has[r.ID] && r.State != relay.Quarantined {
			b.Relays = append(b.Relays, views.Option{Value: r.ID.String(), Text: r.Name + ": " + r.Host})
		}
	}
	if b.Code, err = v.codeField(); err != nil {
		return views.Page{}, err
	}
	return v.campaignPage(c, phrase.Say("amend_title", map[string]any{"name": c.Settings.Name}), b)
}

func (w *site) showAmend(v *visit) error {
	p, err := v.amendPage()
	if err != nil {
		return err
	}
	return v.show("amend", p)
}

// amend asks legal for more than the plan.
func (w *site) amend(v *visit) error {
	v.refused(onScreen("amend", (*visit).amendPage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	wider := campaign.Wider{Reason: v.field("reason")}
	read := func() error {
		if r, err := id.ParseRelay(v.field("relays")); err == nil {
			wider.Relays = []id.Relay{r}
		}
		if text := v.field("max_rate"); text != "" {
			rate, err := strconv.ParseFloat(plainNumber(text), 64)
			if err != nil {
				return fault.Wrong("max_rate", "number_expected", fault.Values{"name": "max_rate"})
			}
			wider.MaxRate = &rate
		}
		return nil
	}
	return v.deciding(read, func() error {
		if _, err := w.Amendments.Propose(v.UserContext(), v.actor(), no, wider); err != nil {
			return err
		}
		return v.to(campaignURL(no))
	})
}

// amendmentBody is an amendment as legal decides on it.
type amendmentBody struct {
	Path, URL string
	Hash      canon.Hash
	Answers   []answer
	Why       string // why the reader cannot decide here
	Code      codeField
}

func (v *visit) approveAmendmentPage() (views.Page, error) {
	no, err := id.ParseAmendment(v.Params("amendment"))
	if err != nil {
		return views.Page{}, err
	}
	a, err := v.Amendments.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	c, err := v.Campaigns.Get(v.UserContext(), v.actor(), a.Campaign)
	if err != nil {
		return views.Page{}, err
	}
	b := amendmentBody{Path: amendmentURL(a.ID), URL: campaignURL(c.ID), Hash: a.Hash}
	if b.Answers, err = v.amendmentAnswers(c, a); err != nil {
		return views.Page{}, err
	}
	rule := func(p access.People, by id.User) error {
		p.Builders = append(p.Builders, a.MadeBy)
		return p.MayWiden(by)
	}
	if b.Why, err = v.whyNot(c, access.DecidePlan, rule); err != nil {
		return views.Page{}, err
	}
	if b.Why == "" && a.State() != campaign.AmendmentProposed {
		b.Why = phrase.Say("amendment_is_"+string(a.State()), nil)
	}
	if b.Why == "" {
		b.Why = whyNoStep(nil, c.Allows(campaign.Amending))
	}
	if b.Code, err = v.codeField(); err != nil {
		return views.Page{}, err
	}
	return v.campaignPage(c, phrase.Say("amendment_title", map[string]any{"name": c.Settings.Name}), b)
}

func amendmentURL(no id.Amendment) string { return "/amendments/" + no.String() + "/approve" }

// amendmentAnswers say what an amendment adds, who asks for it and why.
func (v *visit) amendmentAnswers(c campaign.Campaign, a campaign.Amendment) ([]answer, error) {
	all, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
	if err != nil {
		return nil, err
	}
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	var out []answer
	for _, r := range a.Relays {
		one := named(all, func(known relay.Relay) bool { return known.ID == r.ID })
		place := []string{r.Host + ":" + strconv.Itoa(r.Port), phrase.Say("tls_"+r.TLS, nil)}
		out = append(out, answer{Name: phrase.Say("amendment_relay", nil), Text: one.Name, More: strings.Join(place, ", ")})
	}
	if a.MaxRatePerSecond != nil {
		out = append(out, answer{Name: phrase.Say("amendment_rate", nil), Text: phrase.Say("answer_pace_text", map[string]any{"rate": *a.MaxRatePerSecond}),
			More: phrase.Say("amendment_rate_more", map[string]any{"rate": c.Rate()})})
	}
	return append(out, answer{Name: phrase.Say("amendment_why", nil), Text: a.Reason, More: phrase.Say("amendment_by", map[string]any{"who": names.of(a.MadeBy), "time": v.when(a.MadeAt).Text})}), nil
}

func (w *site) showApproveAmendment(v *visit) error {
	p, err := v.approveAmendmentPage()
	if err != nil {
		return err
	}
	return v.show("approve-amendment", p)
}

// approveAmendment signs exactly the amendment that the page showed.
func (w *site) approveAmendment(v *visit) error {
	v.refused(onScreen("approve-amendment", (*visit).approveAmendmentPage))
	no, err := id.ParseAmendment(v.Params("amendment"))
	if err != nil {
		return err
	}
	var seen canon.Hash
	read := func() error {
		if err := seen.UnmarshalText([]byte(v.field("sha256"))); err != nil || seen.IsZero() {
			return fault.New(fault.Mismatch, "other_amendment", nil)
		}
		return nil
	}
	return v.deciding(read, func() error {
		a, err := w.Amendments.Approve(v.UserContext(), v.actor(), no, seen, v.field("comment"))
		if err != nil {
			return err
		}
		return v.to(campaignURL(a.Campaign))
	})
}

// asked gives the newest amendment that waits for legal; nil where none does.
func (v *visit) asked(c campaign.Campaign) (*views.Link, error) {
	if c.State != campaign.Paused {
		return nil, nil
	}
	all, err := v.Amendments.List(v.UserContext(), v.actor(), c.ID)
	if err != nil || len(all) == 0 || all[0].State() != campaign.AmendmentProposed {
		return nil, err
	}
	return &views.Link{Text: phrase.Say("amendment_see", nil), URL: amendmentURL(all[0].ID)}, nil
}
