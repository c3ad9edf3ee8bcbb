package web

import (
	"context"
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Readers are the people whom a text can be previewed for, masked.
type Readers interface {
	Recipients(ctx context.Context, by access.Actor, incident id.Incident, f cohort.Filter) ([]cohort.Recipient, error)
	Recipient(ctx context.Context, by access.Actor, no id.Recipient) (cohort.Recipient, error)
}

// mostReaders is how many people a preview lists to choose from. Everybody else is
// named, or led to from their own page.
const mostReaders = 25

// readers gives some people of an incident who have an address, and the one who
// was chosen, whoever that is. Nobody of another incident is among them.
func (v *visit) readers(in id.Incident, chosen id.Recipient) ([]cohort.Recipient, error) {
	people, err := v.Readers.Recipients(v.UserContext(), v.actor(), in, cohort.Filter{Limit: mostReaders})
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p cohort.Recipient) bool { return p.Masked == "" })
	listed := slices.ContainsFunc(people, func(p cohort.Recipient) bool { return p.ID == chosen })
	if listed || chosen.No == 0 || chosen.Parent != int64(in) {
		return people, nil
	}
	one, err := v.Readers.Recipient(v.UserContext(), v.actor(), chosen)
	return append([]cohort.Recipient{one}, people...), err
}

// readerName says which person it is without saying who.
func readerName(p cohort.Recipient) string {
	about := p.Jurisdictions
	if p.Locale != "" {
		about = append(append([]string{}, about...), p.Locale)
	}
	if len(about) == 0 {
		return masked(p)
	}
	return phrase.Say("reader_name", map[string]any{"address": masked(p), "about": strings.Join(about, ", ")})
}

// chooseReader shows a version as somebody gets it whom the form names. What was
// typed stays in the body of the form: the address that follows has an id.
func (w *site) chooseReader(v *visit) error {
	o, err := v.version()
	if err != nil {
		return err
	}
	v.refused(func(v *visit, err error) error { return v.versionAgain(o.ID, err) })
	person, err := v.namedReader(o.Incident)
	if err != nil {
		return err
	}
	return v.to(versionURL(o.ID) + v.shownFor(person))
}

// shownFor gives the address of the preview of the form, for one person.
func (v *visit) shownFor(person id.Recipient) string {
	q := v.chosen()
	q.Set("recipient", person.String())
	return "?" + q.Encode() + "#preview"
}

// namedReader finds whom a form names, by the number of a report or by address.
func (v *visit) namedReader(in id.Incident) (id.Recipient, error) {
	no, err := id.ParseRecipient(v.field("person"))
	if err != nil {
		return v.Lookup.FindIn(v.UserContext(), v.actor(), in, v.field("person"))
	}
	if no.Parent != int64(in) {
		return no, fault.Wrong("person", "recipient_of_another_incident", nil)
	}
	if _, err = v.Readers.Recipient(v.UserContext(), v.actor(), no); fault.KindOf(err) == fault.NotFound {
		err = fault.Wrong("person", "no_such_recipient", nil)
	}
	return no, err
}

// readingURL leads to the preview of a version for one person.
func readingURL(version id.Version, person id.Recipient) string {
	return versionURL(version) + "?recipient=" + person.String() + "#preview"
}

// readingRow is a text as one person would get it.
type readingRow struct {
	Text, URL string
	State     views.Said
}

// readings are the texts of the campaigns that tell a person. Where none does yet,
// planned is false and they are the newest of each notice.
func readings(r cohort.Recipient, s overview.Standing) (rows []readingRow, planned bool) {
	for _, c := range s.Telling(r.MemberOf...) {
		if c.Version != 0 {
			rows = append(rows, readingRow{c.Name, readingURL(c.Version, r.ID), saidCampaign(c.State)})
		}
	}
	if len(rows) > 0 {
		return rows, true
	}
	for _, n := range s.Notices {
		if n.Version != 0 {
			rows = append(rows, readingRow{n.Name + " " + versionName(n.No), readingURL(n.Version, r.ID), saidVersion(n.State)})
		}
	}
	return rows, false
}
