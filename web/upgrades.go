package web

import (
	"context"
	"strconv"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// CohortUpgrades decides about people who were placed in a broader cohort.
type CohortUpgrades interface {
	Upgrades(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Undecided, error)
	DecideUpgrades(ctx context.Context, by access.Actor, d cohort.UpgradeDecision) error
}

// upgradesBody asks, for one broader cohort after the other, what its people are
// to hear.
type upgradesBody struct {
	Path, URL string
	Lead      string
	Open      *openUpgrade // the first that is undecided
	More      []string     // those after it
	Why       string       // why the reader does not decide
	Made      []string     // what was decided so far
	Follow    string       // where the follow-up is made
}

type openUpgrade struct {
	From, Title, Do string
	People          int
	Rulings         []views.Option
}

func upgradesURL(no id.Cohort) string { return cohortURL(no) + "/upgrades" }

func (v *visit) upgradesPage() (views.Page, error) {
	no, err := id.ParseCohort(v.Params("cohort"))
	if err != nil {
		return views.Page{}, err
	}
	u, err := v.Cohorts.Upgrades(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(u.Cohort.Incident, partCohorts)
	if err != nil {
		return views.Page{}, err
	}
	b := upgradesBody{Path: upgradesURL(no), URL: cohortURL(no), Lead: phrase.Say("upgrades_lead", map[string]any{"name": u.Cohort.Name})}
	b.ask(u, s, mayBy(access.LeaveUpgrades, v))
	if !v.mayIn(access.DecideUpgrades, s) {
		b.Why = phrase.Say("upgrades_who", nil)
	}
	b.tell(u)
	known, err := v.Cohorts.Known(v.UserContext(), v.actor(), u.Cohort.Incident)
	if err != nil {
		return views.Page{}, err
	}
	switch {
	case u.Waiting > 0 && len(known.Campaigns) == 0:
		b.Made = append(b.Made, phrase.Say("upgrades_early", nil))
	case u.Waiting > 0 && v.mayIn(access.BuildCohorts, s):
		b.Follow = incidentURL(u.Cohort.Incident) + "/cohorts/new?upgrade=" + no.String()
	}
	back := &views.Link{Text: u.Cohort.Name, URL: b.URL}
	return views.Page{Title: phrase.Say("upgrades_title", nil), Bar: bar, Back: back, Body: b}, nil
}

func (b *upgradesBody) ask(u cohort.Undecided, s overview.Standing, mayLeave bool) {
	names := ruleNames(s)
	for i, open := range u.Open {
		n := open.People.Len()
		title := phrase.Say("upgrades_from", map[string]any{"people": n, "name": names.Cohort(open.From)})
		if i > 0 {
			b.More = append(b.More, title)
			continue
		}
		b.Open = &openUpgrade{From: open.From.String(), Title: title, People: n, Do: phrase.Say("upgrades_do", map[string]any{"people": n})}
		b.Open.Rulings = []views.Option{{Value: string(cohort.TellThem), Text: phrase.Say("ruling_follow_up", nil)}}
		if mayLeave {
			b.Open.Rulings = append(b.Open.Rulings, views.Option{Value: string(cohort.LeaveIt), Text: phrase.Say("ruling_leave", nil)})
		}
	}
}

func (b *upgradesBody) tell(u cohort.Undecided) {
	if u.Tell > 0 {
		b.Made = append(b.Made, phrase.Say("upgrades_tell", map[string]any{"count": u.Tell, "waiting": u.Waiting}))
	}
	if u.Leave > 0 {
		b.Made = append(b.Made, phrase.Say("upgrades_leave", map[string]any{"count": u.Leave}))
	}
}

func (w *site) showUpgrades(v *visit) error {
	p, err := v.upgradesPage()
	if err != nil {
		return err
	}
	return v.show("upgrades", p)
}

func (w *site) decideUpgrades(v *visit) error {
	v.refused(onScreen("upgrades", (*visit).upgradesPage))
	no, err := id.ParseCohort(v.Params("cohort"))
	if err != nil {
		return err
	}
	from, _ := id.ParseCohort(v.field("from")) // what is no cohort has nobody
	people, err := strconv.Atoi(v.field("shown"))
	if err != nil {
		people = -1 // not the page's number: nobody was seen
	}
	ruling := cohort.Ruling(v.field("decision"))
	if ruling == "" {
		return fault.Wrong("decision", "field_missing", fault.Values{"name": "decision"})
	}
	d := cohort.UpgradeDecision{To: no, From: from, Ruling: ruling, Reason: v.field("reason"), People: people}
	if err := w.Cohorts.DecideUpgrades(v.UserContext(), v.actor(), d); err != nil {
		return err
	}
	return v.to(upgradesURL(no))
}

// upgradeLink leads to people of a cohort who were placed before, where there
// are any who wait for a decision.
func upgradeLink(c cohort.Cohort) *views.Link {
	n := 0
	for _, u := range c.Figures.Upgrades {
		n += u.Size
	}
	if n == 0 {
		return nil
	}
	return &views.Link{Text: phrase.Say("upgrades_link", map[string]any{"people": n}), URL: upgradesURL(c.ID)}
}

// followUpSketch begins a follow-up for those who are to hear a cohort's notice
// as well: after the newest campaign that was launched, which ops may change.
func (v *visit) followUpSketch(s sketch, known cohort.Known) sketch {
	no, err := id.ParseCohort(v.Query("upgrade"))
	name, there := known.Cohorts[no]
	if err != nil || !there {
		return s
	}
	s.node = &ruleNode{Join: joinAll, Parts: []*ruleNode{{What: aboutUpgraded + no.String()}}}
	s.name = phrase.Say("kind_follow_up", nil) + ": " + strings.TrimSpace(name)
	last := id.Campaign(0)
	for c := range known.Campaigns {
		last = max(last, c)
	}
	s.basis = last.String()
	return s
}
