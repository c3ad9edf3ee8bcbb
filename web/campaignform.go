package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/internal/sender"
	"forthwith/web/views"
)

// Choices are what a campaign is put together from.
type Choices struct {
	Cohorts interface {
		Get(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	}
	Notices interface {
		List(ctx context.Context, by access.Actor, incident id.Incident, after id.Notice, limit int) ([]notice.Notice, error)
		Version(ctx context.Context, by access.Actor, no id.Version) (notice.Version, error)
	}
	Senders interface {
		List(ctx context.Context, by access.Actor, after id.Sender, limit int) ([]sender.Sender, error)
		Keys(ctx context.Context, by access.Actor, no id.Sender) ([]sender.Key, error)
	}
	Relays interface {
		List(ctx context.Context, by access.Actor, after id.Relay, limit int, where ...filter.Equal) ([]relay.Relay, error)
	}
}

// mostChoices is how many of each the form offers.
const mostChoices = 200

// relayPlaces are the relays that the form takes, in order.
const relayPlaces = 3

const usualRate = "50"

type campaignFormBody struct {
	Path      string
	Version   int
	Settings  campaign.Settings
	Rate      string
	Start     string
	Hours     string
	Cohorts   []views.Option
	Versions  []views.Option
	Senders   []views.Option
	Relays    [][]views.Option
	Corrected []views.Option // campaigns that this one may correct
	Policies  []views.Option
	Pace      paceForm
	Missing   []string // what there is none of yet
}

func (w *site) newCampaign(v *visit) error {
	if err := access.BuildCampaigns.Allow(v.actor()); err != nil {
		return err
	}
	p, err := v.newCampaignPage()
	if err != nil {
		return err
	}
	return v.show("campaign-form", p)
}

func (v *visit) newCampaignPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	s := campaign.Settings{OnIndeterminate: campaign.Hold}
	if chosen, err := id.ParseCohort(v.Query("cohort")); err == nil {
		s.Cohort = chosen
	}
	s, err = v.correcting(s)
	if err != nil {
		return views.Page{}, err
	}
	b, err := v.campaignForm(no, s)
	b.Path = incidentURL(no) + "/campaigns/new"
	if err != nil {
		return views.Page{}, err
	}
	bar, _, err := v.bar(no, partCampaigns)
	back := &views.Link{Text: phrase.Say("campaigns_title", nil), URL: incidentURL(no) + "/campaigns"}
	return views.Page{Title: phrase.Say("campaign_new_title", nil), Bar: bar, Back: back, Body: b}, err
}

// makeCampaign saves the campaign and starts its checks.
func (w *site) makeCampaign(v *visit) error {
	v.refused(onScreen("campaign-form", (*visit).newCampaignPage))
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	s, err := v.settings(campaign.Settings{})
	if err != nil {
		return err
	}
	c, err := w.Campaigns.Create(v.UserContext(), v.actor(), no, s)
	if err != nil {
		return atPlaces(err)
	}
	return v.check(c.ID)
}

func (w *site) showCampaignForm(v *visit) error {
	p, err := v.editCampaignPage()
	if err != nil {
		return err
	}
	return v.show("campaign-form", p)
}

func (v *visit) editCampaignPage() (views.Page, error) {
	c, err := v.campaign()
	if err == nil {
		err = access.BuildCampaigns.Allow(v.actor())
	}
	if err != nil {
		return views.Page{}, err
	}
	b, err := v.campaignForm(c.Incident, c.Settings)
	if err != nil {
		return views.Page{}, err
	}
	b.Path, b.Version = campaignURL(c.ID)+"/edit", c.Version
	return v.campaignPage(c, phrase.Say("campaign_edit_title", map[string]any{"name": c.Settings.Name}), b)
}

func (w *site) editCampaign(v *visit) error {
	v.refused(onScreen("campaign-form", (*visit).editCampaignPage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	seen, err := v.seen()
	if err != nil {
		return err
	}
	s, err := v.settings(campaign.Settings{})
	if err != nil {
		return err
	}
	if _, err := w.Campaigns.Edit(v.UserContext(), v.actor(), no, seen, func(campaign.Settings) campaign.Settings { return s }); err != nil {
		return atPlaces(err)
	}
	return v.check(no)
}

// check starts the checks of a campaign, and leads to them.
func (v *visit) check(no id.Campaign) error {
	if _, err := v.Plans.StartPreflight(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to(campaignURL(no) + "/preflight")
}

// settings reads the form, and names every field that cannot be read.
func (v *visit) settings(s campaign.Settings) (campaign.Settings, error) {
	var wrong []fault.Field
	bad := func(name, code string) {
		wrong = append(wrong, fault.Field{Name: name, Code: code, Values: fault.Values{"name": name}})
	}
	s.Name, s.OnIndeterminate = v.field("name"), campaign.Policy(v.field("on_indeterminate"))
	s.Cohort, _ = id.ParseCohort(v.field("cohort_id"))
	s.Version, _ = id.ParseVersion(v.field("version_id"))
	s.Sender, _ = id.ParseSender(v.field("sender_id"))
	s.Corrects, _ = id.ParseCampaign(v.field("corrects"))
	for i := range relayPlaces {
		if no, err := id.ParseRelay(v.field(relayField(i))); err == nil {
			s.Relays = append(s.Relays, no)
		}
	}
	var err error
	if s.MaxRatePerSecond, err = strconv.ParseFloat(plainNumber(v.field("max_rate_per_second")), 64); err != nil {
		bad("max_rate_per_second", "number_expected")
	}
	if hours, err := strconv.Atoi(plainNumber(v.field("expire_hours"))); err != nil {
		bad("expire_hours", "number_expected")
	} else {
		s.ExpireAfter = time.Duration(hours) * time.Hour
	}
	if text := v.field("schedule_at"); text != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", text, v.zone())
		if err != nil {
			bad("schedule_at", "time_expected")
		}
		s.ScheduleAt = &at
	}
	v.readPace(&s, bad)
	return s, fault.Wrongs(wrong)
}

// atPlaces says of what is wrong which place of the form holds it, in hours where
// the form asks for hours.
func atPlaces(err error) error {
	f, ok := fault.As(err)
	if !ok {
		return err
	}
	out := *f
	out.Fields = nil
	for _, field := range f.Fields {
		if field.Name == "expire_after_seconds" {
			field = fault.Field{Name: "expire_hours", Code: field.Code, Values: fault.Values{"name": "expire_hours", "from": hours(field.Values["from"]), "to": hours(field.Values["to"])}}
		}
		out.Fields = append(out.Fields, atPace(field))
	}
	return &out
}

func hours(seconds any) any {
	if n, ok := seconds.(float64); ok {
		return n / time.Hour.Seconds()
	}
	return seconds
}

func relayField(i int) string {
	if i == 0 {
		return "relays"
	}
	return "relays." + strconv.Itoa(i+1)
}

// plainNumber drops the separators that people type: 4,812 and 4.812 and 4 812
// are the same count.
func plainNumber(text string) string {
	return strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "", "’", "", "'", "").Replace(text)
}

// campaignForm offers what can be chosen.
func (v *visit) campaignForm(no id.Incident, s campaign.Settings) (campaignFormBody, error) {
	b := campaignFormBody{Settings: s, Rate: usualRate, Hours: "48", Pace: paceFormOf(s)}
	b.Pace.Open = b.Pace.Open || v.typedPace()
	if s.MaxRatePerSecond > 0 {
		b.Rate = strconv.FormatFloat(s.MaxRatePerSecond, 'f', -1, 64)
	}
	if s.ExpireAfter > 0 {
		b.Hours = strconv.Itoa(int(s.ExpireAfter / time.Hour))
	}
	if s.ScheduleAt != nil {
		b.Start = s.ScheduleAt.In(v.zone()).Format("2006-01-02T15:04")
	}
	for _, p := range []campaign.Policy{campaign.Hold, campaign.ResendOnce} {
		b.Policies = append(b.Policies, views.Option{Value: string(p), Text: phrase.Say("policy_"+string(p), nil),
			Hint: phrase.Say("policy_"+string(p)+"_hint", nil), Chosen: s.OnIndeterminate == p})
	}
	for _, fill := range []func(id.Incident, campaign.Settings, *campaignFormBody) error{v.cohortChoices, v.versionChoices, v.senderChoices, v.relayChoices, v.correctionChoices} {
		if err := fill(no, s, &b); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (v *visit) cohortChoices(no id.Incident, s campaign.Settings, b *campaignFormBody) error {
	standing, err := v.standing(no)
	for _, c := range standing.Cohorts {
		if c.State == cohort.Frozen {
			b.Cohorts = append(b.Cohorts, views.Option{Value: c.ID.String(), Chosen: c.ID == s.Cohort,
				Text: phrase.Say("cohort_choice", map[string]any{"name": c.Name, "count": c.Size})})
		}
	}
	b.need(b.Cohorts, "no_frozen_cohort")
	return err
}

func (v *visit) versionChoices(no id.Incident, s campaign.Settings, b *campaignFormBody) error {
	all, err := v.Choices.Notices.List(v.UserContext(), v.actor(), no, 0, mostChoices)
	for _, n := range all {
		for i := len(n.Versions) - 1; i >= 0; i-- {
			if version := n.Versions[i]; version.State == notice.Approved {
				b.Versions = append(b.Versions, views.Option{Value: version.ID.String(), Chosen: version.ID == s.Version,
					Text: phrase.Say("version_choice", map[string]any{"name": n.Name, "no": version.No})})
			}
		}
	}
	b.need(b.Versions, "no_approved_version")
	return err
}

func (v *visit) senderChoices(_ id.Incident, s campaign.Settings, b *campaignFormBody) error {
	all, err := v.Choices.Senders.List(v.UserContext(), v.actor(), 0, mostChoices)
	for _, one := range all {
		b.Senders = append(b.Senders, views.Option{Value: one.ID.String(), Chosen: one.ID == s.Sender, Text: from(one.FromName, one.From)})
	}
	b.need(b.Senders, "no_sender")
	return err
}

// relayChoices offers each place every relay; all but the first may stay empty.
func (v *visit) relayChoices(_ id.Incident, s campaign.Settings, b *campaignFormBody) error {
	all, err := v.Choices.Relays.List(v.UserContext(), v.actor(), 0, mostChoices)
	for place := range min(relayPlaces, max(len(all), 1)) {
		var options []views.Option
		if place > 0 {
			options = append(options, views.Option{Text: phrase.Say("relay_no_other", nil)})
		}
		for _, r := range all {
			if r.State != relay.Quarantined {
				options = append(options, views.Option{Value: r.ID.String(), Chosen: place < len(s.Relays) && s.Relays[place] == r.ID,
					Text: phrase.Say("name_state", map[string]any{"name": r.Name, "state": r.Host})})
			}
		}
		b.Relays = append(b.Relays, options)
	}
	b.need(b.Relays[0], "no_relay")
	return err
}

func (b *campaignFormBody) need(options []views.Option, code string) {
	if len(options) == 0 {
		b.Missing = append(b.Missing, phrase.Say(code, nil))
	}
}

// from is a sender as a mail program shows it.
func from(name, address string) string { return name + " <" + address + ">" }
