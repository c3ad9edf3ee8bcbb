package web

import (
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// factEvents are the dates that the form asks for; others are kept as they are.
var factEvents = []string{"discovery", "awareness", "determination", "confirmation"}

// factTexts are the sentences that notices quote most.
var factTexts = []string{"incident.cause", "incident.measures", "advice.steps"}

type factsBody struct {
	Path    string
	Facts   incident.Facts
	Version int
	Events  []factField
	Texts   []factField
	Fresh   bool
	MayEdit bool
}

type factField struct{ Name, Code, Value string }

func factsBodyOf(path string, f incident.Facts, version int) factsBody {
	b := factsBody{Path: path, Facts: f, Version: version}
	for _, name := range factEvents {
		b.Events = append(b.Events, factField{"events." + name, "event_" + name, f.Events[name]})
	}
	for _, name := range factTexts {
		b.Texts = append(b.Texts, factField{"texts." + name, "label_" + name, f.Texts[name]})
	}
	return b
}

func (w *site) newIncident(v *visit) error {
	if err := access.EditIncident.Allow(v.actor()); err != nil {
		return err
	}
	return v.show("facts", v.newIncidentPage())
}

func (v *visit) newIncidentPage() views.Page {
	b := factsBodyOf("/incidents/new", incident.Facts{}, 0)
	b.Fresh, b.MayEdit = true, true
	return views.Page{Title: phrase.Say("incident_new_title", nil), Back: &views.Link{Text: phrase.Say("home_title", nil), URL: "/"}, Body: b}
}

func (w *site) openIncident(v *visit) error {
	v.refused(func(v *visit, err error) error { return v.showAgain("facts", v.newIncidentPage(), err) })
	i, err := w.Incidents.Open(v.UserContext(), v.actor(), v.facts(incident.Facts{}))
	if err != nil {
		return err
	}
	return v.to(incidentURL(i.ID))
}

// facts reads the form over what was known.
func (v *visit) facts(f incident.Facts) incident.Facts {
	f.Name, f.Summary = v.field("name"), v.field("summary")
	f.DataTypes = lines(v.field("data_types"))
	f.Events = v.over(f.Events, "events.", factEvents)
	f.Texts = v.over(f.Texts, "texts.", factTexts)
	return f
}

// over gives a map with the named fields of the form; an empty one is taken out.
func (v *visit) over(before map[string]string, prefix string, names []string) map[string]string {
	out := map[string]string{}
	for name, value := range before {
		out[name] = value
	}
	for _, name := range names {
		if text := v.field(prefix + name); text != "" {
			out[name] = text
		} else {
			delete(out, name)
		}
	}
	return out
}

// lines gives the lines of a text that hold something.
func lines(text string) []string {
	all := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func (w *site) showFacts(v *visit) error {
	p, err := v.factsPage()
	if err != nil {
		return err
	}
	return v.show("facts", p)
}

func (v *visit) factsPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	i, err := v.Incidents.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	bar, _, err := v.bar(no, partOverview)
	if err != nil {
		return views.Page{}, err
	}
	bar.Large = false
	b := factsBodyOf(incidentURL(no)+"/facts", i.Facts, i.Version)
	b.MayEdit = mayBy(access.EditIncident, v) && i.State == incident.Open
	return views.Page{Title: phrase.Say("facts_title", nil), Bar: bar, Back: &views.Link{Text: i.Facts.Name, URL: incidentURL(no)}, Body: b}, nil
}

func (w *site) changeFacts(v *visit) error {
	v.refused(onScreen("facts", (*visit).factsPage))
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	seen, err := v.seen()
	if err != nil {
		return err
	}
	if _, err := w.Incidents.Change(v.UserContext(), v.actor(), no, seen, v.facts); err != nil {
		return err
	}
	return v.to(incidentURL(no))
}
