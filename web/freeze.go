package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) freezeRoutes(app *fiber.App) {
	w.get(app, "/cohorts/:cohort/freeze", w.showFreeze)
	w.post(app, "/cohorts/:cohort/freeze", w.freeze)
	w.post(app, "/cohorts/:cohort/freeze/cancel", w.cancelFreeze)
	w.get(app, "/recipients/:recipient", w.showRecipient)
	w.get(app, "/cohorts/:cohort/proof", w.downloadProof)
}

// freezeBody is a cohort about to be frozen, being frozen, or frozen.
type freezeBody struct {
	URL, Incident string
	Cohort        cohort.Cohort
	State         views.Said
	Figures       figuresBody
	Frozen        *views.When
	By            string
	Root          canon.Hash
	LeftOut       leftOutBody
	People        []personRow
	Pages         views.Pages
	MayBuild      bool
	MayFreeze     bool
	MayPlan       bool
	Gates         gatesBody
	Versions      versionsBody
}

// personRow is one person, masked.
type personRow struct{ Address, URL, Places, Language string }

func (v *visit) freezePage(c cohort.Cohort) (views.Page, error) {
	bar, s, err := v.bar(c.Incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), c.Incident, 0, mostChoices)
	if err != nil {
		return views.Page{}, err
	}
	b := freezeBody{URL: cohortURL(c.ID), Incident: incidentURL(c.Incident), Cohort: c, State: saidCohort(c.State), Figures: v.figures(c.Figures, c.Draft, all),
		MayBuild: v.mayIn(access.BuildCohorts, s), MayPlan: v.mayIn(access.BuildCampaigns, s)}
	b.MayFreeze = b.MayBuild && c.State == cohort.Drafted && c.Figures.Resolved > 0
	b.Figures.Words = c.Rule.Sentence(ruleNames(s))
	if b.Versions, err = v.versions(c, all, b.MayBuild); err != nil {
		return views.Page{}, err
	}
	if b.Gates, err = v.gates(c.Incident, c.ID, b.MayBuild, ruleNames(s)); err != nil {
		return views.Page{}, err
	}
	return views.Page{Title: c.Name, Bar: bar, Back: &views.Link{Text: phrase.Say("cohorts_title", nil), URL: b.Incident + "/cohorts"}, Body: b}, nil
}

func (w *site) showFreeze(v *visit) error {
	c, err := v.cohort()
	if err != nil {
		return err
	}
	p, err := v.confirmFreezePage(c)
	if err != nil {
		return err
	}
	return v.show("cohort-freeze", p)
}

func (v *visit) confirmFreezePage(c cohort.Cohort) (views.Page, error) {
	p, err := v.freezePage(c)
	p.Title = phrase.Say("freeze_title", map[string]any{"name": c.Name})
	p.Back = &views.Link{Text: c.Name, URL: cohortURL(c.ID)}
	return p, err
}

// freeze asks for the freeze of as many people as the page showed.
func (w *site) freeze(v *visit) error {
	v.refused(func(v *visit, err error) error {
		c, readErr := v.cohort()
		if readErr != nil {
			return readErr
		}
		p, pageErr := v.confirmFreezePage(c)
		if pageErr != nil {
			return pageErr
		}
		return v.showAgain("cohort-freeze", p, err)
	})
	c, err := v.cohort()
	if err != nil {
		return err
	}
	if shown := v.field("shown"); c.State == cohort.Drafted && shown != strconv.Itoa(c.Figures.Resolved) {
		return fault.New(fault.Mismatch, "cohort_size_changed", fault.Values{"count": c.Figures.Resolved})
	}
	if _, err := w.Cohorts.Freeze(v.UserContext(), v.actor(), c.ID); err != nil {
		return err
	}
	return v.to(cohortURL(c.ID))
}

// cancelFreeze gives a freeze up. The draft stays: a freeze that is made
// already is not undone, and a draft is not removed here.
func (w *site) cancelFreeze(v *visit) error {
	v.refused(cohortAgain)
	c, err := v.cohort()
	if err != nil {
		return err
	}
	if c.State == cohort.Freezing {
		err = w.Cohorts.Delete(v.UserContext(), v.actor(), c.ID)
	}
	if err != nil {
		return err
	}
	return v.to(cohortURL(c.ID))
}

// frozenPage shows who is in a cohort that is fixed.
func (v *visit) frozenPage(c cohort.Cohort) (views.Page, error) {
	p, err := v.freezePage(c)
	if err != nil {
		return p, err
	}
	b := p.Body.(freezeBody)
	names, err := v.people()
	if err != nil {
		return p, err
	}
	b.Frozen, b.By, b.Root, b.LeftOut = v.whenSet(&c.FrozenAt), names.of(c.FrozenBy), c.Root, leftOut(c)
	after, err := v.after()
	if err != nil {
		return p, err
	}
	all, err := v.Cohorts.Recipients(v.UserContext(), v.actor(), c.Incident,
		cohort.Filter{Where: []filter.Equal{{Column: "cohort", Value: int64(c.ID)}}, After: after, Limit: pageLength + 1})
	if err != nil {
		return p, err
	}
	all, b.Pages = paged(v, all, func(r cohort.Recipient) int64 { return r.ID.No })
	for _, r := range all {
		b.People = append(b.People, personOf(r))
	}
	p.Body = b
	return p, nil
}

func personOf(r cohort.Recipient) personRow {
	return personRow{Address: masked(r), URL: recipientURL(r.ID), Places: placeNames(r.Jurisdictions), Language: orDash(phrase.Speech(r.Locale))}
}

func masked(r cohort.Recipient) string {
	if r.Masked == "" {
		return phrase.Say("state_delivery_unaddressed", nil)
	}
	return r.Masked
}

// recipient reads the one that a path names.
func (v *visit) recipient() (cohort.Recipient, error) {
	no, err := id.ParseRecipient(v.Params("recipient"))
	if err != nil {
		return cohort.Recipient{}, err
	}
	return v.Cohorts.Recipient(v.UserContext(), v.actor(), no)
}
