package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Controls steers a campaign under way.
type Controls interface {
	Pause(ctx context.Context, by access.Actor, no id.Campaign, reason string) (campaign.Campaign, error)
	Resume(ctx context.Context, by access.Actor, no id.Campaign) (campaign.Campaign, error)
	Abort(ctx context.Context, by access.Actor, no id.Campaign, reason string) (campaign.Campaign, error)
	Failover(ctx context.Context, by access.Actor, no id.Campaign, m campaign.Move) (campaign.Campaign, error)
	Slow(ctx context.Context, by access.Actor, no id.Campaign, p campaign.Pace) (campaign.Campaign, error)
}

func (w *site) steerRoutes(app *fiber.App) {
	for _, verb := range []string{"pause", "resume", "abort"} {
		w.get(app, "/campaigns/:campaign/"+verb, func(v *visit) error { return v.showSteer(verb) })
	}
	w.get(app, "/campaigns/:campaign/failover", w.showFailover)
	w.post(app, "/campaigns/:campaign/failover", w.failOver)
	w.get(app, "/campaigns/:campaign/pace", w.showSlow)
	w.post(app, "/campaigns/:campaign/pace", w.slow)
	w.post(app, "/campaigns/:campaign/pause", func(v *visit) error { return v.steer("pause", w.Controls.Pause) })
	w.post(app, "/campaigns/:campaign/abort", func(v *visit) error { return v.steer("abort", w.Controls.Abort) })
	w.post(app, "/campaigns/:campaign/resume", func(v *visit) error {
		return v.steer("resume", func(ctx context.Context, by access.Actor, no id.Campaign, _ string) (campaign.Campaign, error) {
			return w.Controls.Resume(ctx, by, no)
		})
	})
}

// steerBody is the page of one verb: what it does, and for how many.
type steerBody struct {
	Path, URL, Verb string
	Sentence, Do    string
	Waiting         int64
	Why             string
	Reason, Count   bool // what the page asks for
	Danger          bool
	Code            *codeField
}

func (v *visit) steerPage(verb string) (views.Page, error) {
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return views.Page{}, err
	}
	c, f, err := v.Campaigns.Watch(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	waiting := waits(f)
	values := map[string]any{"count": waiting, "rest": total(f) - waiting, "name": c.Settings.Name}
	b := steerBody{Path: campaignURL(no) + "/" + verb, URL: campaignURL(no), Verb: verb, Waiting: waiting, Sentence: phrase.Say(verb+"_sentence", values),
		Do: phrase.Say(verb+"_do", values), Reason: verb != "resume", Count: verb == "abort", Danger: verb == "abort"}
	b.Why = whyNoStep(access.RunCampaign.Allow(v.actor()), c.Allows(campaign.Step(verb)))
	return v.campaignPage(c, phrase.Say(verb+"_title", values), b)
}

// whyNoStep says the first reason why something is not offered with a campaign.
func whyNoStep(refusals ...error) string {
	for _, err := range refusals {
		f, ok := fault.As(err)
		if !ok {
			continue
		}
		if state, ok := f.Values["state"].(string); ok {
			return phrase.Say("step_not_now", map[string]any{"state": phrase.Say("state_campaign_"+state, nil)})
		}
		return sentence(f.Code, f.Values)
	}
	return ""
}

// waits counts those who were not handed over and would not be after an abort.
func waits(f campaign.Figures) int64 {
	return f.Counts[outcome.Pending] + f.Counts[outcome.Held] + f.Counts[outcome.Deferred]
}

func total(f campaign.Figures) int64 {
	n := int64(0)
	for _, of := range f.Counts {
		n += of
	}
	return n
}

func (v *visit) showSteer(verb string) error {
	p, err := v.steerPage(verb)
	if err != nil {
		return err
	}
	return v.show("steer", p)
}

func (v *visit) steer(verb string, do func(context.Context, access.Actor, id.Campaign, string) (campaign.Campaign, error)) error {
	v.refused(onScreen("steer", func(v *visit) (views.Page, error) { return v.steerPage(verb) }))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	if verb == "abort" {
		if err := v.sureOf(no); err != nil {
			return err
		}
	}
	if _, err := do(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
		return err
	}
	return v.to(campaignURL(no))
}

// sureOf compares the number that was typed with those who would not be told.
// A send that goes on meanwhile lowers it: then the page shows the new one.
func (v *visit) sureOf(no id.Campaign) error {
	typed, err := v.count("confirm_recipients")
	if err != nil {
		return err
	}
	_, f, err := v.Campaigns.Watch(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	shown, err := v.count("shown")
	if err != nil || typed != shown || waits(f) > shown {
		return fault.Wrong("confirm_recipients", "abort_count", fault.Values{"typed": typed, "waiting": waits(f)})
	}
	return nil
}
