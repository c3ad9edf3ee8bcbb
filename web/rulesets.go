package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/web/views"
)

// RuleSets keeps the versions of the rules about breach notices.
type RuleSets interface {
	InUse(ctx context.Context, by access.Actor) (obligation.InUse, regime.Set, error)
	Behind(ctx context.Context, by access.Actor) (obligation.InUse, bool, error)
	List(ctx context.Context, by access.Actor, after id.RuleSet, limit int) ([]obligation.RuleSet, error)
	Get(ctx context.Context, by access.Actor, no id.RuleSet) (obligation.Beside, error)
	Load(ctx context.Context, by access.Actor, document []byte) (b obligation.Beside, made bool, err error)
	Activate(ctx context.Context, by access.Actor, no id.RuleSet, instead canon.Hash) (obligation.InUse, error)
}

func (w *site) ruleSetRoutes(app *fiber.App) {
	w.get(app, ruleSetsURL, w.listRuleSets)
	w.upload(app, ruleSetsURL, w.loadRuleSet)
	w.get(app, ruleSetsURL+"/:set", w.showRuleSet)
	w.post(app, ruleSetsURL+"/:set", w.activateRuleSet)
}

const ruleSetsURL = "/rules"

func ruleSetURL(s obligation.RuleSet) string { return ruleSetsURL + "/" + s.Name() }

// ruleSetsBody is the rules in use, and the files that were loaded.
type ruleSetsBody struct {
	Version    string
	Unreadable string    // why, where they are
	Newer      *needCard // where the program brings newer rules
	Answers    []answer
	Hash       canon.Hash
	Disclaimer string
	NotCovered []string
	Rows       []ruleSetRow
	Pages      views.Pages
	Path       string
	MayEdit    bool
}

// ruleSetRow is a file that was loaded, or the rules of the program.
type ruleSetRow struct {
	Version, URL, By string
	At               *views.When
	InUse            bool
}

func (v *visit) ruleSetsPage() (views.Page, error) {
	now, rules, err := v.RuleSets.InUse(v.UserContext(), v.actor())
	b := ruleSetsBody{Path: ruleSetsURL, MayEdit: mayBy(access.EditSettings, v), Version: now.Version, Hash: now.SHA256, Disclaimer: rules.Disclaimer, NotCovered: rules.NotCovered()}
	if fault.Is(err, "rules_unreadable") {
		f, _ := fault.As(err)
		b.Unreadable, err = sentence(f.Code, f.Values), nil
	}
	if err != nil {
		return views.Page{}, err
	}
	if b.Newer, err = v.newerRules(); err != nil {
		return views.Page{}, err
	}
	after, err := v.after()
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.RuleSets.List(v.UserContext(), v.actor(), id.RuleSet(after), pageLength+1)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	b.Answers = v.ruleSetAnswers(now, rules, names)
	all, b.Pages = paged(v, all, func(s obligation.RuleSet) int64 { return int64(s.ID) })
	if after == 0 {
		all = append([]obligation.RuleSet{obligation.Built()}, all...)
	}
	for _, s := range all {
		b.Rows = append(b.Rows, v.ruleSetRow(s, now, names))
	}
	return views.Page{Title: phrase.Say("rules_title", nil), Body: b}, err
}

// newerRules says that the program brings newer rules than those in use, and where
// they are compared; nil where it does not.
func (v *visit) newerRules() (*needCard, error) {
	now, behind, err := v.RuleSets.Behind(v.UserContext(), v.actor())
	if err != nil || !behind {
		return nil, err
	}
	brought := obligation.Built()
	values := map[string]any{"version": brought.Version, "used": now.Version}
	return &needCard{Where: phrase.Say("rules_title", nil), Title: phrase.Say("need_newer_rules", values), Text: phrase.Say("need_newer_rules_text", values),
		Action: phrase.Say("need_newer_rules_do", values), URL: ruleSetURL(brought)}, nil
}

func (v *visit) ruleSetRow(s obligation.RuleSet, now obligation.InUse, names staffNames) ruleSetRow {
	r := ruleSetRow{Version: s.Version, URL: ruleSetURL(s), By: phrase.Say("rules_by_program", nil), InUse: s.ID == now.ID}
	if s.ID != 0 {
		at := v.when(s.LoadedAt)
		r.By, r.At = names.of(s.LoadedBy), &at
	}
	return r
}

// ruleSetAnswers say what is in use; of rules that cannot be read, less.
func (v *visit) ruleSetAnswers(now obligation.InUse, rules regime.Set, names staffNames) []answer {
	since := phrase.Say("rules_since_ever", nil)
	if now.Activation != 0 {
		since = phrase.Say("rules_since", map[string]any{"who": names.of(now.By), "when": v.when(now.At).Text})
	}
	all := []answer{{Name: phrase.Say("rules_in_use_since", nil), Text: since}}
	if rules.Version == "" {
		return all
	}
	return append(all, contentAnswers(rules)...)
}

func contentAnswers(rules regime.Set) []answer {
	t := obligation.TallyOf(rules)
	return []answer{
		{Name: phrase.Say("rules_generated", nil), Text: rules.Generated},
		{Name: phrase.Say("rules_holds", nil), Text: phrase.Say("rules_holds_text", map[string]any{"regimes": t.Regimes, "trades": t.Trades})},
	}
}

func (w *site) listRuleSets(v *visit) error {
	p, err := v.ruleSetsPage()
	if err != nil {
		return err
	}
	return v.show("rules", p)
}

// rules reads a rule file whole, up to the end of its form.
func (a *arriving) rules() ([]byte, error) {
	if a.file.FileName() == "" {
		return nil, fault.Wrong("file", "rules_file_missing", nil)
	}
	document, err := io.ReadAll(io.LimitReader(a.file, regime.MaxFile+1))
	if err != nil {
		return nil, brokenOff(err)
	}
	if len(document) > regime.MaxFile {
		return document, nil // which the service refuses; the rest is let by
	}
	if _, err := a.parts.NextPart(); !errors.Is(err, io.EOF) {
		return nil, brokenOff(err)
	}
	_, err = io.Copy(io.Discard, a.rest) // nothing of it may be taken for a next request
	return document, err
}

func (w *site) loadRuleSet(v *visit) error {
	if err := access.EditSettings.Allow(v.actor()); err != nil {
		return err
	}
	again := onScreen("rules", (*visit).ruleSetsPage)
	a, err := v.arrives(drained) // a file that is too long for us still gives its form back
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	document, err := a.rules()
	if err != nil {
		return v.uploadRefused(a, err, again)
	}
	b, _, err := v.RuleSets.Load(v.UserContext(), v.actor(), document)
	if err != nil {
		return v.uploadRefused(a, inTheFile(err), again)
	}
	return v.to(ruleSetURL(b.RuleSet))
}

// inTheFile makes defects of a file that was read those of the field that it came
// in, for the form has no others.
func inTheFile(err error) error {
	f, ok := fault.As(err)
	if !ok || f.Kind != fault.Invalid && f.Kind != fault.Malformed {
		return err
	}
	told := fault.Fault{Kind: fault.Invalid, Code: f.Code, Values: f.Values}
	for _, one := range f.Fields {
		told.Fields = append(told.Fields, fault.Field{Name: "file", Code: one.Code, Values: one.Values})
	}
	if len(told.Fields) == 0 {
		told.Fields = []fault.Field{{Name: "file", Code: f.Code, Values: f.Values}}
	}
	return &told
}

// ruleSetBody is one rule set beside the one in use.
type ruleSetBody struct {
	Version, Path string
	Hash          canon.Hash
	InUse         bool
	Answers       []answer
	Warnings      []string
	Changed       int
	Rows          []ruleChange
	Pages         views.Pages
	Compared      bool
	Instead       canon.Hash // of the rules that it would replace
	InsteadOf     string
	MayEdit       bool
}

// ruleChange is one fact that differs. Whole is said of a law that came or went.
type ruleChange struct{ Law, ID, Field, Old, New, Whole string }

func (v *visit) ruleSetPage() (views.Page, error) {
	no, err := obligation.ParseRuleSet(v.Params("set"))
	if err != nil {
		return views.Page{}, err
	}
	one, err := v.RuleSets.Get(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	now, _, err := v.RuleSets.InUse(v.UserContext(), v.actor())
	if err != nil && !fault.Is(err, "rules_unreadable") {
		return views.Page{}, err
	}
	b := ruleSetBody{Version: one.Version, Path: ruleSetURL(one.RuleSet), Hash: one.SHA256, InUse: one.InUse, Changed: len(one.Changes), Compared: err == nil,
		Instead: now.SHA256, InsteadOf: now.Version, MayEdit: mayBy(access.EditSettings, v) && !one.InUse}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	loaded := phrase.Say("rules_by_program", nil)
	if one.ID != 0 {
		loaded = phrase.Say("rules_since", map[string]any{"who": names.of(one.LoadedBy), "when": v.when(one.LoadedAt).Text})
	}
	b.Answers = append([]answer{{Name: phrase.Say("rules_loaded", nil), Text: loaded}}, contentAnswers(one.Rules)...)
	for _, d := range one.Warnings {
		b.Warnings = append(b.Warnings, phrase.Say(string(d), nil))
	}
	b.Rows, b.Pages, err = v.ruleChanges(one)
	back := &views.Link{Text: phrase.Say("rules_title", nil), URL: ruleSetsURL}
	return views.Page{Title: phrase.Say("rules_one_title", map[string]any{"version": one.Version}), Back: back, Body: b}, err
}

// ruleChanges gives a page of what differs; its cursor counts them.
func (v *visit) ruleChanges(one obligation.Beside) ([]ruleChange, views.Pages, error) {
	after, err := v.after()
	if err != nil {
		return nil, views.Pages{}, err
	}
	names := map[string]string{}
	for _, o := range one.Rules.Regimes() {
		names[o.Regime] = o.Name
	}
	from := int(min(after, int64(len(one.Changes))))
	type numbered struct {
		regime.Change
		no int64
	}
	var some []numbered
	for i, c := range one.Changes[from:min(from+pageLength+1, len(one.Changes))] {
		some = append(some, numbered{c, int64(from + i + 1)})
	}
	some, pages := paged(v, some, func(c numbered) int64 { return c.no })
	rows := make([]ruleChange, len(some))
	for i, c := range some {
		rows[i] = rowOf(c.Change, names)
	}
	return rows, pages, nil
}

func rowOf(c regime.Change, names map[string]string) ruleChange {
	r := ruleChange{Law: names[c.Regime], ID: c.Regime, Field: c.Field, Old: plainValue(c.Old), New: plainValue(c.New)}
	switch {
	case c.Regime == "":
		r.Law = phrase.Say("rules_outside", nil)
	case c.Field == "" && c.New == "":
		r.Law, r.Whole = c.Old, phrase.Say("rules_law_went", nil)
	case c.Field == "":
		r.Whole = phrase.Say("rules_law_came", nil)
	case r.Law == "":
		r.Law = c.Regime
	}
	return r
}

// plainValue writes a list as people do.
func plainValue(text string) string {
	var texts []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &texts) == nil {
		return strings.Join(texts, ", ")
	}
	return text
}

func (w *site) showRuleSet(v *visit) error {
	p, err := v.ruleSetPage()
	if err != nil {
		return err
	}
	return v.show("rule-set", p)
}

func (w *site) activateRuleSet(v *visit) error {
	v.refused(onScreen("rule-set", (*visit).ruleSetPage))
	no, err := obligation.ParseRuleSet(v.Params("set"))
	if err != nil {
		return err
	}
	var instead canon.Hash
	if err := instead.UnmarshalText([]byte(v.field("instead_of"))); err != nil || instead.IsZero() {
		return fault.New(fault.Mismatch, "changed_meanwhile", nil)
	}
	if _, err := v.RuleSets.Activate(v.UserContext(), v.actor(), no, instead); err != nil {
		return err
	}
	return v.to(ruleSetsURL)
}

// rulesAnswer says under which rules a plan was checked, and whether others have
// come into use since. A plan from before plans named them says nothing.
func (v *visit) rulesAnswer(c campaign.Campaign) ([]answer, error) {
	if c.PlanHash.IsZero() {
		return nil, nil
	}
	document, _, err := v.Plans.Plan(v.UserContext(), v.actor(), c.ID)
	if err != nil {
		return nil, err
	}
	p, err := campaign.ReadPlan(document)
	if err != nil || p.Rules == (campaign.PlannedRules{}) {
		return nil, err
	}
	now, _, err := v.RuleSets.InUse(v.UserContext(), v.actor())
	if err != nil && !fault.Is(err, "rules_unreadable") {
		return nil, err
	}
	a := answer{Name: phrase.Say("answer_rules", nil), Text: phrase.Say("answer_rules_text", map[string]any{"version": p.Rules.Version}),
		More: phrase.Say("answer_rules_more", map[string]any{"hash": p.Rules.SHA256[:min(12, len(p.Rules.SHA256))]}), URL: ruleSetsURL, Link: phrase.Say("answer_see_rules", nil)}
	if now.SHA256.String() != p.Rules.SHA256 {
		a.More += " " + phrase.Say("answer_rules_since", map[string]any{"version": now.Version})
	}
	return []answer{a}, nil
}
