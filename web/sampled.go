package web

import (
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// sampledRow is one person who stands for a cohort, masked.
type sampledRow struct{ Person, URL, Places, Language, Source, Why string }

// sampled shows some people of a draft, and why each is told by it.
func (v *visit) sampled(in id.Incident, people []cohort.Sampled, names map[id.Cohort]string) ([]sampledRow, error) {
	var rows []sampledRow
	for _, s := range people {
		r, err := v.Cohorts.Recipient(v.UserContext(), v.actor(), id.Recipient{Parent: int64(in), No: int64(s.Person)})
		if err != nil {
			return rows, err
		}
		rows = append(rows, sampledRow{Person: masked(r), URL: recipientURL(r.ID), Places: placeNames(r.Jurisdictions), Language: orDash(phrase.Speech(r.Locale)),
			Source: sourceWords(r.Rows), Why: sampledBecause(s.Reason, names)})
	}
	return rows, nil
}

// sourceWords names the rows that a person comes from.
func sourceWords(rows []cohort.SourceRow) string {
	var parts []string
	for _, r := range rows {
		parts = append(parts, phrase.Say("sampled_source", map[string]any{"list": r.ListName, "line": r.Line}))
	}
	return orDash(strings.Join(parts, ", "))
}

// sampledBecause says why a person is told here and not by another cohort.
func sampledBecause(r cohort.Reason, names map[id.Cohort]string) string {
	if len(r.Over) == 0 {
		return phrase.Say("sampled_alone", nil)
	}
	var others []string
	for _, no := range r.Over {
		others = append(others, names[no])
	}
	return phrase.Say("sampled_first", map[string]any{"others": strings.Join(others, ", ")})
}
