package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// cohortBody is a draft in the builder.
type cohortBody struct {
	Path, URL        string // of what the form saves, and of the cohort that is there
	Seen             int
	State            views.Said
	Name, Precedence string
	Bases            []views.Option // what it may follow; none: nothing was sent yet
	Rule             ruleView
	Figures          figuresBody
	Saved            string // the rule that is kept, beside one that is not
	MayBuild         bool
	NoList           string
	Gates            gatesBody // of one that is there
	Versions         versionsBody
	Fixed            string // the precedence of a further version, which stays
}

// bases are what a cohort may be: a first notice, or a follow-up to a campaign.
func bases(k cohort.Known, chosen string) []views.Option {
	if len(k.Campaigns) == 0 && chosen == "" {
		return nil
	}
	all := []views.Option{{Text: phrase.Say("kind_first", nil)}}
	for _, no := range slices.Sorted(maps.Keys(k.Campaigns)) {
		all = append(all, views.Option{Value: no.String(), Text: phrase.Say("kind_follow_up_to", map[string]any{"name": k.Campaigns[no]}), Chosen: no.String() == chosen})
	}
	return all
}

// sketch is a draft as somebody has typed it.
type sketch struct {
	incident         id.Incident
	cohort           cohort.Cohort // the zero one is not saved yet
	node             *ruleNode
	name, precedence string
	basis            string // of a follow-up
	seen             int    // the version that it was typed over
	kept             bool   // it is what is saved
	stale            bool   // and somebody saved another since
}

func (w *site) newCohort(v *visit) error {
	if err := access.BuildCohorts.Allow(v.actor()); err != nil {
		return err
	}
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	s, err := v.freshSketch(no)
	if err != nil {
		return err
	}
	p, err := v.builderPage(s)
	if err != nil {
		return err
	}
	return v.show("cohort", p)
}

// freshSketch begins with everybody of a list, behind all other cohorts.
func (v *visit) freshSketch(no id.Incident) (sketch, error) {
	s := sketch{incident: no}
	standing, err := v.standing(no)
	if err != nil {
		return s, err
	}
	list, _ := id.ParseList(v.Query("list"))
	for _, l := range standing.Lists {
		if list == 0 && l.State == intake.Imported {
			list = l.ID
		}
	}
	s.node = newRule(list)
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), no, 0, mostChoices)
	last := 0
	for _, c := range all {
		last = max(last, c.Precedence)
	}
	s.precedence = strconv.Itoa(last/10*10 + 10)
	if err != nil || v.Query("upgrade") == "" && v.Query("corrects") == "" {
		return s, err
	}
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), no)
	return v.correctionSketch(v.followUpSketch(s, known), known), err
}

// cohort reads the one that a path names.
func (v *visit) cohort() (cohort.Cohort, error) {
	no, err := id.ParseCohort(v.Params("cohort"))
	if err != nil {
		return cohort.Cohort{}, err
	}
	return v.Cohorts.Get(v.UserContext(), v.actor(), no)
}

func keptSketch(c cohort.Cohort) sketch {
	return sketch{incident: c.Incident, cohort: c, node: fromRule(c.Rule), name: c.Name, precedence: strconv.Itoa(c.Precedence), basis: c.Basis.String(), seen: c.Version, kept: true}
}

func (w *site) showCohort(v *visit) error {
	c, err := v.cohort()
	if err != nil {
		return err
	}
	screen, p, err := v.cohortPage(c)
	if err != nil {
		return err
	}
	return v.show(screen, p)
}

// cohortPage is the page of a cohort in the state that it is in.
func (v *visit) cohortPage(c cohort.Cohort) (string, views.Page, error) {
	switch c.State {
	case cohort.Frozen:
		p, err := v.frozenPage(c)
		return "cohort-frozen", p, err
	case cohort.Freezing:
		v.Set("Refresh", strconv.Itoa(pollEvery))
		p, err := v.freezePage(c)
		return "cohort-freezing", p, err
	}
	p, err := v.builderPage(keptSketch(c))
	return "cohort", p, err
}

// builderPage shows a draft with the figures of what is typed.
func (v *visit) builderPage(s sketch) (views.Page, error) {
	bar, standing, err := v.bar(s.incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), s.incident)
	if err != nil {
		return views.Page{}, err
	}
	b := cohortBody{Path: incidentURL(s.incident) + "/cohorts/new", Seen: s.seen, Name: s.name, Precedence: s.precedence, MayBuild: v.mayIn(access.BuildCohorts, standing),
		Rule: choices{known, standing.Lists}.view(s.node, ruleRoot), Bases: bases(known, s.basis)}
	title := phrase.Say("cohort_new_title", nil)
	if s.cohort.ID != 0 {
		b.URL = cohortURL(s.cohort.ID)
		b.Path, b.State, title = b.URL, saidCohort(s.cohort.State), s.cohort.Name
	}
	if len(known.Lists) == 0 {
		b.NoList = incidentURL(s.incident) + "/lists"
	}
	if b.Figures, err = v.measured(s, known, ruleNames(standing)); err != nil {
		return views.Page{}, err
	}
	if s.cohort.ID != 0 {
		b.Figures.Upgrades = upgradeLink(s.cohort)
		if b.Gates, err = v.gates(s.incident, s.cohort.ID, b.MayBuild, ruleNames(standing)); err != nil {
			return views.Page{}, err
		}
		if err := v.asVersion(s.cohort, &b); err != nil {
			return views.Page{}, err
		}
	}
	if b.Figures.Saved && b.MayBuild && b.Figures.Resolved > 0 && b.Figures.Upgrades == nil {
		b.Figures.Freeze = b.URL + "/freeze"
	}
	if s.stale {
		b.Seen, b.Saved = s.cohort.Version, s.cohort.Rule.Sentence(ruleNames(standing))
	}
	back := &views.Link{Text: phrase.Say("cohorts_title", nil), URL: incidentURL(s.incident) + "/cohorts"}
	return views.Page{Title: title, Bar: bar, Back: back, Body: b}, nil
}

// asVersion says which versions stand beside a draft, and keeps its place.
func (v *visit) asVersion(c cohort.Cohort, b *cohortBody) error {
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), c.Incident, 0, mostChoices)
	if err == nil {
		b.Versions, err = v.versions(c, all, false)
	}
	if c.Edition > 1 {
		b.Fixed, b.Bases = strconv.Itoa(c.Precedence), nil
	}
	return err
}

// measured counts whom a sketch selects. One that is no rule yet has no
// figures.
func (v *visit) measured(s sketch, known cohort.Known, name cohort.Names) (figuresBody, error) {
	rule, err := s.node.rule(known)
	if fault.KindOf(err) == fault.Invalid {
		return figuresBody{Missing: phrase.Say("figures_missing", nil)}, nil
	}
	if err != nil {
		return figuresBody{}, err
	}
	precedence, _ := strconv.Atoi(plainNumber(s.precedence))
	basis, _ := id.ParseCampaign(s.basis)
	f, err := v.Cohorts.Size(v.UserContext(), v.actor(), s.incident, cohort.Sketch{Rule: rule, Precedence: max(precedence, 0), Basis: basis, Draft: s.cohort.ID})
	if err != nil {
		return figuresBody{}, err
	}
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), s.incident, 0, mostChoices)
	b := v.figures(f, cohort.Draft{Name: s.name, Precedence: precedence}, all)
	b.Words, b.Saved = rule.Sentence(name), s.kept
	if err != nil {
		return b, err
	}
	b.Sample, err = v.sampled(s.incident, f.Sample, cohortNames(all))
	return b, err
}

// typedSketch reads the builder's form over what is saved.
func (v *visit) typedSketch(s sketch) (sketch, error) {
	node, err := parseRule(v.form)
	s.node, s.name, s.precedence, s.kept = node, v.field("name"), v.field("precedence"), false
	s.basis = v.field("basis_campaign")
	v.retypeRule(s.node)
	s.seen, _ = strconv.Atoi(v.field("version"))
	return s, err
}

// retypeRule lets the form say a rule as it was read.
func (v *visit) retypeRule(n *ruleNode) {
	for field := range v.form {
		if strings.HasPrefix(field, ruleRoot+".") {
			v.form.Del(field)
		}
	}
	n.fields(v.form, ruleRoot)
}

// draft makes a draft of what was typed, and names what is wrong by its field.
func (v *visit) draft(s sketch) (cohort.Draft, error) {
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), s.incident)
	if err != nil {
		return cohort.Draft{}, err
	}
	rule, err := s.node.rule(known)
	if err != nil {
		return cohort.Draft{}, err
	}
	if s.basis != "" {
		basis, _ := id.ParseCampaign(s.basis) // what is no campaign is refused as missing
		return cohort.Draft{Name: s.name, Kind: cohort.FollowUp, Basis: basis, Rule: rule}, nil
	}
	precedence, err := strconv.Atoi(plainNumber(s.precedence))
	if err != nil {
		return cohort.Draft{}, fault.Wrong("precedence", "number_expected", fault.Values{"name": "precedence"})
	}
	return cohort.Draft{Name: s.name, Kind: cohort.FirstNotice, Precedence: precedence, Rule: rule}, nil
}

func (v *visit) builderAgain(s sketch) func(*visit, error) error {
	return onScreen("cohort", func(v *visit) (views.Page, error) { return v.builderPage(s) })
}

func (w *site) makeCohort(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	s, err := v.typedSketch(sketch{incident: no})
	v.refused(v.builderAgain(s))
	if err != nil {
		return err
	}
	d, err := v.draft(s)
	if err != nil {
		return err
	}
	c, err := w.Cohorts.Create(v.UserContext(), v.actor(), no, d)
	if err != nil {
		return err
	}
	return v.to(cohortURL(c.ID))
}

func (w *site) saveCohort(v *visit) error {
	c, err := v.cohort()
	if err != nil {
		return err
	}
	s, err := v.typedSketch(keptSketch(c))
	s.stale = s.seen != c.Version
	v.refused(v.builderAgain(s))
	if err != nil {
		return err
	}
	if s.stale {
		return fault.New(fault.Mismatch, "cohort_stale", nil)
	}
	d, err := v.draft(s)
	if err != nil {
		return err
	}
	if _, err := w.Cohorts.Change(v.UserContext(), v.actor(), c.ID, s.seen, func(cohort.Draft) cohort.Draft { return d }); err != nil {
		return err
	}
	return v.to(cohortURL(c.ID))
}

// editRule does what a button of the builder says. Nothing is saved.
func (w *site) editRule(v *visit) error {
	c, err := v.cohort()
	if err != nil {
		return err
	}
	return v.builtFurther(keptSketch(c))
}

func (w *site) editNewRule(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	return v.builtFurther(sketch{incident: no})
}

func (v *visit) builtFurther(s sketch) error {
	s, err := v.typedSketch(s)
	v.refused(v.builderAgain(s))
	if err != nil {
		return err
	}
	if s.node, err = s.node.edited(v.field("do")); err != nil {
		return err
	}
	p, err := v.builderPage(s)
	if err != nil {
		return err
	}
	if target := v.Get("HX-Target"); target == "rule" || target == "figures" {
		return v.part("cohort", "cohort-"+target, p)
	}
	return v.page(fiber.StatusOK, "cohort", p)
}

func (w *site) showDeleteCohort(v *visit) error {
	c, err := v.cohort()
	if err != nil {
		return err
	}
	p, err := v.freezePage(c)
	p.Title = phrase.Say("cohort_delete_title", map[string]any{"name": c.Name})
	if err != nil {
		return err
	}
	return v.show("cohort-delete", p)
}

func (w *site) deleteCohort(v *visit) error {
	v.refused(cohortAgain)
	c, err := v.cohort()
	if err != nil {
		return err
	}
	if err := w.Cohorts.Delete(v.UserContext(), v.actor(), c.ID); err != nil {
		return err
	}
	return v.to(incidentURL(c.Incident) + "/cohorts")
}

// cohortAgain shows a refusal on the page of the cohort.
func cohortAgain(v *visit, err error) error {
	c, readErr := v.cohort()
	if readErr != nil {
		return readErr
	}
	v.form = nil
	screen, p, pageErr := v.cohortPage(c)
	if pageErr != nil {
		return pageErr
	}
	return v.showAgain(screen, p, err)
}
