package campaign

import (
	"time"
	_ "time/tzdata" // zone names mean the same on every machine

	"forthwith/internal/fault"
)

// Window is the part of the day in which people are mailed, on their own clocks.
// Zone is where those are taken to be who have no time zone of their own.
type Window struct {
	From string `json:"from"` // "08:00"
	To   string `json:"to"`   // "20:00", not included
	Zone string `json:"zone"` // of the IANA database
}

// usualZone is the zone of people without one, where nobody chose another.
const usualZone = "UTC"

// shortestWindow is long enough for a batch of letters and its answers.
const shortestWindow = time.Hour

func (w Window) normalise() Window {
	if w.Zone == "" {
		w.Zone = usualZone
	}
	return w
}

func (w Window) check() (wrong []fault.Field) {
	from, err := time.Parse("15:04", w.From)
	to, err2 := time.Parse("15:04", w.To)
	if err != nil || err2 != nil || to.Sub(from) < shortestWindow {
		wrong = append(wrong, fault.Field{Name: "send_window", Code: "window_wrong"})
	}
	if loc, err := time.LoadLocation(w.Zone); err != nil || loc == time.Local {
		wrong = append(wrong, fault.Field{Name: "send_window", Code: "window_zone_wrong", Values: fault.Values{"zone": w.Zone}})
	}
	return wrong
}

// Span is how much of a day a window leaves for sending.
func (w Window) Span() time.Duration {
	from, _ := time.Parse("15:04", w.From)
	to, _ := time.Parse("15:04", w.To)
	return to.Sub(from)
}

// longestWork bounds what is projected day by day.
const longestWork = 365 * 24 * time.Hour

// end projects when work of so long ends that begins then and rests outside of
// the window, on the clocks of its zone. People elsewhere shift it by hours.
func (w Window) end(from time.Time, work time.Duration) time.Time {
	loc, err := time.LoadLocation(w.Zone)
	if err != nil || w.Span() <= 0 || work > longestWork {
		return from.Add(work)
	}
	for at := from.In(loc); ; {
		opens, closes := w.on(at)
		if at.Before(opens) {
			at = opens
		}
		if left := closes.Sub(at); left > 0 {
			if work <= left {
				return at.Add(work)
			}
			work -= left
		}
		at, _ = w.on(at.AddDate(0, 0, 1))
	}
}

// on gives when the window of a day opens and closes.
func (w Window) on(day time.Time) (opens, closes time.Time) {
	at := func(clock string) time.Time {
		c, _ := time.Parse("15:04", clock)
		return time.Date(day.Year(), day.Month(), day.Day(), c.Hour(), c.Minute(), 0, 0, day.Location())
	}
	return at(w.From), at(w.To)
}
