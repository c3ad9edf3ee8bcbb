package web

import (
	"strings"
	"time"

	"forthwith/internal/id"
	"forthwith/internal/obligation"
	"forthwith/internal/phrase"
	"forthwith/internal/regime"
	"forthwith/web/views"
)

// dutyGroup are duties that stand alike. Closed ones are shown when asked for.
type dutyGroup struct {
	ID, Title, Lead string
	Rows            []dutyRow
	Closed          bool
}

// dutyRow is one duty in a table of them.
type dutyRow struct {
	Name, URL string
	Rule      string
	Citation  string
	Trust     string
	When      *views.When
	Day       string // of a limit that is counted in days
	How       string // what the moment is, or why there is none
	Standing  string
	State     views.Said
}

// groups puts duties where a reader looks for them, in this order.
var groups = []struct {
	name   string
	has    func(obligation.Line) bool
	closed bool
}{
	{"over", func(l obligation.Line) bool { return l.State == obligation.Overdue }, false},
	{"dated", func(l obligation.Line) bool { return !l.Clock.At().IsZero() && l.Pending() }, false},
	{"waiting", func(l obligation.Line) bool {
		return l.Pending() && (l.Clock.State == regime.NotStarted || l.Clock.State == regime.WithNotice)
	}, false},
	{"open", obligation.Line.Pending, false},
	{"done", func(l obligation.Line) bool { return l.State == obligation.Done }, false},
	{"unreached", func(obligation.Line) bool { return true }, true},
}

func (v *visit) dutyGroups(no id.Incident, c obligation.Clock) []dutyGroup {
	all := make([]dutyGroup, len(groups))
	for _, l := range c.Lines {
		for i, g := range groups {
			if g.has(l) {
				all[i].Rows = append(all[i].Rows, v.dutyRow(no, c, l))
				break
			}
		}
	}
	var filled []dutyGroup
	for i, g := range groups {
		if len(all[i].Rows) > 0 {
			filled = append(filled, dutyGroup{g.name, phrase.Say("clock_group_"+g.name, map[string]any{"count": len(all[i].Rows)}), phrase.Say("clock_group_"+g.name+"_lead", nil), all[i].Rows, g.closed})
		}
	}
	return filled
}

func (v *visit) dutyRow(no id.Incident, c obligation.Clock, l obligation.Line) dutyRow {
	r := dutyRow{Name: l.Name(), URL: dutyURL(no, l.ID), Rule: l.Origin.Name, Citation: l.Origin.Citation, Standing: standingOf(l), State: saidDuty(l),
		Trust: phrase.Say("clock_trust", map[string]any{"as_of": l.Origin.AsOf, "confidence": phrase.Say("confidence_"+string(l.Origin.Confidence), nil)})}
	at, m := l.Clock.At(), l.Clock.Counts()
	if at.IsZero() {
		r.How = phrase.Say("regime_clock_"+string(l.Clock.State), map[string]any{"event": eventName(l.Clock.Missing)})
		return r
	}
	r.Day, r.How = m.Day, howOf(l.Clock)
	if m.Day == "" {
		r.When = v.whenSet(&at)
	}
	if l.State != obligation.Done {
		r.How = spanTo(c.At, at) + ", " + r.How
	}
	return r
}

// howOf says what a moment stands on.
func howOf(c regime.Clock) string {
	switch {
	case !c.Due.IsZero() && c.Soft:
		return phrase.Say("clock_how_soft", nil)
	case !c.Due.IsZero() && c.Ground == regime.OnEvent:
		return phrase.Say("clock_how_event", map[string]any{"event": eventName(c.From)})
	case !c.Due.IsZero():
		return phrase.Say("regime_ground_"+string(c.Ground), nil)
	case !c.Careful.IsZero():
		return phrase.Say("clock_how_careful", map[string]any{"event": eventName(c.CarefulFrom), "missing": eventName(c.Missing)})
	}
	return phrase.Say("clock_how_policy", nil)
}

// standingOf holds the people against the threshold, with both numbers.
func standingOf(l obligation.Line) string {
	if t := l.Count.Threshold; t.Op != "" {
		return phrase.Say("clock_count_"+string(t.Op), map[string]any{"people": l.Count.People, "threshold": t.Count, "basis": phrase.Say("basis_"+string(t.Basis), nil)})
	}
	if l.Standing == regime.Unrecorded {
		return phrase.Say("clock_unrecorded", map[string]any{"conditions": listed(l.Unrecorded)})
	}
	said := phrase.Say("regime_standing_"+string(l.Standing), nil)
	if l.Kind == regime.IndividualNotice && l.Count.Residents > 0 {
		return phrase.Say("clock_people", map[string]any{"count": l.Count.Residents, "standing": said})
	}
	return said
}

func saidDuty(l obligation.Line) views.Said {
	switch {
	case l.State == obligation.Done:
		return state("ok", "check", "duty_is_done", 0)
	case l.State == obligation.Overdue:
		return state("bad", "warning", "duty_is_over", 0)
	case l.Outlook == obligation.Late:
		return state("warn", "warning", "duty_is_late", 0)
	case l.Outlook == obligation.InTime:
		return state("ok", "check", "duty_in_time", 0)
	case l.Outlook == obligation.Unknown:
		return state("warn", "diamond", "duty_unknown", 0)
	}
	return state("idle", "ring", "duty_is_open", 0)
}

// dutyAnswers say everything that is known of a duty.
func (v *visit) dutyAnswers(c obligation.Clock, l obligation.Line) []answer {
	row := v.dutyRow(0, c, l)
	due := answer{Name: phrase.Say("duty_due", nil), Text: row.Day, More: row.How}
	if row.When != nil {
		due.Text = row.When.Text
	}
	if due.Text == "" {
		due.Text, due.More = due.More, ""
	}
	all := []answer{due, {Name: phrase.Say("duty_says", nil), Text: l.Clock.Text}}
	if l.Condition != "" {
		all = append(all, answer{Name: phrase.Say("duty_condition", nil), Text: l.Condition})
	}
	all = append(all, answer{Name: phrase.Say("duty_people", nil), Text: row.Standing, More: phrase.Say("duty_residents", map[string]any{"residents": l.Count.Residents, "unplaced": l.Count.Unplaced})})
	for _, send := range l.Late {
		all = append(all, answer{Name: phrase.Say("duty_late", nil), Text: phrase.Say("duty_late_text", map[string]any{"name": send.Name, "late": spanTo(l.Clock.At(), *send.Ends)}), Link: phrase.Say("alert_campaign_do", nil), URL: campaignURL(send.ID)})
	}
	for _, w := range l.Clock.Warnings {
		all = append(all, answer{Name: phrase.Say("duty_warning", nil), Text: phrase.Say("regime_warning_"+string(w), nil)})
	}
	if !l.Clock.Original.IsZero() {
		all = append(all, answer{Name: phrase.Say("duty_original", nil), Text: v.when(l.Clock.Original.At).Text, More: l.Clock.Document})
	}
	if l.TemplateCopy == regime.Yes {
		all = append(all, answer{Name: phrase.Say("duty_copy", nil), Text: phrase.Say("duty_copy_text", nil)})
	}
	if l.HarmException == regime.Yes {
		all = append(all, answer{Name: phrase.Say("duty_harm", nil), Text: phrase.Say("duty_harm_text", nil)})
	}
	all = append(all, answer{Name: phrase.Say("duty_rule", nil), Text: l.Origin.Name, More: l.Origin.Citation}, answer{Name: phrase.Say("duty_trust", nil), Text: row.Trust, More: listed(l.Origin.LowConfidence)})
	for _, note := range []string{l.Note, l.Origin.Note} {
		if note != "" {
			all = append(all, answer{Name: phrase.Say("duty_note", nil), Text: note})
		}
	}
	return all
}

func listed(all []string) string { return strings.Join(all, ", ") }

// clockLine draws the time from the first fact to the first limit. Places are in
// percent.
type clockLine struct {
	Label        string
	NowAt, DueAt float64
	Late         bool
}

// clockLineOf is nil when nothing has a moment.
func clockLineOf(c obligation.Clock) *clockLine {
	next := c.Next()
	if next == nil || next.Clock.Start.IsZero() {
		return nil
	}
	from, due, now := next.Clock.Start.At, next.Clock.At(), c.At
	end := due
	if now.After(end) {
		end = now
	}
	whole := end.Sub(from).Seconds()
	if whole <= 0 {
		return nil
	}
	place := func(at time.Time) float64 { return 1 + 98*min(max(at.Sub(from).Seconds()/whole, 0), 1) }
	line := &clockLine{NowAt: place(now), DueAt: place(due), Late: now.After(due)}
	line.Label = phrase.Say("clock_line", map[string]any{"event": eventName(next.Clock.From), "in": spanTo(now, due)})
	return line
}
