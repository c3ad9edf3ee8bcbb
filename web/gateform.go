package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// gateSketch is a gate as somebody has typed it.
type gateSketch struct {
	incident id.Incident
	name     string
	cohort   string
	node     *ruleNode
}

// gateFormBody is a gate in the builder.
type gateFormBody struct {
	Path, Name string
	NoCohort   string // where cohorts are made, while there is none
	Cohorts    []views.Option
	Rule       ruleView
	Sum        *views.Sum // nil: what is typed is no gate yet
	Words      string
}

// doColumn is the button that adds a line about a column of a list to come.
const doColumn = "column"

func (w *site) newGate(v *visit) error {
	if err := access.BuildCohorts.Allow(v.actor()); err != nil {
		return err
	}
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	p, err := v.gateFormPage(gateSketch{incident: no, cohort: v.Query("cohort"), node: newRule(0)})
	if err != nil {
		return err
	}
	return v.show("gate-form", p)
}

// gateFormPage shows what is typed, and whom it would hold.
func (v *visit) gateFormPage(s gateSketch) (views.Page, error) {
	bar, standing, err := v.bar(s.incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	known, err := v.gateKnown(s)
	if err != nil {
		return views.Page{}, err
	}
	b := gateFormBody{Path: incidentURL(s.incident) + "/gates/new", Name: s.name, Rule: choices{known, standing.Lists}.view(s.node, ruleRoot)}
	all, err := v.Cohorts.List(v.UserContext(), v.actor(), s.incident, 0, mostChoices)
	if err != nil {
		return views.Page{}, err
	}
	b.Cohorts = []views.Option{{Text: phrase.Say("cohort_choose", nil)}}
	for _, c := range all {
		b.Cohorts = append(b.Cohorts, views.Option{Value: c.ID.String(), Text: c.Name, Chosen: c.ID.String() == s.cohort})
	}
	if len(all) == 0 {
		b.NoCohort = incidentURL(s.incident) + "/cohorts"
	}
	if err := v.gateFigures(s, known, ruleNames(standing), &b); err != nil {
		return views.Page{}, err
	}
	back := &views.Link{Text: phrase.Say("decisions_title", nil), URL: decisionsURL(s.incident)}
	return views.Page{Title: phrase.Say("gate_new_title", nil), Bar: bar, Back: back, Body: b}, nil
}

// gateKnown is what a gate may speak of: lists and columns, with those of lists
// to come.
func (v *visit) gateKnown(s gateSketch) (cohort.Known, error) {
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), s.incident)
	known.Campaigns, known.Cohorts = nil, nil
	return known.Foreseeing(s.node.columns()...), err
}

// columns are those that a form speaks of.
func (n *ruleNode) columns() []string {
	var names []string
	if name, ok := strings.CutPrefix(n.What, aboutAttribute); ok && name != "" {
		names = append(names, name)
	}
	for _, part := range n.Parts {
		names = append(names, part.columns()...)
	}
	return names
}

// gateFigures counts whom a gate would hold. What is no gate yet has no figures.
func (v *visit) gateFigures(s gateSketch, known cohort.Known, name cohort.Names, b *gateFormBody) error {
	d, err := s.draft(known)
	if err == nil {
		b.Words = d.Rule.Sentence(name)
		if d.Name == "" {
			d.Name = "–" // it counts nobody
		}
		var open, shut int
		if open, shut, err = v.Gates.Size(v.UserContext(), v.actor(), s.incident, d); err == nil {
			sum := gateSum(open, shut)
			b.Sum = &sum
		}
	}
	if fault.KindOf(err) == fault.Invalid {
		return nil
	}
	return err
}

func (s gateSketch) draft(known cohort.Known) (cohort.GateDraft, error) {
	of, _ := id.ParseCohort(s.cohort) // what is no cohort is refused as missing
	rule, err := s.node.rule(known)
	return cohort.GateDraft{Cohort: of, Name: s.name, Rule: rule}, err
}

// typedGate reads the builder's form.
func (v *visit) typedGate() (gateSketch, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return gateSketch{}, err
	}
	s := gateSketch{incident: no, name: v.field("name"), cohort: v.field("cohort_id")}
	s.node, err = parseRule(v.form)
	v.retypeRule(s.node)
	return s, err
}

func (v *visit) gateAgain(s gateSketch) func(*visit, error) error {
	return onScreen("gate-form", func(v *visit) (views.Page, error) { return v.gateFormPage(s) })
}

func (w *site) makeGate(v *visit) error {
	s, err := v.typedGate()
	v.refused(v.gateAgain(s))
	if err != nil {
		return err
	}
	known, err := v.gateKnown(s)
	if err != nil {
		return err
	}
	d, err := s.draft(known)
	if err != nil {
		return err
	}
	g, err := w.Gates.Create(v.UserContext(), v.actor(), s.incident, d)
	if err != nil {
		return err
	}
	return v.to(gateURL(g.ID))
}

// editGateRule does what a button of the builder says. Nothing is saved.
func (w *site) editGateRule(v *visit) error {
	s, err := v.typedGate()
	v.refused(v.gateAgain(s))
	if err != nil {
		return err
	}
	if v.field("do") == doColumn {
		err = s.foresee(v.field("column"))
	} else {
		s.node, err = s.node.edited(v.field("do"))
	}
	if err != nil {
		return err
	}
	v.form.Del("column")
	v.retypeRule(s.node)
	p, err := v.gateFormPage(s)
	if err != nil {
		return err
	}
	if target := v.Get("HX-Target"); target == "rule" || target == "figures" {
		return v.part("gate-form", "gate-"+target, p)
	}
	return v.page(fiber.StatusOK, "gate-form", p)
}

// foresee adds a line about a column that a later list will have.
func (s *gateSketch) foresee(column string) error {
	column = strings.TrimSpace(column)
	if column == "" {
		return fault.Wrong("column", "field_missing", fault.Values{"name": "column"})
	}
	if s.node.Join == "" {
		s.node = &ruleNode{Join: joinAll, Parts: []*ruleNode{s.node}}
	}
	if s.node.count() >= cohort.MaxNodes-2 {
		return tooBig()
	}
	s.node.Parts = append(s.node.Parts, &ruleNode{What: aboutAttribute + column, Op: cohort.Exists})
	return nil
}
