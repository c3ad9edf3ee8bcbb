package web

import (
	"slices"

	"forthwith/internal/cohort"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// versionsBody says which versions of a cohort there are beside the one that is
// shown, and who would be in the next.
type versionsBody struct {
	Before, After *views.Link
	Path          string // where the next is made; empty: the reader may not, or nobody would be in it
	Do            string
	More          string // who came since
	Difference    string // to the versions before
}

// versions looks at both sides of a cohort among all of its incident.
func (v *visit) versions(c cohort.Cohort, all []cohort.Cohort, may bool) (versionsBody, error) {
	b := versionsBody{Before: linkTo(all, func(o cohort.Cohort) bool { return o.ID == c.Previous }), After: linkTo(all, func(o cohort.Cohort) bool { return o.Previous == c.ID })}
	if d := c.Figures.Difference; d != nil {
		b.Difference = phrase.Say("version_difference", map[string]any{"new": d.New, "same": d.Same, "gone": d.Gone})
	}
	if b.After != nil {
		return b, nil
	}
	people, err := v.Cohorts.Additions(v.UserContext(), v.actor(), c)
	if err != nil || people == 0 {
		return b, err
	}
	b.More = phrase.Say("version_more", map[string]any{"count": people})
	if may {
		b.Path, b.Do = cohortURL(c.ID)+"/versions", phrase.Say("version_do", map[string]any{"number": c.Edition + 1})
	}
	return b, nil
}

func linkTo(all []cohort.Cohort, is func(cohort.Cohort) bool) *views.Link {
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return nil
	}
	return &views.Link{Text: all[i].Name, URL: cohortURL(all[i].ID)}
}

// nextVersion makes a draft for those who came after a cohort was frozen.
func (w *site) nextVersion(v *visit) error {
	v.refused(cohortAgain)
	c, err := v.cohort()
	if err != nil {
		return err
	}
	next, err := w.Cohorts.NextVersion(v.UserContext(), v.actor(), c.ID)
	if err != nil {
		return err
	}
	return v.to(cohortURL(next.ID))
}
