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

// next gives when the window that is open then, or opens next, opens and closes,
// on the clocks of its zone. People elsewhere shift it by hours. No window is
// always open.
func (w *Window) next(at time.Time) (opens, closes time.Time) {
	if w == nil {
		return at, at.AddDate(1, 0, 0)
	}
	loc, err := time.LoadLocation(w.Zone)
	if err != nil || w.Span() <= 0 {
		return at, at.AddDate(1, 0, 0)
	}
	day := at.In(loc)
	if opens, closes = w.on(day); at.Before(closes) {
		return opens, closes
	}
	return w.on(day.AddDate(0, 0, 1))
}

// on gives when the window of a day opens and closes.
func (w Window) on(day time.Time) (opens, closes time.Time) {
	at := func(clock string) time.Time {
		c, _ := time.Parse("15:04", clock)
		return time.Date(day.Year(), day.Month(), day.Day(), c.Hour(), c.Minute(), 0, 0, day.Location())
	}
	return at(w.From), at(w.To)
}
