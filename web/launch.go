package web

import (
	"strconv"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) showLaunch(v *visit) error {
	p, err := v.launchPage()
	if err != nil {
		return err
	}
	return v.show("launch", p)
}

func (v *visit) launchPage() (views.Page, error) {
	c, p, err := v.decision("launch_title", sentTo)
	if err != nil {
		return p, err
	}
	b := p.Body.(planBody)
	b.Sentence = v.launchSentence(c, b)
	if b.Why, err = v.whyNoLaunch(c); err != nil {
		return p, err
	}
	p.Body = b
	return p, nil
}

// launchSentence says in one breath what the button does.
func (v *visit) launchSentence(c campaign.Campaign, b planBody) string {
	start := phrase.Say("launch_now", nil)
	if c.Settings.ScheduleAt != nil {
		start = phrase.Say("answer_start_at", map[string]any{"time": v.when(*c.Settings.ScheduleAt).Text})
	}
	ends := ""
	if c.Preflight.OK {
		ends = phrase.Say("launch_ends", map[string]any{"span": takes(c)})
	}
	return phrase.Say("launch_sentence", map[string]any{"text": b.Answers[1].Text, "count": b.ToSend, "relays": b.Answers[3].Text,
		"rate": c.Rate(), "start": start}) + ends
}

// whyNoLaunch says why the reader cannot launch here, and who can.
func (v *visit) whyNoLaunch(c campaign.Campaign) (string, error) {
	why, err := v.whyNot(c, access.Launch, access.People.MayLaunch)
	if err == nil && why == "" && c.State != campaign.Approved {
		why = sentence("launch_needs_approval", fault.Values{"state": phrase.Say("state_campaign_"+string(c.State), nil)})
	}
	return why, err
}

// launch starts what was approved, for exactly the number that was typed.
func (w *site) launch(v *visit) error {
	v.refused(func(v *visit, err error) error {
		if fault.Is(err, "launched_already") {
			return v.launchedBefore()
		}
		return onScreen("launch", (*visit).launchPage)(v, err)
	})
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	plan, err := v.planHash()
	if err != nil {
		return err
	}
	typed, err := v.count("confirm_recipients")
	if err != nil {
		return err
	}
	if err := v.stepUp(); err != nil {
		return err
	}
	if _, err := w.Plans.Launch(v.UserContext(), v.actor(), no, campaign.Launch{PlanHash: plan, Confirmed: typed}); err != nil {
		return err
	}
	return v.to(campaignURL(no))
}

// count reads a number that a person typed to confirm.
func (v *visit) count(name string) (int64, error) {
	if err := v.needs(name); err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(plainNumber(v.field(name)), ".", ""), 10, 64)
	if err != nil {
		return 0, fault.Wrong(name, "number_expected", fault.Values{"name": name})
	}
	return n, nil
}

// launchedBefore says who launched, and when, on the page of the campaign.
func (v *visit) launchedBefore() error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	names, err := v.people()
	if err != nil {
		return err
	}
	values := fault.Values{"who": names.of(c.LaunchedBy)}
	if c.LaunchedAt != nil {
		values["time"] = v.when(*c.LaunchedAt).Text
	}
	return backToCampaign(v, fault.New(fault.Conflict, "launched_before", values))
}
