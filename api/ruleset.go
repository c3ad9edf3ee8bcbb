package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
)

// RuleSets is what these routes call.
type RuleSets interface {
	InUse(ctx context.Context, by access.Actor) (obligation.InUse, regime.Set, error)
	List(ctx context.Context, by access.Actor, after id.RuleSet, limit int) ([]obligation.RuleSet, error)
	Get(ctx context.Context, by access.Actor, no id.RuleSet) (obligation.Beside, error)
	Load(ctx context.Context, by access.Actor, document []byte) (b obligation.Beside, made bool, err error)
	Activate(ctx context.Context, by access.Actor, no id.RuleSet, instead canon.Hash) (obligation.InUse, error)
}

func ruleSetRoutes(r routes, s RuleSets) {
	h := ruleSets{s}
	r.get("/rule-set", h.inUse)
	r.get("/rule-sets", h.list, pages())
	r.post("/rule-sets", h.load, unstored)
	r.get("/rule-sets/:set", h.get)
	r.post("/rule-sets/:set/activate", h.activate)
}

type ruleSets struct{ service RuleSets }

type ruleSetView struct {
	ID       string     `json:"id"`
	Version  string     `json:"version"`
	SHA256   canon.Hash `json:"sha256"`
	LoadedBy *id.User   `json:"loaded_by"`
	LoadedAt *time.Time `json:"loaded_at"`
}

func viewRuleSet(s obligation.RuleSet) ruleSetView {
	return ruleSetView{s.Name(), s.Version, s.SHA256, orNone(s.LoadedBy), orNever(s.LoadedAt)}
}

// orNever gives null for a moment that never was.
func orNever(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// contentView is what a rule set holds.
type contentView struct {
	Generated  string `json:"generated"`
	Disclaimer string `json:"disclaimer"`
	Regimes    int    `json:"regimes"`
	Trades     int    `json:"trade_regimes"`
}

func viewContent(rules regime.Set) contentView {
	t := obligation.TallyOf(rules)
	return contentView{rules.Generated, rules.Disclaimer, t.Regimes, t.Trades}
}

type inUseView struct {
	ruleSetView
	contentView
	By    *id.User   `json:"activated_by"`
	At    *time.Time `json:"activated_at"`
	Newer *string    `json:"newer_builtin"`
}

type besideView struct {
	ruleSetView
	contentView
	InUse    bool         `json:"in_use"`
	Warnings []doubtView  `json:"warnings"`
	Changes  []changeView `json:"changes"`
}

type doubtView struct {
	Code    obligation.Doubt `json:"code"`
	Message string           `json:"message"`
}

type changeView struct {
	Regime string `json:"regime"`
	Field  string `json:"field"`
	Old    string `json:"old"`
	New    string `json:"new"`
}

func viewBeside(b obligation.Beside) besideView {
	return besideView{viewRuleSet(b.RuleSet), viewContent(b.Rules), b.InUse,
		views(b.Warnings, func(d obligation.Doubt) doubtView { return doubtView{d, phrase.Say(string(d), nil)} }),
		views(b.Changes, func(c regime.Change) changeView { return changeView(c) })}
}

func (h ruleSets) inUse(q request) error {
	now, rules, err := h.service.InUse(q.UserContext(), q.actor)
	if err != nil {
		return err
	}
	return q.JSON(inUseView{viewRuleSet(now.RuleSet), viewContent(rules), orNone(now.By), orNever(now.At), orNone(now.Newer())})
}

func (h ruleSets) list(q request) error {
	return list(q, whole(h.service.List), func(s obligation.RuleSet) id.RuleSet { return s.ID }, viewRuleSet)
}

func (h ruleSets) get(q request) error { return one(q, aRuleSet, h.service.Get, as(viewBeside)) }

func (h ruleSets) load(q request) error {
	form, err := q.formWith(regime.MaxFile)
	if err != nil {
		return err
	}
	document, err := form.whole()
	if err != nil {
		return err
	}
	b, made, err := h.service.Load(q.UserContext(), q.actor, document)
	if err != nil {
		return err
	}
	if !made {
		return q.JSON(viewBeside(b))
	}
	return q.created("/rule-sets/"+b.Name(), viewBeside(b))
}

// activation is what may be said of the set that goes.
type activation struct {
	Instead canon.Hash `json:"instead_of"`
}

func (h ruleSets) activate(q request) error {
	no, body, err := bodyFor[activation](q, aRuleSet)
	if err != nil {
		return err
	}
	if _, err := h.service.Activate(q.UserContext(), q.actor, no, body.Instead); err != nil {
		return err
	}
	return h.inUse(q)
}
