package web

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// flagsBody are people who should be looked at before they are told.
type flagsBody struct {
	Path   string
	Check  string // how far their domains were checked, where it is not done
	Flags  []flagRow
	Chosen string // the flag whose people are shown, in words
	People []personRow
	Pages  views.Pages
}

type flagRow struct {
	Word, Means, URL string
	People           int
	Current          bool
}

func flagsURL(no id.Incident) string { return incidentURL(no) + "/flags" }

func flagWord(f string) string { return phrase.Say("flag_"+f, nil) }

func (w *site) showFlags(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	bar, _, err := v.bar(no, partLists)
	if err != nil {
		return err
	}
	counts, err := w.Cohorts.Flagged(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	b := flagsBody{Path: flagsURL(no)}
	if b.Check, err = v.domainsSaid(no); err != nil {
		return err
	}
	asked := v.Query("flag")
	for _, f := range intake.Flags {
		name := string(f)
		if counts[name] == 0 {
			continue
		}
		b.Flags = append(b.Flags, flagRow{Word: flagWord(name), Means: phrase.Say("flag_means_"+name, nil), URL: b.Path + "?flag=" + name, People: counts[name], Current: name == asked})
		if name == asked {
			b.Chosen = flagWord(name)
		}
	}
	if b.Chosen != "" {
		if err := v.flagged(&b, no, asked); err != nil {
			return err
		}
	}
	back := &views.Link{Text: phrase.Say("lists_title", nil), URL: incidentURL(no) + "/lists"}
	return v.show("flags", views.Page{Title: phrase.Say("flags_title", nil), Bar: bar, Back: back, Body: b})
}

// flagged adds a page of the people of a flag, masked.
func (v *visit) flagged(b *flagsBody, no id.Incident, flag string) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	people, err := v.Cohorts.Recipients(v.UserContext(), v.actor(), no, cohort.Filter{Where: []filter.Equal{{Column: "flag", Value: []string{flag}}}, After: after, Limit: pageLength + 1})
	if err != nil {
		return err
	}
	people, b.Pages = paged(v, people, func(r cohort.Recipient) int64 { return r.ID.No })
	for _, r := range people {
		b.People = append(b.People, personOf(r))
	}
	return nil
}

// Domains tells how far the domains of an incident were checked.
type Domains interface {
	Check(ctx context.Context, by access.Actor, incident id.Incident) (intake.DomainCheck, error)
}

// domainsSaid is a sentence where domains are not all checked.
func (v *visit) domainsSaid(no id.Incident) (string, error) {
	c, err := v.Domains.Check(v.UserContext(), v.actor(), no)
	if err != nil || c.State == intake.DomainsNone || c.State == intake.DomainsChecked {
		return "", err
	}
	return phrase.Say("domains_"+string(c.State), map[string]any{"n": c.Open}), nil
}

// flagsLink leads to who should be looked at, where there is anybody or domains
// could not be checked.
func (v *visit) flagsLink(no id.Incident) (*views.Link, error) {
	counts, err := v.Cohorts.Flagged(v.UserContext(), v.actor(), no)
	if err != nil {
		return nil, err
	}
	check, err := v.Domains.Check(v.UserContext(), v.actor(), no)
	if err != nil || len(counts) == 0 && check.State != intake.DomainsOpen {
		return nil, err
	}
	return &views.Link{Text: phrase.Say("flags_link", nil), URL: flagsURL(no)}, nil
}
