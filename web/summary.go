package web

import (
	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// summaryBody says whom a report speaks of, and of whom it has no line.
type summaryBody struct {
	Lead       string
	Considered *views.Sum
	LeftOut    leftOutBody
	Cohort     views.Link
	Frozen     views.When
}

// leftOutBody is the exclusion list of a cohort, counted by kind: no names, and
// no reasons in words, which stand on the page of each exclusion.
type leftOutBody struct {
	Sum *views.Sum // nil: nobody was excluded
	URL string     // who decided so
}

// summary reads it for a campaign. A draft of a cohort has none.
func (v *visit) summary(of campaign.Campaign) (*summaryBody, error) {
	c, err := v.Cohorts.Get(v.UserContext(), v.actor(), of.Settings.Cohort)
	if err != nil || c.State != cohort.Frozen {
		return nil, err
	}
	s, err := v.standing(c.Incident)
	if err != nil {
		return nil, err
	}
	names := map[id.Cohort]string{}
	for _, other := range s.Cohorts {
		names[other.ID] = other.Name
	}
	return &summaryBody{phrase.Say("considered_"+string(c.Kind), nil), consideredSum(c, names), leftOut(c), views.Link{Text: c.Name, URL: cohortURL(c.ID)}, v.when(c.FrozenAt)}, nil
}

// consideredSum says what became of everybody whom the rule was asked about.
func consideredSum(c cohort.Cohort, names map[id.Cohort]string) *views.Sum {
	f := c.Figures
	parts := []views.Term{{Status: "accepted", Word: phrase.Say("considered_members", map[string]any{"cohort": c.Name}), Count: int64(f.Resolved)}}
	for _, l := range f.LostTo {
		parts = append(parts, views.Term{Status: "sending", Word: phrase.Say("told_by", map[string]any{"name": names[l.Cohort]}), Count: int64(l.Size)})
	}
	if f.Excluded > 0 {
		parts = append(parts, views.Term{Status: "excluded", Word: phrase.Say("considered_excluded", nil), Count: int64(f.Excluded)})
	}
	if others := f.Considered - f.Size; others > 0 {
		parts = append(parts, views.Term{Status: "pending", Word: phrase.Say("considered_others", nil), Count: int64(others)})
	}
	sum := sumOf(phrase.Say("considered_unit", nil), parts)
	sum.ID = "-considered"
	return &sum
}

func leftOut(c cohort.Cohort) leftOutBody {
	b := leftOutBody{excludedSum(c.Figures.ExcludedBy), decisionsURL(c.Incident)}
	if b.Sum != nil {
		b.Sum.ID = "-left-out"
	}
	return b
}
