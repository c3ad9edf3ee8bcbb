package web

import (
	"slices"
	"strings"

	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// matrixBody says which text the people of a cohort get.
type matrixBody struct {
	Choice []views.Option
	Sum    string // en 4,100 + fr 712 = 4,812
	Untold []string
	Rows   []matrixRow
	Rest   string // the groups that no row names
}

type matrixRow struct {
	Places, Speech, Text, URL string // Text is empty where none fits
	People                    int
}

// matrixRows is how many groups a page names.
const matrixRows = 50

// plannedFor is the cohort of the newest campaign with a version; 0: none has it.
func plannedFor(s overview.Standing, version id.Version) id.Cohort {
	newest := overview.Campaign{}
	for _, c := range s.Campaigns {
		if c.Version == version && c.ID > newest.ID {
			newest = c
		}
	}
	return newest.Cohort
}

// matrix lays a cohort over texts: the one that was asked for, else the planned
// one, else the newest frozen one. Without any it is empty.
func (v *visit) matrix(in id.Incident, planned id.Cohort, d notice.Draft, variantURL func(int) string) (matrixBody, error) {
	s, err := v.standing(in)
	if err != nil {
		return matrixBody{}, err
	}
	chosen, err := chosenCohort(s.Cohorts, v.Query("cohort"), planned)
	b := matrixBody{}
	for _, c := range s.Cohorts {
		b.Choice = append(b.Choice, views.Option{Value: c.ID.String(), Chosen: c.ID == chosen,
			Text: phrase.Say("name_state", map[string]any{"name": c.Name, "state": phrase.Say("state_cohort_"+string(c.State), nil)})})
	}
	if err != nil || chosen == 0 {
		return b, err
	}
	c, err := v.Choices.Cohorts.Get(v.UserContext(), v.actor(), chosen)
	if err != nil {
		return b, err
	}
	b.fill(overview.MatrixOf(d, c.Figures.Groups), d, variantURL)
	return b, nil
}

// chosenCohort finds the cohort that was asked for, else the newest that is
// frozen: drafts are measured anew each time.
func chosenCohort(all []overview.Cohort, asked string, planned id.Cohort) (id.Cohort, error) {
	if asked == "" && planned != 0 {
		return planned, nil
	}
	if asked == "" {
		newest := id.Cohort(0)
		for _, c := range all {
			if c.State == cohort.Frozen {
				newest = max(newest, c.ID)
			}
		}
		return newest, nil
	}
	no, err := id.ParseCohort(asked)
	if err != nil || !slices.ContainsFunc(all, func(c overview.Cohort) bool { return c.ID == no }) {
		return 0, errMissing
	}
	return no, nil
}

func (b *matrixBody) fill(m overview.Matrix, d notice.Draft, variantURL func(int) string) {
	b.Sum = matrixSum(m, d)
	rest, people := 0, 0
	for _, r := range m.Rows {
		row := matrixRow{Places: placeNames(r.Jurisdictions), Speech: orDash(phrase.Speech(r.Locale)), People: r.People}
		if r.Text == overview.NoText {
			b.Untold = append(b.Untold, phrase.Say("matrix_untold", map[string]any{"count": r.People, "who": groupName(r.Group)}))
		} else {
			row.Text, row.URL = textName(d.Variants[r.Text].Locale, d.Variants[r.Text].Jurisdictions), variantURL(r.Text)
		}
		if len(b.Rows) == matrixRows {
			rest, people = rest+1, people+r.People
			continue
		}
		b.Rows = append(b.Rows, row)
	}
	if rest > 0 {
		b.Rest = phrase.Say("matrix_rest", map[string]any{"count": rest, "people": people})
	}
	if len(b.Untold) > shareRows {
		b.Untold = []string{phrase.Say("matrix_untold_many", map[string]any{"count": m.Untold, "groups": len(b.Untold)})}
	}
}

// fewTexts are shown in a sum even where nobody gets them.
const fewTexts = 5

// matrixSum writes how the people of the cohort add up over the texts.
func matrixSum(m overview.Matrix, d notice.Draft) string {
	total := m.Untold
	var terms []string
	term := func(name string, n int) {
		terms = append(terms, phrase.Say("matrix_term", map[string]any{"name": name, "n": n}))
	}
	for i, n := range m.Texts {
		total += n
		if n == 0 && len(m.Texts) > fewTexts {
			continue
		}
		term(shortName(d.Variants[i]), n)
	}
	if m.Untold > 0 {
		term(phrase.Say("matrix_none", nil), m.Untold)
	}
	return phrase.Say("matrix_sum", map[string]any{"terms": strings.Join(terms, " + "), "total": total})
}

// shortName names a text as a term of a sum.
func shortName(s notice.Source) string {
	if len(s.Jurisdictions) == 0 {
		return s.Locale
	}
	return textName(s.Locale, s.Jurisdictions)
}

// groupName names people by their places and language.
func groupName(g cohort.Group) string {
	parts := []string{phrase.Say("share_none", nil)}
	if len(g.Jurisdictions) > 0 {
		parts[0] = placeNames(g.Jurisdictions)
	}
	if g.Locale != "" {
		parts = append(parts, phrase.Speech(g.Locale))
	}
	return strings.Join(parts, ", ")
}

// placeNames names places one after the other.
func placeNames(codes []string) string {
	names := make([]string, len(codes))
	for i, c := range codes {
		names[i] = phrase.Place(c)
	}
	return orDash(strings.Join(names, ", "))
}
