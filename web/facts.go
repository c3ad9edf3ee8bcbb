package web

import (
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/web/views"
)

// firstEvents are the dates that most clocks run from; the form asks for the
// others too, behind them. Dates of other names are kept as they are.
var firstEvents = []string{"discovery", "awareness", "determination", "confirmation"}

// reckonedTerms are no facts to be given: the product knows them by other means.
var reckonedTerms = []string{"calendar_year_end", "known", regime.ByEmail, "law_enforcement_delay"}

// askedTerms are the events or conditions that the form asks for: not what is
// known by other means, nor what the organisation says of itself.
func askedTerms(all, profiles []regime.Term) []regime.Term {
	return slices.DeleteFunc(all, func(t regime.Term) bool {
		return slices.Contains(reckonedTerms, t.ID) || slices.ContainsFunc(profiles, func(p regime.Term) bool { return p.ID == t.ID })
	})
}

// eventNames are the events of the rules, the usual ones first.
func eventNames(rules regime.Set) []string {
	all := slices.Clone(firstEvents)
	for _, t := range askedTerms(rules.Events(), nil) {
		if !slices.Contains(all, t.ID) {
			all = append(all, t.ID)
		}
	}
	return all
}

// factTexts are the sentences that notices quote most: they are asked for before
// any notice is written.
var factTexts = []string{"incident.cause", "incident.measures", "advice.steps"}

type factsBody struct {
	Path            string
	Facts           incident.Facts
	Version         int
	Events          []factField
	Later           []factField    // events that few rules need
	Known           []views.Option // conditions
	Until, Document string         // of a delay for law enforcement
	Texts           []factField
	Offer
	Languages []views.Option // that the facts may be written in
	Spoken    []spokenFacts  // what texts in further languages quote
	Fresh     bool
	MayEdit   bool
}

type factField struct{ Name, Label, Value string }

func factsBodyOf(path string, f incident.Facts, version int, rules regime.Set) factsBody {
	b := factsBody{Path: path, Facts: f, Version: version}
	for i, name := range eventNames(rules) {
		field := factField{"events." + name, eventName(name), f.Events[name]}
		if i < len(firstEvents) {
			b.Events = append(b.Events, field)
		} else {
			b.Later = append(b.Later, field)
		}
	}
	for _, t := range askedTerms(rules.Conditions(), rules.Profiles()) {
		b.Known = append(b.Known, views.Option{Value: t.ID, Text: t.Description, Chosen: slices.Contains(f.Conditions, t.ID)})
	}
	if f.Delay != nil {
		b.Until, b.Document = f.Delay.Until, f.Delay.Document
	}
	b.ask(factTexts, rules)
	b.Languages = languagesOf(f, nil)
	return b
}

func (w *site) newIncident(v *visit) error {
	if err := access.EditIncident.Allow(v.actor()); err != nil {
		return err
	}
	p, err := v.newIncidentPage()
	if err != nil {
		return err
	}
	return v.show("facts", p)
}

func (v *visit) newIncidentPage() (views.Page, error) {
	rules, err := v.Obligations.RuleSet(v.UserContext())
	b := factsBodyOf("/incidents/new", incident.Facts{}, 0, rules)
	b.Fresh, b.MayEdit = true, true
	return views.Page{Title: phrase.Say("incident_new_title", nil), Back: &views.Link{Text: phrase.Say("home_title", nil), URL: "/"}, Body: b}, err
}

func (w *site) openIncident(v *visit) error {
	v.refused(onScreen("facts", (*visit).newIncidentPage))
	rules, err := w.Obligations.RuleSet(v.UserContext())
	if err != nil {
		return err
	}
	i, err := w.Incidents.Open(v.UserContext(), v.actor(), v.facts(rules)(incident.Facts{}))
	if err != nil {
		return err
	}
	return v.to(incidentURL(i.ID))
}

// facts reads the form over what was known.
func (v *visit) facts(rules regime.Set) func(incident.Facts) incident.Facts {
	return func(f incident.Facts) incident.Facts {
		f.Name, f.Summary, f.Language = v.field("name"), v.field("summary"), v.field("language")
		f.DataTypes = lines(v.field("data_types"))
		f.Mailboxes = lines(v.field("mailbox_domains"))
		f.Events = v.over(f.Events, "events.", eventNames(rules))
		f = v.quotedFacts(f)
		f.Conditions = v.ticked(f.Conditions, "conditions", askedTerms(rules.Conditions(), rules.Profiles()))
		f.Delay = nil
		if d := (incident.Delay{Until: v.field("law_enforcement_delay.until"), Document: v.field("law_enforcement_delay.document")}); d != (incident.Delay{}) {
			f.Delay = &d
		}
		return f
	}
}

// ticked gives a list with what was ticked of the terms of a form; what the form
// did not ask for is kept.
func (v *visit) ticked(before []string, field string, asked []regime.Term) []string {
	out := []string{}
	for _, name := range before {
		if !slices.ContainsFunc(asked, func(t regime.Term) bool { return t.ID == name }) {
			out = append(out, name)
		}
	}
	for _, t := range asked {
		if slices.Contains(v.form[field], t.ID) {
			out = append(out, t.ID)
		}
	}
	return out
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
	rules, err := v.Obligations.RuleSet(v.UserContext())
	if err != nil {
		return views.Page{}, err
	}
	b := factsBodyOf(incidentURL(no)+"/facts", i.Facts, i.Version, rules)
	quoted, err := v.Quoting.Quoted(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	b.ask(slices.DeleteFunc(quoted.Facts(), func(key string) bool { return slices.Contains(factTexts, key) }), rules)
	b.Languages = languagesOf(i.Facts, quoted)
	b.speak(quoted, rules)
	b.MayEdit = mayBy(access.EditIncident, v) && i.State == incident.Open
	if b.MayEdit {
		b.offers(v.Query("words"))
	}
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
	rules, err := w.Obligations.RuleSet(v.UserContext())
	if err != nil {
		return err
	}
	if _, err := w.Incidents.Change(v.UserContext(), v.actor(), no, seen, v.facts(rules)); err != nil {
		return err
	}
	return v.to(incidentURL(no))
}
