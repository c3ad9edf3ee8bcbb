package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/cohort"
	"forthwith/internal/id"
)

// Upgrades decides about people who match a more specific cohort than the one
// that they were placed in.
type Upgrades interface {
	Upgrades(ctx context.Context, by access.Actor, no id.Cohort) (cohort.Undecided, error)
	DecideUpgrades(ctx context.Context, by access.Actor, d cohort.UpgradeDecision) error
}

type upgradesView struct {
	Cohort    id.Cohort     `json:"cohort"`
	Undecided []upgradeView `json:"undecided"`
	Tell      int           `json:"follow_up"`
	Leave     int           `json:"leave"`
	Waiting   int           `json:"not_followed_up"`
}

type upgradeView struct {
	From   id.Cohort `json:"from"`
	People int       `json:"people"`
}

func viewUpgrades(u cohort.Undecided) upgradesView {
	v := upgradesView{Cohort: u.Cohort.ID, Undecided: []upgradeView{}, Tell: u.Tell, Leave: u.Leave, Waiting: u.Waiting}
	for _, open := range u.Open {
		v.Undecided = append(v.Undecided, upgradeView{open.From, open.People.Len()})
	}
	return v
}

func (h cohorts) upgrades(q request) error {
	return one(q, aCohort, h.service.Upgrades, as(viewUpgrades))
}

type upgradeDecision struct {
	From     id.Cohort     `json:"from"`
	Decision cohort.Ruling `json:"decision"`
	Reason   string        `json:"reason"`
	People   int           `json:"confirm_people"`
}

// decideUpgrades rules on everybody of a cohort who was placed in another one.
func (h cohorts) decideUpgrades(q request) error {
	no, body, err := bodyFor[upgradeDecision](q, aCohort)
	if err != nil {
		return err
	}
	err = h.service.DecideUpgrades(q.UserContext(), q.actor, cohort.UpgradeDecision{To: no, From: body.From, Ruling: body.Decision, Reason: body.Reason, People: body.People})
	if err != nil {
		return err
	}
	return then(q, as(viewUpgrades))(h.service.Upgrades(q.UserContext(), q.actor, no))
}
