package web

import (
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// differenceBody tells what a list says otherwise than an earlier one.
type differenceBody struct {
	URL, Path string
	Choice    []views.Option // lists to compare with
	Lead      string
	Sum       *views.Sum
	Columns   []columnDiffers
	Notes     []string
	Kinds     []peopleOfKind
}

type columnDiffers struct {
	Name   string
	People int64
}

// peopleOfKind are the first people of a kind, as links.
type peopleOfKind struct {
	Title string
	More  string
	First []views.Link
}

// comparable gives the other lists of the incident, the newest first.
func (v *visit) comparable(l intake.List) ([]intake.List, error) {
	all, err := v.Lists.List(v.UserContext(), v.actor(), l.Incident, 0, mostCompared)
	var others []intake.List
	for i := len(all) - 1; i >= 0; i-- {
		if o := all[i]; o.ID != l.ID && (o.State == intake.Imported || o.State == intake.Withdrawn) {
			others = append(others, o)
		}
	}
	return others, err
}

// mostCompared bounds how many lists a page offers to compare with.
const mostCompared = 500

func (w *site) showDifference(v *visit) error {
	l, err := v.list()
	if err != nil {
		return err
	}
	others, err := v.comparable(l)
	if err != nil {
		return err
	}
	bar, _, err := v.bar(l.Incident, partLists)
	if err != nil {
		return err
	}
	b := differenceBody{URL: listURL(l.ID), Path: listURL(l.ID) + "/diff"}
	asked := v.Query("against")
	for _, o := range others {
		b.Choice = append(b.Choice, views.Option{Value: o.ID.String(), Text: o.Name, Chosen: o.ID.String() == asked})
	}
	p := views.Page{Title: phrase.Say("diff_title", map[string]any{"name": l.Name}), Bar: bar, Back: &views.Link{Text: l.Name, URL: b.URL}}
	if asked != "" {
		err = v.compare(&b, l, asked)
	}
	if f, ok := fault.As(err); ok && len(f.Fields) > 0 {
		p.Body = b
		return v.showAgain("list-diff", p, err)
	}
	if err != nil {
		return err
	}
	p.Body = b
	return v.show("list-diff", p)
}

func (v *visit) compare(b *differenceBody, l intake.List, asked string) error {
	against, _ := id.ParseList(asked) // what is no id names no list
	d, err := v.Lists.Difference(v.UserContext(), v.actor(), l.ID, against)
	if err != nil {
		return err
	}
	return v.tellDifference(b, d)
}

func (v *visit) tellDifference(b *differenceBody, d intake.Difference) error {
	b.Lead = phrase.Say("diff_lead", map[string]any{"later": d.Later.Name, "earlier": d.Earlier.Name})
	sum := sumOf(phrase.Say("diff_people", nil), terms([]views.Term{{Status: "accepted", Word: "diff_same", Count: d.Same}, {Status: "deferred", Word: "diff_changed", Count: d.Changed.Count},
		{Status: "sending", Word: "diff_new", Count: d.New.Count}, {Status: "rejected", Word: "diff_gone", Count: d.Gone.Count, Hatched: true}}))
	b.Sum = &sum
	for _, c := range d.Columns {
		if c.People > 0 {
			b.Columns = append(b.Columns, columnDiffers{c.Name, c.People})
		}
	}
	for _, note := range []struct {
		code  string
		names []string
	}{{"diff_added", d.Added}, {"diff_dropped", d.Dropped}} {
		if len(note.names) > 0 {
			b.Notes = append(b.Notes, phrase.Say(note.code, map[string]any{"columns": strings.Join(note.names, ", ")}))
		}
	}
	if d.Nameless != [2]int64{} {
		b.Notes = append(b.Notes, phrase.Say("diff_nameless", map[string]any{"earlier": d.Nameless[0], "later": d.Nameless[1]}))
	}
	for _, kind := range []struct {
		code string
		intake.People
	}{{"diff_first_new", d.New}, {"diff_first_changed", d.Changed}, {"diff_first_gone", d.Gone}} {
		if kind.Count == 0 {
			continue
		}
		first, err := v.firstPeople(kind.code, kind.People)
		if err != nil {
			return err
		}
		b.Kinds = append(b.Kinds, first)
	}
	return nil
}

func (v *visit) firstPeople(code string, p intake.People) (peopleOfKind, error) {
	k := peopleOfKind{Title: phrase.Say(code, map[string]any{"count": p.Count})}
	for _, no := range p.First {
		r, err := v.Cohorts.Recipient(v.UserContext(), v.actor(), no)
		if err != nil {
			return k, err
		}
		k.First = append(k.First, views.Link{Text: masked(r), URL: recipientURL(no)})
	}
	if more := p.Count - int64(len(p.First)); more > 0 {
		k.More = phrase.Say("diff_more", map[string]any{"count": more})
	}
	return k, nil
}
