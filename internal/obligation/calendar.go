package obligation

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"

	"forthwith/internal/phrase"
	"forthwith/internal/regime"
)

// Calendar writes the moments of what is still to be done as an iCalendar file
// (RFC 5545), each with a reminder a day before. An entry keeps its UID, so that a
// calendar which fetches the file again moves it.
func (c Clock) Calendar(incident string) string {
	cal := ics.NewCalendarFor("forthwith")
	cal.SetProductId("-//Forthwith//Clock//EN")
	cal.SetMethod(ics.MethodPublish)
	for _, l := range c.Lines {
		if due := l.Clock.Counts(); l.Pending() && !due.IsZero() {
			addEvent(cal, incident, c.At, l, due)
		}
	}
	return cal.Serialize(ics.WithNewLine("\r\n"))
}

func addEvent(cal *ics.Calendar, incident string, now time.Time, l Line, due regime.Moment) {
	e := cal.AddEvent(fmt.Sprintf("%s.%s@forthwith", incident, l.ID))
	e.SetDtStampTime(now)
	if due.Day == "" {
		e.SetStartAt(due.At)
		e.SetEndAt(due.At)
	} else if day, err := time.Parse(time.DateOnly, due.Day); err == nil {
		e.SetAllDayStartAt(day)
		e.SetAllDayEndAt(day.AddDate(0, 0, 1))
	}
	e.SetSummary(phrase.Say("calendar_summary", map[string]any{"duty": l.Name(), "rule": l.Origin.Name}))
	e.SetDescription(phrase.Say("calendar_description", map[string]any{"text": l.Clock.Text, "citation": l.Origin.Citation, "as_of": l.Origin.AsOf, "confidence": string(l.Origin.Confidence)}))
	e.SetTimeTransparency(ics.TransparencyTransparent)
	alarm := e.AddAlarm()
	alarm.SetAction(ics.ActionDisplay)
	alarm.SetTrigger("-P1D")
	alarm.SetDescription(l.Name())
}

// Name says what is to be done, in words.
func (l Line) Name() string {
	if l.Kind == regime.RegulatorNotice {
		return phrase.Say("duty_regulator", map[string]any{"to": l.To})
	}
	return phrase.Say("duty_"+string(l.Kind), nil)
}
