package web

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/web/views"
)

// Obligations reckons what the law asks of an incident.
type Obligations interface {
	Clock(ctx context.Context, by access.Actor, no id.Incident) (obligation.Clock, error)
	RuleSet(ctx context.Context) (regime.Set, error)
	Tick(ctx context.Context, by access.Actor, no id.Incident, duty string, d obligation.Did) (obligation.Line, error)
	Figures(ctx context.Context, by access.Actor, no id.Incident) (obligation.Figures, error)
}

func (w *site) lawClockRoutes(app *fiber.App) {
	w.get(app, "/incidents/:incident/clock", w.showClock)
	w.get(app, "/incidents/:incident/clock.ics", w.showCalendar)
	w.get(app, "/incidents/:incident/clock/:duty", w.showDuty)
	w.post(app, "/incidents/:incident/clock/:duty", w.tickDuty)
	w.get(app, "/incidents/:incident/figures", w.showFigures)
	w.get(app, "/incidents/:incident/figures/:place", w.showForm)
}

func clockURL(no id.Incident) string { return incidentURL(no) + "/clock" }

// clockBody is the law's clock of an incident.
type clockBody struct {
	Next       *nextDuty
	Line       *clockLine
	Missing    []string // dates that clocks wait for
	Facts      string   // where facts are changed
	Groups     []dutyGroup
	Sends      []sendRow
	Substitute []substituteRow
	Conflicts  []conflictRow
	Uncovered  string // places for which no rule is encoded
	NotCovered []string
	Rules      string
	Calendar   string
	Figures    string // of places, for the forms of authorities
	Nobody     bool   // nobody was imported yet
}

// nextDuty is the one that ends first.
type nextDuty struct {
	When      views.When
	In        string
	Name, URL string
	Rule      string
	Soft      bool
	Outlook   views.Said
}

type sendRow struct {
	Name, URL string
	State     views.Said
	Begins    views.When
	Ends      *views.When
}

type conflictRow struct{ Item, Forbidden, Required, Advice string }

func (w *site) showClock(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	clock, err := v.clock(no)
	if err != nil {
		return err
	}
	rules, err := w.Obligations.RuleSet(v.UserContext())
	if err != nil {
		return err
	}
	bar, s, err := v.bar(no, partClock)
	if err != nil {
		return err
	}
	b := clockBody{Facts: incidentURL(no) + "/facts", Next: v.nextDuty(no, clock), Line: clockLineOf(clock), Missing: missingFacts(clock), Groups: v.dutyGroups(no, clock),
		Substitute: substituteRows(clock), Conflicts: conflictRows(clock, rules), Uncovered: uncovered(clock), NotCovered: clock.NotCovered,
		Rules: phrase.Say("clock_rules", map[string]any{"version": clock.Version, "hash": clock.SHA256[:12]}), Calendar: clockURL(no) + ".ics", Figures: figuresURL(no), Nobody: s.People == 0}
	for _, send := range clock.Sends {
		b.Sends = append(b.Sends, sendRow{send.Name, campaignURL(send.ID), saidCampaign(send.State), v.when(send.Begins), v.whenSet(send.Ends)})
	}
	return v.show("clock", views.Page{Title: phrase.Say("clock_title", nil), Bar: bar, Body: b})
}

// clock reckons once a visit.
func (v *visit) clock(no id.Incident) (obligation.Clock, error) {
	if v.reckoned != nil && v.reckonedFor == no {
		return *v.reckoned, nil
	}
	clock, err := v.Obligations.Clock(v.UserContext(), v.actor(), no)
	if err == nil {
		v.reckoned, v.reckonedFor = &clock, no
	}
	return clock, err
}

func (w *site) showCalendar(v *visit) error {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	clock, err := v.clock(no)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	v.Set(fiber.HeaderContentDisposition, `attachment; filename="`+no.String()+`.ics"`)
	return v.SendString(clock.Calendar(no.String()))
}

func (v *visit) nextDuty(no id.Incident, c obligation.Clock) *nextDuty {
	l := c.Next()
	if l == nil {
		return nil
	}
	at := l.Clock.At()
	return &nextDuty{When: v.when(at), In: spanTo(c.At, at), Name: l.Name(), URL: dutyURL(no, l.ID), Rule: l.Origin.Citation, Soft: l.Clock.Soft, Outlook: saidOutlook(c)}
}

// spanTo says how far a moment is away, in the largest unit that tells enough.
func spanTo(now, at time.Time) string {
	code, d := "clock_in", at.Sub(now)
	if d < 0 {
		code, d = "clock_ago", -d
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Hour:
		return phrase.Say(code+"_minutes", map[string]any{"count": int(d.Minutes())})
	case d < 3*day:
		return phrase.Say(code+"_hours", map[string]any{"count": int(d.Hours())})
	}
	return phrase.Say(code+"_days", map[string]any{"count": int(d / day)})
}

// saidOutlook says whether every send ends before the notices to people are due.
func saidOutlook(c obligation.Clock) views.Said {
	worst := c.Outlook()
	if worst == obligation.Late {
		return state("warn", "warning", "clock_outlook_late", len(c.LateSends()))
	}
	look := map[obligation.Outlook][2]string{obligation.None: {"idle", "ring"}, obligation.Unknown: {"warn", "diamond"}, obligation.InTime: {"ok", "check"}}[worst]
	return state(look[0], look[1], "clock_outlook_"+string(worst), 0)
}

// missingFacts are the dates that clocks wait for, each once.
func missingFacts(c obligation.Clock) []string {
	waiting := map[string]int{}
	var order []string
	for _, l := range c.Lines {
		if m := l.Clock.Missing; m != "" && l.State != obligation.Done {
			if waiting[m] == 0 {
				order = append(order, m)
			}
			waiting[m]++
		}
	}
	var all []string
	for _, name := range order {
		all = append(all, phrase.Say("clock_missing", map[string]any{"event": eventName(name), "count": waiting[name]}))
	}
	return all
}

// eventName says an event in words, where the catalogue has them.
func eventName(name string) string {
	if code := "event_" + name; phrase.Has(code) {
		return phrase.Say(code, nil)
	}
	return name
}

func conflictRows(c obligation.Clock, rules regime.Set) []conflictRow {
	names, items := map[string]string{}, map[string]string{}
	for _, r := range rules.Regimes() {
		names[r.Regime] = r.Name
	}
	for _, i := range rules.Items() {
		items[i.ID] = i.Description
	}
	named := func(ids []string) string {
		all := make([]string, len(ids))
		for i, r := range ids {
			all[i] = names[r]
		}
		return strings.Join(all, "; ")
	}
	var all []conflictRow
	for _, x := range c.Conflicts {
		all = append(all, conflictRow{items[x.Item], named(x.ProhibitedBy), named(x.RequiredBy), x.Advice})
	}
	return all
}

func uncovered(c obligation.Clock) string {
	var all []string
	for _, u := range c.Uncovered {
		if u.Place != "" {
			all = append(all, phrase.Say("clock_place", map[string]any{"place": u.Place, "count": u.People}))
		} else {
			all = append(all, phrase.Say("clock_nowhere", map[string]any{"count": u.People}))
		}
	}
	return listed(all)
}

// dutyBody is one duty, and the form that ticks it.
type dutyBody struct {
	Path    string
	Row     dutyRow
	Answers []answer
	Done    *answer
	DoneAt  views.When
	MayTick bool
	Today   string
}

func dutyURL(no id.Incident, duty string) string { return clockURL(no) + "/" + duty }

func (v *visit) dutyPage() (views.Page, error) {
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return views.Page{}, err
	}
	clock, err := v.clock(no)
	if err != nil {
		return views.Page{}, err
	}
	line, known := clock.Find(v.Params("duty"))
	if !known {
		return views.Page{}, obligation.ErrNoDuty
	}
	bar, s, err := v.bar(no, partClock)
	if err != nil {
		return views.Page{}, err
	}
	names, err := v.people()
	if err != nil {
		return views.Page{}, err
	}
	b := dutyBody{Path: dutyURL(no, line.ID), Row: v.dutyRow(no, clock, line), Answers: v.dutyAnswers(clock, line), MayTick: mayBy(access.TickDuties, v) && s.State == incident.Open,
		Today: clock.At.In(v.zone()).Format(time.DateOnly)}
	if t := line.Tick; t != nil {
		b.Done = &answer{Name: phrase.Say("duty_done_by", map[string]any{"who": names.of(t.By)}), Text: t.Reference, More: t.At}
		b.DoneAt = v.when(t.Ticked)
	}
	return views.Page{Title: line.Name(), Bar: bar, Back: &views.Link{Text: phrase.Say("clock_title", nil), URL: clockURL(no)}, Body: b}, nil
}

func (w *site) showDuty(v *visit) error {
	p, err := v.dutyPage()
	if err != nil {
		return err
	}
	return v.show("duty", p)
}

func (w *site) tickDuty(v *visit) error {
	v.refused(onScreen("duty", (*visit).dutyPage))
	no, err := id.ParseIncident(v.Params("incident"))
	if err != nil {
		return err
	}
	if _, err := w.Obligations.Tick(v.UserContext(), v.actor(), no, v.Params("duty"), obligation.Did{At: v.field("at"), Reference: v.field("reference")}); err != nil {
		return err
	}
	return v.to(clockURL(no))
}

// substituteRow suggests another way to those who cannot be reached.
type substituteRow struct {
	Rule, Citation string
	Triggers       []string
	Methods        string
	Note           string
}

// substituteRows are the rules of which the counts speak for another way.
func substituteRows(c obligation.Clock) []substituteRow {
	var all []substituteRow
	for _, s := range c.Substitute {
		if len(s.Triggers) == 0 {
			continue
		}
		r := substituteRow{Rule: s.Origin.Name, Citation: s.Origin.Citation, Methods: phrase.Say("substitute_rule_"+s.Rule, map[string]any{"methods": methodNames(s.Methods)}), Note: s.Note}
		for _, t := range s.Triggers {
			r.Triggers = append(r.Triggers, phrase.Say("regime_trigger_"+string(t), map[string]any{"limit": s.ClassOver, "unreachable": s.Unreachable}))
		}
		all = append(all, r)
	}
	return all
}

// methodNames says ways to tell people in words.
func methodNames(all []string) string {
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m
		if code := "method_" + m; phrase.Has(code) {
			names[i] = phrase.Say(code, nil)
		}
	}
	return strings.Join(names, "; ")
}
