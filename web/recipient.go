package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// recipientBody is one person with where they come from, and why they are told
// what they are told.
type recipientBody struct {
	Facts    []answer
	Cohort   string
	URL      string
	Why      []string
	PlacedAt *views.When
	Gone     bool // every list that had them was withdrawn
	Rows     []sourceRow
	Proofs   []proofRow
	Path     string
	Excluded []exclusionRow
	Kinds    []views.Option // of reasons to exclude them, for who may
	Readings []readingRow
	Planned  bool // the readings are those of campaigns
}

type sourceRow struct {
	List, URL, Values string
	Row, Line         int64
	Withdrawn         bool
}

func (w *site) showRecipient(v *visit) error {
	p, err := v.recipientPage()
	if err != nil {
		return err
	}
	return v.show("recipient", p)
}

func (v *visit) recipientPage() (views.Page, error) {
	r, err := v.recipient()
	if err != nil {
		return views.Page{}, err
	}
	incident := id.Incident(r.ID.Parent)
	bar, s, err := v.bar(incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	b := recipientBody{Facts: personFacts(r), Gone: gone(r), Path: recipientURL(r.ID)}
	if b.Proofs, err = v.proofRows(r); err != nil {
		return views.Page{}, err
	}
	if v.mayIn(access.ExcludePeople, s) {
		b.Kinds = v.kindOptions()
	}
	all, err := v.Exclusions.List(v.UserContext(), v.actor(), incident, 0, mostChoices, filter.Equal{Column: "recipient", Value: []int64{r.ID.Parent, r.ID.No}})
	if err != nil {
		return views.Page{}, err
	}
	if b.Excluded, err = v.saidExclusions(all); err != nil {
		return views.Page{}, err
	}
	names := map[id.Cohort]string{}
	for _, c := range s.Cohorts {
		names[c.ID] = c.Name
	}
	b.place(v, r, names)
	b.Readings, b.Planned = readings(r, s)
	for _, row := range r.Rows {
		b.Rows = append(b.Rows, sourceRow{List: row.ListName, URL: listURL(row.List), Row: row.Row, Line: row.Line, Withdrawn: row.Withdrawn, Values: attributeWords(row.Attributes)})
	}
	back := &views.Link{Text: phrase.Say("cohorts_title", nil), URL: incidentURL(incident) + "/cohorts"}
	if r.Cohort != 0 {
		back = &views.Link{Text: names[r.Cohort], URL: cohortURL(r.Cohort)}
	}
	return views.Page{Title: masked(r), Bar: bar, Back: back, Body: b}, nil
}

// gone tells that no list has a person any more.
func gone(r cohort.Recipient) bool {
	return !slices.ContainsFunc(r.Rows, func(row cohort.SourceRow) bool { return !row.Withdrawn })
}

// place says in plain words why a person is where they are.
func (b *recipientBody) place(v *visit, r cohort.Recipient, names map[id.Cohort]string) {
	if r.Cohort == 0 || r.Reason == nil {
		b.Why = []string{phrase.Say("placed_nowhere", nil)}
		return
	}
	b.Cohort, b.URL, b.PlacedAt = names[r.Cohort], cohortURL(r.Cohort), v.whenSet(&r.PlacedAt)
	b.Why = []string{phrase.Say("placed_because", map[string]any{"cohort": b.Cohort, "precedence": r.Reason.Precedence})}
	for _, other := range r.Reason.Over {
		b.Why = append(b.Why, phrase.Say("placed_over", map[string]any{"cohort": names[other]}))
	}
}

func personFacts(r cohort.Recipient) []answer {
	consent := "–"
	if r.Consent != nil {
		consent = phrase.Say(fmt.Sprintf("consent_%t", *r.Consent), nil)
	}
	all := []answer{{Name: phrase.Say("col_jurisdiction", nil), Text: placeNames(r.Jurisdictions)}, {Name: phrase.Say("col_speech", nil), Text: orDash(phrase.Speech(r.Locale))},
		{Name: phrase.Say("col_timezone", nil), Text: orDash(r.Timezone)}, {Name: phrase.Say("col_consent", nil), Text: consent}}
	if len(r.Flags) > 0 {
		words := make([]string, len(r.Flags))
		for i, f := range r.Flags {
			words[i] = flagWord(f)
		}
		all = append(all, answer{Name: phrase.Say("col_flag", nil), Text: strings.Join(words, "; ")})
	}
	if r.Individuals > 1 {
		all = append(all, answer{Name: phrase.Say("individuals", nil), Text: fmt.Sprint(r.Individuals)})
	}
	return all
}

// attributeWords says the attributes of a row in the order of their names.
func attributeWords(attributes map[string]any) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		all = append(all, phrase.Say("name_state", map[string]any{"name": name, "state": fmt.Sprint(attributes[name])}))
	}
	return orDash(strings.Join(all, "; "))
}

func recipientURL(no id.Recipient) string { return "/recipients/" + no.String() }
