package web

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

func (w *site) homeRoutes(app *fiber.App) {
	w.get(app, "/", w.showHome)
}

type homeBody struct {
	Alerts     []alertCard
	AllAlerts  string // the link to more than are shown
	Needs      []needCard
	Incidents  []incidentCard
	MayStart   bool
	SeesPeople bool // an admin and support see no incident
	MayLookUp  bool
}

// needCard is one thing that waits for the reader. The first has the page's
// primary button.
type needCard struct {
	Where, Title, Text, Action, URL string
	Since                           *views.When
	First                           bool
}

type incidentCard struct {
	Name, URL string
	Tabs      []views.Tab
}

// homeIncidents is how many incidents the home page speaks of.
const homeIncidents = 20

func (w *site) showHome(v *visit) error {
	b := homeBody{MayStart: mayBy(access.EditIncident, v), SeesPeople: mayBy(access.ReadIncident, v), MayLookUp: mayBy(access.LookUp, v)}
	if b.SeesPeople {
		if err := b.fill(v); err != nil {
			return err
		}
	}
	if mayBy(access.EditSettings, v) {
		newer, err := v.newerRules()
		if err != nil {
			return err
		}
		if newer != nil {
			newer.First = true // an admin has nothing else
			b.Needs = append(b.Needs, *newer)
		}
	}
	if err := b.alert(v); err != nil {
		return err
	}
	return v.show("home", views.Page{Title: phrase.Say("home_title", nil), Body: b})
}

// mayBy tells whether the reader's role may use a permission; a second factor
// is asked for where it is used.
func mayBy(p access.Permission, v *visit) bool {
	by := v.actor()
	by.SteppedUp = true
	return p.Allow(by) == nil
}

// homeAlerts is how many alerts the home page shows.
const homeAlerts = 3

// alert adds what the reader is told of before anything else.
func (b *homeBody) alert(v *visit) error {
	if !mayBy(access.ReadSettings, v) {
		return nil
	}
	newest, open, err := v.Alerts.Newest(v.UserContext(), v.actor(), homeAlerts)
	if err != nil {
		return err
	}
	b.AllAlerts = phrase.Say("alerts_all", map[string]any{"count": open})
	b.Alerts, err = v.alertCards(newest)
	return err
}

func (b *homeBody) fill(v *visit) error {
	standings, err := v.standings()
	if err != nil {
		return err
	}
	for _, s := range standings {
		needs, err := v.needCards(s)
		if err != nil {
			return err
		}
		for _, n := range needs {
			n.First = len(b.Needs) == 0
			b.Needs = append(b.Needs, n)
		}
		clock, err := v.clockState(s.Incident)
		if err != nil {
			return err
		}
		bar := barOf(s, clock, partOverview, len(needs))
		b.Incidents = append(b.Incidents, incidentCard{Name: s.Name, URL: bar.URL, Tabs: bar.Tabs[1:]})
	}
	return nil
}

// needCards says what waits for the reader in an incident.
func (v *visit) needCards(s overview.Standing) ([]needCard, error) {
	names, err := v.people()
	if err != nil {
		return nil, err
	}
	var all []needCard
	for i, n := range s.Needs(v.actor()) {
		values := map[string]any{"name": n.Name, "no": n.No, "count": n.People, "who": names.of(n.By)}
		card := needCard{Where: s.Name, First: i == 0, URL: needURL(s, n),
			Title:  phrase.Say("need_"+string(n.Kind), values),
			Text:   phrase.Say("need_"+string(n.Kind)+"_text", values),
			Action: phrase.Say("need_"+string(n.Kind)+"_do", values)}
		if !n.Since.IsZero() {
			since := v.when(n.Since)
			card.Since = &since
		}
		all = append(all, card)
	}
	return all, nil
}

// needURL is where a need is met.
func needURL(s overview.Standing, n overview.Need) string {
	incident := incidentURL(s.Incident)
	switch n.Kind {
	case overview.DecideUnclear:
		return "/campaigns/" + n.Object + "/exceptions"
	case overview.Resume, overview.RunChecks:
		return "/campaigns/" + n.Object
	case overview.DecidePeople:
		return "/campaigns/" + n.Object + "/undecided"
	case overview.Launch:
		return "/campaigns/" + n.Object + "/launch"
	case overview.ApproveMore:
		return "/amendments/" + n.Object + "/approve"
	case overview.ApprovePlan:
		return "/campaigns/" + n.Object + "/approve"
	case overview.ReviewText, overview.ReworkText, overview.SubmitText:
		return "/versions/" + n.Object
	case overview.PlanCampaign, overview.PlanAnother:
		return incident + "/campaigns/new?cohort=" + n.Object
	case overview.WriteNotice:
		return incident + "/notices"
	case overview.FreezeCohort:
		return "/cohorts/" + n.Object
	case overview.PlaceNewcomers:
		return incident + "/cohorts"
	case overview.BuildCohort:
		return incident + "/cohorts/new"
	case overview.ConfirmList:
		return "/lists/" + n.Object
	case overview.UploadList:
		return incident + "/lists"
	case overview.TakeEvidence:
		return "/campaigns/" + n.Object + "/evidence"
	}
	return incident
}
