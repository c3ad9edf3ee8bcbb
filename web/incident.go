package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/ledger"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Incidents opens incidents and keeps their facts.
type Incidents interface {
	Open(ctx context.Context, by access.Actor, f incident.Facts) (incident.Incident, error)
	Get(ctx context.Context, by access.Actor, no id.Incident) (incident.Incident, error)
	Change(ctx context.Context, by access.Actor, no id.Incident, seen int, edit func(incident.Facts) incident.Facts) (incident.Incident, error)
}

func (w *site) incidentRoutes(app *fiber.App) {
	w.get(app, "/incidents/new", w.newIncident)
	w.post(app, "/incidents/new", w.openIncident)
	w.get(app, "/incidents/:incident", w.showIncident)
	w.get(app, "/incidents/:incident/facts", w.showFacts)
	w.post(app, "/incidents/:incident/facts", w.changeFacts)
}

type incidentBody struct {
	Needs    []needCard
	Tasks    []taskRow
	Timeline []happening
	Older    string
	Closed   bool
}

// taskRow is a step of answering an incident.
type taskRow struct {
	No         int
	Name, URL  string
	Text       string
	State      views.Said
	Done, Next bool
}

// happening is an entry of the timeline.
type happening struct {
	At        views.When
	Who, What string
}

const timelineLength = 20

func (w *site) showIncident(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	bar, s, err := v.bar(no, partOverview)
	if err != nil {
		return err
	}
	b := incidentBody{Tasks: taskRows(s), Closed: s.State == incident.Closed}
	if b.Needs, err = v.needCards(s); err != nil {
		return err
	}
	if b.Timeline, b.Older, err = v.timeline(s); err != nil {
		return err
	}
	return v.show("incident", views.Page{Title: s.Name, Bar: bar, Body: b})
}

// timeline says what happened, the newest first.
func (v *visit) timeline(s overview.Standing) ([]happening, string, error) {
	var before ledger.EntryID
	if text := v.Query("before"); text != "" && before.UnmarshalText([]byte(text)) != nil {
		return nil, "", errMissing
	}
	entries, err := v.Overview.Timeline(v.UserContext(), v.actor(), s.Incident, before, timelineLength+1)
	if err != nil {
		return nil, "", err
	}
	names, err := v.people()
	if err != nil {
		return nil, "", err
	}
	older := ""
	if len(entries) > timelineLength {
		entries = entries[:timelineLength]
		older = incidentURL(s.Incident) + "?before=" + entries[timelineLength-1].ID.String() + "#timeline"
	}
	objects := objectNames(s)
	var all []happening
	for _, e := range entries {
		name := objects[e.Object]
		if name == "" {
			name = e.Object
		}
		all = append(all, happening{At: v.when(e.At), Who: names.actor(e.Actor), What: phrase.Say("did_"+string(e.Verb), map[string]any{"name": name})})
	}
	return all, older, nil
}

// objectNames gives the names of what entries are about.
func objectNames(s overview.Standing) map[string]string {
	all := map[string]string{s.Incident.String(): s.Name}
	for _, l := range s.Lists {
		all[l.ID.String()] = l.Name
	}
	for _, c := range s.Cohorts {
		all[c.ID.String()] = c.Name
	}
	for _, n := range s.Notices {
		all[n.ID.String()] = n.Name
		all[n.Version.String()] = n.Name + " v" + strconv.Itoa(n.No)
	}
	for _, c := range s.Campaigns {
		all[c.ID.String()] = c.Name
	}
	return all
}

// taskRows says each step of answering an incident, with what it holds.
func taskRows(s overview.Standing) []taskRow {
	url := incidentURL(s.Incident)
	urls := map[overview.Part]string{overview.Facts: url + "/facts", overview.Lists: url + "/lists", overview.Cohorts: url + "/cohorts",
		overview.Notices: url + "/notices", overview.Plan: url + "/campaigns", overview.Send: url + "/campaigns", overview.Evidence: url + "/campaigns"}
	var all []taskRow
	next := false
	for i, t := range s.Tasks() {
		row := taskRow{No: i + 1, Name: phrase.Say("task_"+string(t.Part), nil), URL: urls[t.Part], Text: taskText(s, t.Part),
			State: said("progress", progressLooks, t.Progress), Done: t.Progress == overview.Done}
		if t.Progress == overview.NotYet {
			row.URL = ""
		}
		if !next && !row.Done && row.URL != "" {
			row.Next, next = true, true
		}
		all = append(all, row)
	}
	return all
}

func taskText(s overview.Standing, p overview.Part) string {
	switch p {
	case overview.Facts:
		return factsText(s)
	case overview.Lists:
		return phrase.Say("task_lists_text", map[string]any{"lists": len(s.Lists), "people": s.People})
	case overview.Cohorts:
		return equation(s)
	case overview.Notices:
		return joinedStates(s.Notices, func(n overview.Notice) (string, string) {
			return n.Name, phrase.Say("state_version_"+string(n.State), nil)
		})
	case overview.Plan, overview.Send:
		return joinedStates(s.Campaigns, func(c overview.Campaign) (string, string) {
			return c.Name, phrase.Say("state_campaign_"+string(c.State), nil)
		})
	}
	return phrase.Say("task_evidence_text", nil)
}

func factsText(s overview.Standing) string {
	if found := s.Events["discovery"]; found != "" {
		return phrase.Say("task_facts_text", map[string]any{"date": found})
	}
	return phrase.Say("task_facts_none", nil)
}

// equation says how the frozen cohorts add up.
func equation(s overview.Standing) string {
	var parts []string
	total := int64(0)
	for _, c := range s.Cohorts {
		if c.Size > 0 {
			parts = append(parts, phrase.Say("term", map[string]any{"n": c.Size, "name": c.Name}))
			total += c.Size
		}
	}
	if len(parts) == 0 {
		return phrase.Say("task_cohorts_none", nil)
	}
	return phrase.Say("equation", map[string]any{"total": total, "terms": strings.Join(parts, " + ")})
}

func joinedStates[T any](all []T, of func(T) (name, state string)) string {
	if len(all) == 0 {
		return phrase.Say("bar_none", nil)
	}
	var parts []string
	for i, v := range all {
		if i == 3 {
			parts = append(parts, "…")
			break
		}
		name, state := of(v)
		parts = append(parts, phrase.Say("name_state", map[string]any{"name": name, "state": state}))
	}
	return strings.Join(parts, "; ")
}
