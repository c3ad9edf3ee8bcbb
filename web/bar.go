package web

import (
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// part names a tab of the incident bar.
type part string

const (
	partOverview  part = ""
	partClock     part = "clock"
	partLists     part = "lists"
	partCohorts   part = "cohorts"
	partNotices   part = "notices"
	partCampaigns part = "campaigns"
)

func incidentURL(no id.Incident) string { return "/incidents/" + no.String() }

// bar shows an incident's parts above a page that belongs to it.
func (v *visit) bar(no id.Incident, current part) (*views.Bar, overview.Standing, error) {
	s, err := v.standing(no)
	if err != nil {
		return nil, s, err
	}
	clock, err := v.clockState(no)
	if err != nil {
		return nil, s, err
	}
	return barOf(s, clock, current, len(s.Needs(v.actor()))), s, nil
}

// standing reads where an incident stands, once a visit.
func (v *visit) standing(no id.Incident) (overview.Standing, error) {
	if v.stands.Incident == no {
		return v.stands, nil
	}
	s, err := v.Overview.Standing(v.UserContext(), v.actor(), no)
	if err == nil {
		v.stands = s
	}
	return s, err
}

func barOf(s overview.Standing, clock views.Said, current part, needs int) *views.Bar {
	b := &views.Bar{Name: s.Name, URL: incidentURL(s.Incident), Large: current == partOverview}
	if needs > 0 {
		b.Needs = phrase.Say("bar_needs", map[string]any{"count": needs})
	}
	for _, t := range []struct {
		part  part
		state views.Said
	}{{partOverview, needsState(needs)}, {partClock, clock}, {partLists, listsState(s)}, {partCohorts, cohortsState(s)}, {partNotices, noticesState(s)}, {partCampaigns, campaignsState(s)}} {
		url := b.URL
		name := "overview"
		if t.part != partOverview {
			url, name = url+"/"+string(t.part), string(t.part)
		}
		tab := views.Tab{Text: phrase.Say("bar_"+name, nil), URL: url, Current: t.part == current, State: t.state}
		if tab.Current {
			b.Current = tab
		}
		b.Tabs = append(b.Tabs, tab)
	}
	return b
}

func state(tone, icon, code string, count int) views.Said {
	return views.Said{Tone: tone, Icon: icon, Word: phrase.Say(code, map[string]any{"count": count})}
}

func needsState(needs int) views.Said {
	if needs == 0 {
		return state("idle", "ring", "bar_nothing", 0)
	}
	return state("warn", "warning", "bar_needs", needs)
}

// listsState tells the most pressing thing about lists.
func listsState(s overview.Standing) views.Said {
	switch awaiting, running := overview.Count(s.Lists, isList(intake.Awaiting)), overview.Count(s.Lists, isList(intake.Importing)); {
	case awaiting > 0:
		return state("warn", "diamond", "bar_lists_wait", awaiting)
	case running > 0:
		return state("info", "half", "bar_lists_run", running)
	case s.People > 0:
		return views.Said{Tone: "ok", Icon: "check", Word: phrase.Say("bar_people", map[string]any{"count": s.People})}
	}
	return state("idle", "ring", "bar_none", 0)
}

func cohortsState(s overview.Standing) views.Said {
	frozen := overview.Count(s.Cohorts, func(c overview.Cohort) bool { return c.State == cohort.Frozen })
	switch {
	case len(s.Cohorts) == 0:
		return state("idle", "ring", "bar_none", 0)
	case frozen < len(s.Cohorts):
		return state("info", "half", "bar_cohorts_draft", len(s.Cohorts)-frozen)
	}
	if s.Newcomers > 0 {
		return state("warn", "half", "bar_cohorts_newcomers", int(s.Newcomers))
	}
	return state("ok", "check", "bar_cohorts_frozen", frozen)
}

func noticesState(s overview.Standing) views.Said {
	is := func(state notice.State) int {
		return overview.Count(s.Notices, func(n overview.Notice) bool { return n.State == state })
	}
	switch {
	case len(s.Notices) == 0:
		return state("idle", "ring", "bar_none", 0)
	case is(notice.InReview) > 0:
		return state("info", "half", "bar_notices_review", is(notice.InReview))
	case is(notice.Approved) == len(s.Notices):
		return state("ok", "check", "bar_notices_approved", len(s.Notices))
	}
	return state("idle", "ring", "bar_notices_draft", len(s.Notices)-is(notice.Approved))
}

func campaignsState(s overview.Standing) views.Said {
	is := func(state campaign.State) int {
		return overview.Count(s.Campaigns, func(c overview.Campaign) bool { return c.State == state })
	}
	for _, t := range []struct {
		state      campaign.State
		tone, icon string
	}{{campaign.Paused, "warn", "pause"}, {campaign.Sending, "info", "play"}, {campaign.Ready, "info", "quarter"}, {campaign.Approved, "ok", "check"}} {
		if n := is(t.state); n > 0 {
			return state(t.tone, t.icon, "bar_campaigns_"+string(t.state), n)
		}
	}
	ended := is(campaign.Complete) + is(campaign.ClosedEarly)
	switch {
	case len(s.Campaigns) == 0:
		return state("idle", "ring", "bar_none", 0)
	case ended == len(s.Campaigns):
		return state("ok", "check", "bar_campaigns_complete", ended)
	}
	return state("idle", "ring", "bar_campaigns_open", len(s.Campaigns)-ended)
}

func isList(state intake.State) func(overview.List) bool {
	return func(l overview.List) bool { return l.State == state }
}
