package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/regime"
)

// Obligations is what these routes call.
type Obligations interface {
	Clock(ctx context.Context, by access.Actor, no id.Incident) (obligation.Clock, error)
	Tick(ctx context.Context, by access.Actor, no id.Incident, duty string, d obligation.Did) (obligation.Line, error)
	Figures(ctx context.Context, by access.Actor, no id.Incident) (obligation.Figures, error)
}

func obligationRoutes(r routes, s Obligations) {
	h := obligations{s}
	r.get("/incidents/:incident/obligations", h.get)
	r.get("/incidents/:incident/obligations.ics", h.calendar)
	r.post("/incidents/:incident/obligations/:duty/done", h.done)
	r.get("/incidents/:incident/figures", h.figures)
	r.get("/incidents/:incident/figures/:place", h.form)
}

type obligations struct{ service Obligations }

// clockView is what the rules say of an incident.
type clockView struct {
	AsOf       time.Time        `json:"as_of"`
	Rules      rulesView        `json:"rules"`
	InPlay     []inPlayView     `json:"in_play"`
	Duties     []dutyView       `json:"duties"`
	Substitute []substituteView `json:"substitute_notice"`
	Conflicts  []conflictView   `json:"conflicts"`
	Uncovered  []uncoveredView  `json:"uncovered"`
	NotCovered []string         `json:"not_covered"`
	Sends      []clockSendView  `json:"sends"`
}

type rulesView struct {
	Version    string `json:"version"`
	SHA256     string `json:"sha256"`
	Disclaimer string `json:"disclaimer"`
}

// originView is the rule that something comes from.
type originView struct {
	Regime        string            `json:"regime"`
	Rule          string            `json:"rule"`
	Jurisdiction  string            `json:"jurisdiction"`
	Citation      string            `json:"citation"`
	RuleAsOf      string            `json:"rule_as_of"`
	Confidence    regime.Confidence `json:"confidence"`
	LowConfidence []string          `json:"low_confidence_fields"`
}

func viewOrigin(o regime.Origin) originView {
	return originView{o.Regime, o.Name, o.Jurisdiction, o.Citation, o.AsOf, o.Confidence, orEmpty(o.LowConfidence)}
}

type inPlayView struct {
	originView
	Force  regime.Force `json:"force"`
	Since  string       `json:"since,omitempty"`
	People int          `json:"people"`
}

// limitView is a deadline with its clock. Dates end with their day in the
// organisation's zone.
type limitView struct {
	Kind     regime.DeadlineKind `json:"kind"`
	Soft     bool                `json:"soft"`
	Text     string              `json:"text"`
	State    regime.ClockState   `json:"state"`
	From     string              `json:"from,omitempty"`
	Missing  string              `json:"missing_event,omitempty"`
	Due      *momentView         `json:"due"`
	Careful  *momentView         `json:"careful_due"`
	By       string              `json:"careful_from,omitempty"`
	Target   *momentView         `json:"policy_due"`
	Original *momentView         `json:"due_without_delay"`
	Warnings []regime.Warning    `json:"warnings"`
}

type momentView struct {
	At  time.Time `json:"at"`
	Day string    `json:"day,omitempty"`
}

func viewMoment(m regime.Moment) *momentView {
	if m.IsZero() {
		return nil
	}
	return &momentView{m.At.UTC(), m.Day}
}

func viewLimit(c regime.Clock) limitView {
	return limitView{c.Kind, c.Soft, c.Text, c.State, c.From, c.Missing, viewMoment(c.Due), viewMoment(c.Careful), c.CarefulFrom, viewMoment(c.Target),
		viewMoment(c.Original), orEmpty(c.Warnings)}
}

type countView struct {
	Op        regime.Op    `json:"op,omitempty"`
	Threshold int          `json:"threshold"`
	Basis     regime.Basis `json:"basis,omitempty"`
	People    int          `json:"people"`
	Residents int          `json:"residents"`
	Unplaced  int          `json:"unplaced"`
}

// dutyView is somebody to be told, with what was done about it.
type dutyView struct {
	ID string `json:"id"`
	originView
	Duty          regime.DutyKind    `json:"duty"`
	To            string             `json:"to,omitempty"`
	Standing      regime.Standing    `json:"standing"`
	Count         countView          `json:"count"`
	Unrecorded    []string           `json:"unrecorded_conditions"`
	Limit         limitView          `json:"limit"`
	Further       []limitView        `json:"further_limits"`
	Condition     string             `json:"condition,omitempty"`
	HarmException regime.Answer      `json:"harm_exception,omitempty"`
	TemplateCopy  regime.Answer      `json:"template_copy,omitempty"`
	Note          string             `json:"note,omitempty"`
	State         obligation.State   `json:"state"`
	Outlook       obligation.Outlook `json:"outlook"`
	Late          []id.Campaign      `json:"late_campaigns"`
	Done          *doneView          `json:"done"`
}

type doneView struct {
	At        string    `json:"at"`
	Reference string    `json:"reference"`
	By        id.User   `json:"ticked_by"`
	Ticked    time.Time `json:"ticked_at"`
}

func viewDuty(l obligation.Line) dutyView {
	c := l.Count
	v := dutyView{ID: l.ID, originView: viewOrigin(l.Origin), Duty: l.Kind, To: l.To, Standing: l.Standing,
		Count:      countView{c.Threshold.Op, c.Threshold.Count, c.Threshold.Basis, c.People, c.Residents, c.Unplaced},
		Unrecorded: orEmpty(l.Unrecorded), Limit: viewLimit(l.Clock), Further: views(l.Others, viewLimit), Condition: l.Condition, HarmException: l.HarmException,
		TemplateCopy: l.TemplateCopy, Note: l.Note, State: l.State, Outlook: l.Outlook, Late: views(l.Late, func(s obligation.Send) id.Campaign { return s.ID })}
	if t := l.Tick; t != nil {
		v.Done = &doneView{t.At, t.Reference, t.By, t.Ticked}
	}
	return v
}

type substituteView struct {
	ID string `json:"id"`
	originView
	People      int              `json:"people"`
	Unreachable int              `json:"unreachable"`
	Triggers    []regime.Trigger `json:"triggers"`
	ClassOver   int              `json:"class_over,omitempty"`
	CostOver    int              `json:"cost_over,omitempty"`
	Currency    string           `json:"currency,omitempty"`
	Methods     []string         `json:"methods"`
	Rule        string           `json:"rule_of_methods"`
	WebsiteDays int              `json:"website_days,omitempty"`
	Tollfree    int              `json:"tollfree_days,omitempty"`
	Alternative string           `json:"alternative,omitempty"`
	Note        string           `json:"note,omitempty"`
}

func viewSubstitute(s regime.Substitute) substituteView {
	return substituteView{s.ID, viewOrigin(s.Origin), s.People, s.Unreachable, orEmpty(s.Triggers), s.ClassOver, s.CostOver, s.Currency, orEmpty(s.Methods), s.Rule,
		s.WebsiteDays, s.TollfreeDays, s.Alternative, s.Note}
}

type conflictView struct {
	Item         string   `json:"item"`
	ProhibitedBy []string `json:"prohibited_by"`
	RequiredBy   []string `json:"required_by"`
	Advice       string   `json:"advice,omitempty"`
}

type uncoveredView struct {
	Place  string `json:"jurisdiction"`
	People int    `json:"people"`
}

type clockSendView struct {
	Campaign id.Campaign    `json:"campaign_id"`
	Name     string         `json:"name"`
	State    campaign.State `json:"state"`
	People   int64          `json:"to_send"`
	Begins   time.Time      `json:"begins"`
	Ends     *time.Time     `json:"ends"`
}

func viewClock(c obligation.Clock) clockView {
	return clockView{
		AsOf: c.At, Rules: rulesView{c.Version, c.SHA256, c.Disclaimer},
		InPlay:     views(c.InPlay, func(p regime.InPlay) inPlayView { return inPlayView{viewOrigin(p.Origin), p.Force, p.Since, p.People} }),
		Duties:     views(c.Lines, viewDuty),
		Substitute: views(c.Substitute, viewSubstitute),
		Conflicts: views(c.Conflicts, func(x regime.Conflict) conflictView {
			return conflictView{x.Item, orEmpty(x.ProhibitedBy), orEmpty(x.RequiredBy), x.Advice}
		}),
		Uncovered:  views(c.Uncovered, func(u regime.Uncovered) uncoveredView { return uncoveredView(u) }),
		NotCovered: orEmpty(c.NotCovered),
		Sends: views(c.Sends, func(s obligation.Send) clockSendView {
			return clockSendView{s.ID, s.Name, s.State, s.People, s.Begins.UTC(), s.Ends}
		}),
	}
}

func (h obligations) get(q request) error { return one(q, anIncident, h.service.Clock, as(viewClock)) }

// calendar answers with a file that calendars subscribe to.
func (h obligations) calendar(q request) error {
	no, err := anIncident.in(q)
	if err != nil {
		return err
	}
	clock, err := h.service.Clock(q.UserContext(), q.actor, no)
	if err != nil {
		return err
	}
	q.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	return q.SendString(clock.Calendar(no.String()))
}

func (h obligations) done(q request) error {
	no, body, err := bodyFor[obligation.Did](q, anIncident)
	if err != nil {
		return err
	}
	line, err := h.service.Tick(q.UserContext(), q.actor, no, q.Params("duty"), body)
	return then(q, as(viewDuty))(line, err)
}
