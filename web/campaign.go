package web

import (
	"slices"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// campaignBody is the page of a campaign in any state.
type campaignBody struct {
	planBody
	Live     *liveBody
	Reason   string
	Actions  []action
	Waits    string // who has to act, where the reader cannot
	Timeline []happening
	Stream   string
	Reload   string
	Auto     bool
	Relays   []relayLine
	Failing  bool   // one of the relays, while the campaign sends
	Move     string // where it is moved to another relay
	Slow     string // the link to a lower rate
	Amend    string // where ops asks for more than the plan
	Asked    *views.Link
	Test     *views.Link
}

// action is something that the reader may do with a campaign. Primary is the
// page's one button.
type action struct {
	Text, URL string
	Primary   bool
	Danger    bool
}

// liveBody is how a send goes, free of role and zone: every reader of a
// campaign gets the same.
type liveBody struct {
	Sum     views.Sum
	AsOf    views.When
	Tiles   []tile
	Unclear int64
	Decide  string
}

type tile struct{ Name, Number, Unit, More string }

func (w *site) showCampaign(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	p, err := v.campaignOverview(c)
	if err != nil {
		return err
	}
	if v.Query("auto") != "" && moving(c.State) {
		v.Set("Refresh", "30")
	}
	return v.show("campaign", p)
}

// moving tells whether the figures of a campaign change by themselves.
func moving(s campaign.State) bool { return s == campaign.Sending || s == campaign.Scheduled }

// launched tells whether a campaign has figures at all.
func launched(s campaign.State) bool {
	switch s {
	case campaign.Draft, campaign.Preflighting, campaign.Ready, campaign.Approved:
		return false
	}
	return true
}

func (v *visit) campaignOverview(c campaign.Campaign) (views.Page, error) {
	b := campaignBody{Auto: v.Query("auto") != "" && moving(c.State), Reload: campaignURL(c.ID)}
	var err error
	if b.planBody, err = v.planBody(c); err != nil {
		return views.Page{}, err
	}
	if launched(c.State) {
		if b.Live, err = v.live(c.ID); err != nil {
			return views.Page{}, err
		}
	}
	if moving(c.State) {
		b.Stream = campaignURL(c.ID) + "/live"
	}
	if b.Reason, err = v.reason(c); err != nil {
		return views.Page{}, err
	}
	b.Actions, b.Waits = v.campaignActions(c, b.Live)
	if b.Relays, err = v.relayLines(c); err != nil {
		return views.Page{}, err
	}
	if moving(c.State) || c.State == campaign.Paused {
		b.Failing = slices.ContainsFunc(b.Relays, func(r relayLine) bool { return r.Fails })
		if mayBy(access.RunCampaign, v) {
			b.Slow = campaignURL(c.ID) + "/pace"
			if len(b.Relays) > 1 {
				b.Move = campaignURL(c.ID) + "/failover"
			}
		}
	}
	if b.Asked, err = v.asked(c); err != nil {
		return views.Page{}, err
	}
	if c.State == campaign.Paused && mayBy(access.Amend, v) {
		b.Amend = campaignURL(c.ID) + "/amend"
	}
	b.Test = v.testLink(c)
	p, err := v.campaignPage(c, c.Settings.Name, b)
	p.Back = &views.Link{Text: phrase.Say("campaigns_title", nil), URL: incidentURL(c.Incident) + "/campaigns"}
	return p, err
}

// live reads the figures of a send.
func (v *visit) live(no id.Campaign) (*liveBody, error) {
	c, f, err := v.Campaigns.Watch(v.UserContext(), v.actor(), no)
	if err != nil {
		return nil, err
	}
	b := liveOf(c, f)
	return &b, nil
}

func liveOf(c campaign.Campaign, f campaign.Figures) liveBody {
	b := liveBody{Sum: sum(c.ID, f.Counts), AsOf: whenUTC(f.At), Unclear: f.Counts[outcome.Indeterminate], Decide: campaignURL(c.ID) + "/exceptions"}
	accepted := f.Counts[outcome.Accepted] + f.Counts[outcome.Delivered] + f.Counts[outcome.Complained] + f.Counts[outcome.Bounced]
	all := total(f)
	b.Tiles = []tile{
		{Name: phrase.Say("tile_accepted", nil), Number: share(accepted, all), More: phrase.Say("tile_of", map[string]any{"part": accepted, "whole": all})},
		{Name: phrase.Say("tile_waiting", nil), Number: phrase.Say("number", map[string]any{"n": f.Waiting()}), More: phrase.Say("tile_waiting_more", map[string]any{
			"hand": f.Counts[outcome.Sending], "waiting": f.Counts[outcome.Pending] + f.Counts[outcome.Held], "off": f.Counts[outcome.Deferred]})},
	}
	if moving(c.State) {
		b.Tiles = append(b.Tiles, tile{Name: phrase.Say("tile_pace", nil), Number: phrase.Say("number", map[string]any{"n": int64(f.PerSecond)}),
			Unit: phrase.Say("tile_per_second", nil), More: phrase.Say("tile_limit", map[string]any{"rate": c.Rate()})})
	}
	if part := rampTile(c); part != nil {
		b.Tiles = append(b.Tiles, *part)
	}
	if at := f.Finish(c); at != nil {
		b.Tiles = append(b.Tiles, tile{Name: phrase.Say("tile_ends", nil), Number: at.Format("15:04"), Unit: "UTC",
			More: phrase.Say("tile_ends_more", map[string]any{"span": span(at.Sub(f.At))})})
	}
	return b
}

// rampTile says which part of the people is told, while a ramp runs.
func rampTile(c campaign.Campaign) *tile {
	parts := len(c.Settings.Ramp) + 1
	if parts == 1 || c.Ramp.Step+1 >= parts || !moving(c.State) {
		return nil
	}
	t := tile{Name: phrase.Say("tile_part", nil), Number: phrase.Say("tile_part_number", map[string]any{"part": c.Ramp.Step + 1, "parts": parts}),
		More: phrase.Say("tile_part_more", map[string]any{"size": rampText(c.Settings.Ramp[c.Ramp.Step:c.Ramp.Step+1], false)})}
	if c.Ramp.Until != nil {
		t.More = phrase.Say("tile_part_waits", map[string]any{"time": whenUTC(*c.Ramp.Until).Text})
	}
	return &t
}

// whenUTC shows an instant to readers of any zone.
func whenUTC(at time.Time) views.When {
	return views.When{ISO: at.UTC().Format(time.RFC3339), Text: at.UTC().Format("15:04:05 MST")}
}

// reason says why a campaign stands where it does.
func (v *visit) reason(c campaign.Campaign) (string, error) {
	if c.Reason == nil {
		return "", nil
	}
	if c.Reason.Code != "person" {
		said := map[string]any{"refused": c.Reason.Refused, "all": c.Reason.All, "domain": c.Reason.Text}
		if c.Reason.Relay != 0 {
			all, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
			said["relay"] = named(all, func(r relay.Relay) bool { return r.ID == c.Reason.Relay }).Name
			return phrase.Say(c.Reason.Code, said), err
		}
		return phrase.Say(c.Reason.Code, said), nil
	}
	names, err := v.people()
	return phrase.Say("reason_person", map[string]any{"who": names.actor(c.Reason.By), "text": c.Reason.Text}), err
}

// campaignActions are what the reader may do now, the next step first.
func (v *visit) campaignActions(c campaign.Campaign, live *liveBody) ([]action, string) {
	url := campaignURL(c.ID)
	do := func(code, path string, primary, danger bool) action {
		return action{Text: phrase.Say(code, map[string]any{"count": c.Preflight.Counts.ToSend}), URL: url + path, Primary: primary, Danger: danger}
	}
	runs, decides := mayBy(access.RunCampaign, v), mayBy(access.DecidePlan, v)
	switch {
	case c.State == campaign.Draft && runs:
		return []action{do("campaign_do_edit", "/edit", true, false)}, ""
	case c.State == campaign.Ready && decides:
		return []action{do("campaign_do_review", "/approve", true, false)}, ""
	case c.State == campaign.Approved && runs:
		return []action{do("campaign_do_launch", "/launch", true, false), do("campaign_do_edit", "/edit", false, false)}, ""
	case c.State == campaign.Sending && runs:
		return []action{do("campaign_do_pause", "/pause", true, false), do("campaign_do_abort", "/abort", false, true)}, ""
	case c.Resumable() && runs:
		return []action{do("campaign_do_resume", "/resume", true, false), do("campaign_do_abort", "/abort", false, true)}, ""
	case (c.State == campaign.Scheduled || c.State == campaign.Paused) && runs:
		return []action{do("campaign_do_abort", "/abort", false, true)}, ""
	case c.State.Over():
		actions := []action{do("campaign_do_evidence", "/evidence", true, false)}
		if c.Correctable() && mayBy(access.BuildCampaigns, v) {
			actions = append(actions, do("campaign_do_correct", "/correct", false, false))
		}
		return actions, ended(c, live)
	}
	return nil, waitsFor(c)
}

// waitsFor says who has to act.
func waitsFor(c campaign.Campaign) string {
	if phrase.Has("waits_" + string(c.State)) {
		return phrase.Say("waits_"+string(c.State), nil)
	}
	return ""
}

// ended says what the end of a campaign means.
func ended(c campaign.Campaign, live *liveBody) string {
	if c.State != campaign.Complete || live == nil {
		return ""
	}
	return phrase.Say("complete_sentence", map[string]any{"count": live.Sum.Total})
}
