package web

import (
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/outcome"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// correctionBody is the way from a text that was wrong to the one in its place.
type correctionBody struct {
	Sum   views.Sum
	Tasks []taskRow
	Why   string // why there is nothing to correct
}

func (w *site) showCorrection(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	var b correctionBody
	if !c.Correctable() {
		b.Why = phrase.Say("correct_not_now", map[string]any{"state": phrase.Say("state_campaign_"+string(c.State), nil)})
	} else if b, err = v.correction(c); err != nil {
		return err
	}
	p, err := v.campaignPage(c, phrase.Say("correct_title", map[string]any{"name": c.Settings.Name}), b)
	if err != nil {
		return err
	}
	return v.show("correction", p)
}

// correction says who has the text, and how far each step is.
func (v *visit) correction(c campaign.Campaign) (b correctionBody, err error) {
	_, f, err := v.Campaigns.Watch(v.UserContext(), v.actor(), c.ID)
	if err != nil {
		return b, err
	}
	have := map[outcome.Status]int64{}
	for _, s := range outcome.TextOut {
		have[s] = f.Counts[s]
	}
	b.Sum = sum(c.ID, have)
	steps := []func(campaign.Campaign) (taskRow, error){v.correctedText, v.correctedPeople, v.correctedBy}
	for i, step := range steps {
		row, err := step(c)
		if err != nil {
			return b, err
		}
		row.No = i + 1
		row.Next = !row.Done && (i == 0 || b.Tasks[i-1].Done)
		b.Tasks = append(b.Tasks, row)
	}
	return b, nil
}

// stands is a step with how far it is.
func (r taskRow) stands(url, text string, p overview.Progress) taskRow {
	r.URL, r.Text, r.State, r.Done = url, text, said("progress", progressLooks, p), p == overview.Done
	return r
}

// correctedText is the first step: a newer text that legal approved.
func (v *visit) correctedText(c campaign.Campaign) (taskRow, error) {
	row := taskRow{Name: phrase.Say("correct_text", nil)}
	sent, err := v.Choices.Notices.Version(v.UserContext(), v.actor(), c.Settings.Version)
	if err != nil {
		return row, err
	}
	row = row.stands(noticeURL(sent.Notice), phrase.Say("correct_text_todo", map[string]any{"no": sent.No}), overview.ToDo)
	all, err := v.Choices.Notices.List(v.UserContext(), v.actor(), c.Incident, 0, mostChoices)
	n := named(all, func(n notice.Notice) bool { return n.ID == sent.Notice })
	for _, newer := range n.Versions {
		is := n.Name + " " + versionName(newer.No)
		switch {
		case newer.No <= sent.No || row.Done && newer.State != notice.Approved:
		case newer.State == notice.Approved:
			row = row.stands(row.URL, is, overview.Done)
		default:
			row = row.stands(row.URL, is, overview.Under)
		}
	}
	return row, err
}

// correctedPeople is the second: a frozen cohort of everybody who has the text.
func (v *visit) correctedPeople(c campaign.Campaign) (taskRow, error) {
	row := taskRow{Name: phrase.Say("correct_people", nil)}
	people, err := v.peopleWithText(c)
	switch {
	case people.ID == 0:
		row = row.stands(incidentURL(c.Incident)+"/cohorts/new?corrects="+c.ID.String(), phrase.Say("correct_people_todo", nil), overview.ToDo)
	case people.State == cohort.Frozen:
		row = row.stands(cohortURL(people.ID), people.Name, overview.Done)
	default:
		row = row.stands(cohortURL(people.ID), people.Name, overview.Under)
	}
	return row, err
}

// peopleWithText gives the newest cohort of everybody who has a campaign's text.
func (v *visit) peopleWithText(c campaign.Campaign) (found cohort.Cohort, err error) {
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), c.Incident, 0, mostChoices)
	for _, one := range all {
		if one.Corrects(c.ID) {
			found = one
		}
	}
	return found, err
}

// correctedBy is the last: the campaign that sends it.
func (v *visit) correctedBy(c campaign.Campaign) (taskRow, error) {
	row := taskRow{Name: phrase.Say("correct_send", nil)}
	row = row.stands(incidentURL(c.Incident)+"/campaigns/new?corrects="+c.ID.String(), phrase.Say("correct_send_todo", nil), overview.ToDo)
	all, err := v.corrections(c)
	for _, one := range all {
		how := overview.Under
		if one.Correctable() {
			how = overview.Done
		}
		row = row.stands(campaignURL(one.ID), phrase.Say("name_state", map[string]any{"name": one.Settings.Name, "state": phrase.Say("state_campaign_"+string(one.State), nil)}), how)
	}
	return row, err
}

// corrections are the campaigns that take the place of one.
func (v *visit) corrections(c campaign.Campaign) ([]campaign.Campaign, error) {
	return v.Campaigns.List(v.UserContext(), v.actor(), c.Incident, 0, mostChoices, filter.Equal{Column: "corrects", Value: int64(c.ID)})
}

// correctionAnswers name what a campaign corrects, and what corrects it.
func (v *visit) correctionAnswers(c campaign.Campaign) ([]answer, error) {
	var all []answer
	if no := c.Settings.Corrects; no != 0 {
		before, err := v.Campaigns.Get(v.UserContext(), v.actor(), no)
		if err != nil {
			return nil, err
		}
		all = append(all, answer{Name: phrase.Say("answer_corrects", nil), Text: before.Settings.Name, More: phrase.Say("answer_corrects_more", nil), URL: campaignURL(no), Link: phrase.Say("answer_corrects_link", nil)})
	}
	if !c.Correctable() {
		return all, nil
	}
	by, err := v.corrections(c)
	for _, one := range by {
		all = append(all, answer{Name: phrase.Say("answer_corrected", nil), Text: one.Settings.Name, More: phrase.Say("state_campaign_"+string(one.State), nil), URL: campaignURL(one.ID), Link: phrase.Say("answer_corrected_link", nil)})
	}
	return all, err
}

// correctionSketch begins the cohort of everybody who has a campaign's text.
func (v *visit) correctionSketch(s sketch, known cohort.Known) sketch {
	no, err := id.ParseCampaign(v.Query("corrects"))
	name, there := known.Campaigns[no]
	if err != nil || !there {
		return s
	}
	s.node = fromRule(cohort.WithTextOf(no))
	s.name, s.basis = phrase.Say("correct_cohort", map[string]any{"name": name}), no.String()
	return s
}

// correctionChoices offer what was sent and can be corrected.
func (v *visit) correctionChoices(no id.Incident, s campaign.Settings, b *campaignFormBody) error {
	all, err := v.Campaigns.List(v.UserContext(), v.actor(), no, 0, mostChoices)
	for _, c := range all {
		if c.Correctable() {
			b.Corrected = append(b.Corrected, views.Option{Value: c.ID.String(), Text: c.Settings.Name, Chosen: c.ID == s.Corrects})
		}
	}
	if len(b.Corrected) > 0 {
		none := views.Option{Text: phrase.Say("corrects_none", nil)}
		b.Corrected = append([]views.Option{none}, b.Corrected...)
	}
	return err
}

// correcting begins the settings of a campaign that corrects another: its cohort,
// where one is frozen.
func (v *visit) correcting(s campaign.Settings) (campaign.Settings, error) {
	no, err := id.ParseCampaign(v.Query("corrects"))
	if err != nil {
		return s, nil
	}
	c, err := v.Campaigns.Get(v.UserContext(), v.actor(), no)
	if f, ok := fault.As(err); ok && f.Kind == fault.NotFound {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.Corrects, s.Name = no, phrase.Say("correct_cohort", map[string]any{"name": c.Settings.Name})
	people, err := v.peopleWithText(c)
	s.Cohort = people.ID
	return s, err
}
