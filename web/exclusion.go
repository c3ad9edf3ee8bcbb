package web

import (
	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// exclusionBody is one exclusion with its people.
type exclusionBody struct {
	Path   string
	Row    exclusionRow
	People []personRow
	Pages  views.Pages
	Lift   bool // the reader may
}

func (v *visit) exclusion() (cohort.Exclusion, error) {
	no, err := id.ParseExclusion(v.Params("exclusion"))
	if err != nil {
		return cohort.Exclusion{}, err
	}
	return v.Exclusions.Get(v.UserContext(), v.actor(), no)
}

func (v *visit) exclusionPage() (views.Page, error) {
	e, err := v.exclusion()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(e.Incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	rows, err := v.saidExclusions([]cohort.Exclusion{e})
	if err != nil {
		return views.Page{}, err
	}
	may := access.ExcludeFreely
	if e.Kind == cohort.ForSuppression {
		may = access.ExcludePeople
	}
	b := exclusionBody{Path: exclusionURL(e.ID), Row: rows[0], Lift: e.Lifting == nil && v.mayIn(may, s)}
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	people, err := v.Exclusions.People(v.UserContext(), v.actor(), e, after, pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	people, b.Pages = paged(v, people, func(r cohort.Recipient) int64 { return r.ID.No })
	for _, r := range people {
		b.People = append(b.People, personOf(r))
	}
	back := &views.Link{Text: phrase.Say("decisions_title", nil), URL: decisionsURL(e.Incident)}
	return views.Page{Title: phrase.Say("exclusion_title", map[string]any{"whom": rows[0].Whom}), Bar: bar, Back: back, Body: b}, nil
}

func (w *site) showExclusion(v *visit) error {
	p, err := v.exclusionPage()
	if err != nil {
		return err
	}
	return v.show("exclusion", p)
}

func (w *site) liftExclusion(v *visit) error {
	v.refused(onScreen("exclusion", (*visit).exclusionPage))
	no, err := id.ParseExclusion(v.Params("exclusion"))
	if err != nil {
		return err
	}
	if _, err := w.Exclusions.Lift(v.UserContext(), v.actor(), no, v.field("reason")); err != nil {
		return err
	}
	return v.to(exclusionURL(no))
}
