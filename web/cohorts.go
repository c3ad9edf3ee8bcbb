package web

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Cohorts builds cohorts, measures them and shows who is in them.
type Cohorts interface {
	CohortDrafts
	CohortSizes
	CohortPeople
	CohortUpgrades
}

// CohortDrafts keeps drafts and freezes them.
type CohortDrafts interface {
	Create(ctx context.Context, by access.Actor, incident id.Incident, d cohort.Draft) (cohort.Cohort, error)
	Change(ctx context.Context, by access.Actor, no id.Cohort, seen int, edit func(cohort.Draft) cohort.Draft) (cohort.Cohort, error)
	Delete(ctx context.Context, by access.Actor, no id.Cohort) error
	Freeze(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	NextVersion(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
}

// CohortSizes tells how many people rules select.
type CohortSizes interface {
	Get(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Cohort, error)
	List(ctx context.Context, by access.Actor, incident id.Incident, after id.Cohort, limit int, where ...filter.Equal) ([]cohort.Cohort, error)
	Size(ctx context.Context, by access.Actor, incident id.Incident, k cohort.Sketch) (cohort.Figures, error)
	Overlaps(ctx context.Context, by access.Actor, incident id.Incident) (cohort.Overlaps, error)
	Known(ctx context.Context, by access.Actor, incident id.Incident) (cohort.Known, error)
	Additions(ctx context.Context, by access.Actor, c cohort.Cohort) (int, error)
}

// CohortPeople shows people, masked.
type CohortPeople interface {
	Recipients(ctx context.Context, by access.Actor, incident id.Incident, f cohort.Filter) ([]cohort.Recipient, error)
	Recipient(ctx context.Context, by access.Actor, no id.Recipient) (cohort.Recipient, error)
	Flagged(ctx context.Context, by access.Actor, incident id.Incident) (map[string]int, error)
	Proof(ctx context.Context, by access.Actor, no id.Cohort, person id.Recipient) (cohort.MemberProof, error)
}

func (w *site) cohortRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/cohorts", w.showCohorts)
	w.get(app, "/incidents/:incident/cohorts/new", w.newCohort)
	w.post(app, "/incidents/:incident/cohorts/new", w.makeCohort)
	w.unkept(app, "/incidents/:incident/cohorts/new/rule", w.editNewRule)
	w.get(app, "/incidents/:incident/cohorts/new/rule", func(v *visit) error { return v.to("/incidents/" + v.Params("incident") + "/cohorts/new") })
	w.get(app, "/cohorts/:cohort", w.showCohort)
	w.post(app, "/cohorts/:cohort", w.saveCohort)
	w.unkept(app, "/cohorts/:cohort/rule", w.editRule)
	w.get(app, "/cohorts/:cohort/rule", func(v *visit) error { return v.to("/cohorts/" + v.Params("cohort")) })
	w.get(app, "/cohorts/:cohort/delete", w.showDeleteCohort)
	w.post(app, "/cohorts/:cohort/versions", w.nextVersion)
	w.get(app, "/cohorts/:cohort/upgrades", w.showUpgrades)
	w.post(app, "/cohorts/:cohort/upgrades", w.decideUpgrades)
	w.post(app, "/cohorts/:cohort/delete", w.deleteCohort)
	w.freezeRoutes(app)
}

type cohortsBody struct {
	Rows     []cohortRow
	Overlaps []overlapRow
	New      string
	MayBuild bool
	NoList   string // where lists are uploaded, while there is none
	Excluded views.Link
	Nowhere  string // how many are in no cohort
}

type cohortRow struct {
	Name, URL, Sum string
	Precedence     string // or that it is a follow-up
	State          views.Said
	Upgrades       *views.Link // people who were placed before
}

// overlapRow are two cohorts that share people, and which of them tells those.
type overlapRow struct {
	A, B, First string
	Size        int
}

func cohortURL(no id.Cohort) string { return "/cohorts/" + no.String() }

func (w *site) showCohorts(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	bar, s, err := v.bar(no, partCohorts)
	if err != nil {
		return err
	}
	b := cohortsBody{New: incidentURL(no) + "/cohorts/new", MayBuild: v.mayIn(access.BuildCohorts, s)}
	if b.Excluded, err = v.excludedLink(no); err != nil {
		return err
	}
	if overview.Count(s.Lists, isList(intake.Imported)) == 0 {
		b.NoList = incidentURL(no) + "/lists"
	}
	all, err := w.Cohorts.List(v.UserContext(), v.actor(), no, 0, mostChoices)
	if err != nil {
		return err
	}
	names := cohortNames(all)
	for _, c := range all {
		b.Rows = append(b.Rows, cohortRow{Name: c.Name, URL: cohortURL(c.ID), Precedence: placeWords(c.Draft), State: saidCohort(c.State), Sum: cohortSum(c.Figures, names).Label, Upgrades: upgradeLink(c)})
	}
	over, err := v.Cohorts.Overlaps(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	if b.Overlaps = overlapRows(over.Pairs, all); over.Nowhere > 0 && len(all) > 0 {
		b.Nowhere = phrase.Say("cohorts_nowhere", map[string]any{"count": over.Nowhere})
		if s.Newcomers > 0 {
			b.Nowhere += " " + phrase.Say("cohorts_newcomers", map[string]any{"count": s.Newcomers})
		}
	}
	return v.show("cohorts", views.Page{Title: phrase.Say("cohorts_title", nil), Bar: bar, Body: b})
}

// placeWords says where a cohort stands among others: follow-ups nowhere.
func placeWords(d cohort.Draft) string {
	if d.Kind == cohort.FollowUp {
		return phrase.Say("kind_follow_up", nil)
	}
	return strconv.Itoa(d.Precedence)
}

// excludedLink leads to who is not told, with their number.
func (v *visit) excludedLink(no id.Incident) (views.Link, error) {
	tally, err := v.Exclusions.Tally(v.UserContext(), v.actor(), no)
	people := 0
	for _, n := range tally {
		people += n
	}
	return views.Link{Text: phrase.Say("excluded_link", map[string]any{"count": people}), URL: decisionsURL(no)}, err
}

func overlapRows(pairs []cohort.Pair, all []cohort.Cohort) []overlapRow {
	by := map[id.Cohort]cohort.Cohort{}
	for _, c := range all {
		by[c.ID] = c
	}
	var rows []overlapRow
	for _, p := range pairs {
		a, b := by[p.A], by[p.B]
		if b.Precedence < a.Precedence {
			a, b = b, a
		}
		first := phrase.Say("overlap_first", map[string]any{"name": a.Name, "small": a.Precedence, "large": b.Precedence})
		if b.State == cohort.Frozen && a.State != cohort.Frozen {
			first = phrase.Say("overlap_placed", map[string]any{"name": b.Name})
		}
		rows = append(rows, overlapRow{A: a.Name, B: b.Name, Size: p.Size, First: first})
	}
	return rows
}

func cohortNames(all []cohort.Cohort) map[id.Cohort]string {
	names := map[id.Cohort]string{}
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names
}

// cohortSum says what becomes of the people that a rule selects.
func cohortSum(f cohort.Figures, names map[id.Cohort]string) views.Sum {
	var parts []views.Term
	add := func(status, word string, n int) {
		if n > 0 {
			parts = append(parts, views.Term{Status: status, Word: word, Count: int64(n)})
		}
	}
	add("accepted", phrase.Say("told_here", nil), f.Resolved)
	for _, l := range f.LostTo {
		add("sending", phrase.Say("told_by", map[string]any{"name": names[l.Cohort]}), l.Size)
	}
	add("excluded", phrase.Say("sum_excluded", nil), f.Excluded)
	return sumOf(phrase.Say("match", nil), parts)
}

// figuresBody are the figures of a rule with their sentence, as they are now.
type figuresBody struct {
	Sum          *views.Sum
	Title, Words string
	Missing      string // why there are none
	Resolved     int
	Places       []shareRow
	Languages    []shareRow
	Overlaps     []overlapRow
	Sample       []sampledRow
	AsOf         views.When
	Upgrades     *views.Link // of people who wait for a decision
	Freeze       string      // where the cohort is frozen, if it can be
	Saved        bool
}

// shareRow is a part of a whole with a bar.
type shareRow struct {
	Name   string
	People int
	Width  string
}

// figures dresses what a service counted.
func (v *visit) figures(f cohort.Figures, own cohort.Draft, others []cohort.Cohort) figuresBody {
	names := cohortNames(others)
	sum := cohortSum(f, names)
	b := figuresBody{Sum: &sum, Title: phrase.Say("figures_title", map[string]any{"count": f.Size}), Resolved: f.Resolved, Places: shares(f.ByJurisdiction, phrase.Place), Languages: shares(f.ByLocale, phrase.Speech), AsOf: v.when(time.Now())}
	for _, l := range f.Overlaps {
		other := named(others, func(c cohort.Cohort) bool { return c.ID == l.Cohort })
		first, a, z := own.Name, own.Precedence, other.Precedence
		if z < a {
			first, a, z = other.Name, z, a
		}
		if first == "" {
			first = phrase.Say("this_cohort", nil)
		}
		said := phrase.Say("overlap_first", map[string]any{"name": first, "small": a, "large": z})
		if other.State == cohort.Frozen && first != other.Name {
			said = phrase.Say("overlap_placed", map[string]any{"name": other.Name})
		}
		b.Overlaps = append(b.Overlaps, overlapRow{A: other.Name, Size: l.Size, First: said})
	}
	return b
}

// ruleNames gives the names of an incident's lists, campaigns and cohorts.
func ruleNames(s overview.Standing) cohort.Names {
	campaigns, cohorts := map[id.Campaign]string{}, map[id.Cohort]string{}
	for _, c := range s.Cohorts {
		cohorts[c.ID] = c.Name
	}
	for _, c := range s.Campaigns {
		campaigns[c.ID] = c.Name
	}
	return cohort.Names{List: listNames(s), Campaign: func(no id.Campaign) string { return cmp.Or(campaigns[no], no.String()) },
		Cohort: func(no id.Cohort) string { return cmp.Or(cohorts[no], no.String()) }}
}

// listNames gives the names of an incident's lists.
func listNames(s overview.Standing) func(id.List) string {
	return func(no id.List) string {
		for _, l := range s.Lists {
			if l.ID == no {
				return l.Name
			}
		}
		return no.String()
	}
}
