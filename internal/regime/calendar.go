package regime

import (
	"slices"
	"time"

	"forthwith/internal/fault"
)

// Calendar is how a customer counts days. The zero value is UTC, Monday to
// Friday and no holidays, and every date that rests on it says so.
type Calendar struct {
	Zone     *time.Location
	Workdays []time.Weekday
	Holidays []string // dates as 2022-12-26
}

// Moment is an instant, or the whole of a day. Day is the date in the
// customer's zone, as 2022-08-08, and At the last second of that day; with no
// Day, At is the instant itself. The zero value is no moment.
type Moment struct {
	At  time.Time
	Day string
}

// IsZero tells whether there is no moment.
func (m Moment) IsZero() bool { return m.At.IsZero() }

// calendar is a Calendar that was checked.
type calendar struct {
	zone     *time.Location
	workdays []time.Weekday
	holidays map[string]bool
	plain    bool
	noZone   bool
}

func (c Calendar) check() (calendar, []fault.Field) {
	k := calendar{zone: c.Zone, workdays: c.Workdays, holidays: map[string]bool{}, plain: len(c.Workdays) == 0 || len(c.Holidays) == 0, noZone: c.Zone == nil}
	if k.noZone {
		k.zone = time.UTC
	}
	if len(k.workdays) == 0 {
		k.workdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	}
	var wrong []fault.Field
	for _, d := range k.workdays {
		if d < time.Sunday || d > time.Saturday {
			wrong = append(wrong, fault.Field{Name: "calendar.workdays", Code: "calendar_workday", Values: fault.Values{"day": int(d)}})
		}
	}
	for _, day := range c.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			wrong = append(wrong, fault.Field{Name: "calendar.holidays", Code: "calendar_holiday", Values: fault.Values{"day": quote(day)}})
		}
		k.holidays[day] = true
	}
	return k, wrong
}

// day is a date without a zone: midnight UTC of it.
func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// end is the last second of a date in the customer's zone.
func (k calendar) end(date time.Time) Moment {
	y, m, d := date.Date()
	return Moment{At: time.Date(y, m, d, 23, 59, 59, 0, k.zone), Day: date.Format(time.DateOnly)}
}

// works tells whether a date is a working day.
func (k calendar) works(date time.Time) bool {
	return slices.Contains(k.workdays, date.Weekday()) && !k.holidays[date.Format(time.DateOnly)]
}

// isOff tells whether a moment lies on a day off.
func (k calendar) isOff(m Moment) bool { return !k.works(day(m.At.In(k.zone))) }

// add counts from an event. Hours are real hours, from the first second of the
// day for an event without a time. The day of the event is not counted in days
// and months.
func (k calendar) add(from event, value int, unit Unit) Moment {
	date := day(from.at.In(k.zone))
	switch unit {
	case Hours:
		return Moment{At: from.at.Add(time.Duration(value) * time.Hour).In(k.zone)}
	case Months:
		return k.end(addMonths(date, value))
	case BusinessDays:
		for value > 0 {
			if date = date.AddDate(0, 0, 1); k.works(date) {
				value--
			}
		}
		return k.end(date)
	}
	return k.end(date.AddDate(0, 0, value))
}

// addMonths keeps the day of the month, or takes the last that there is.
func addMonths(date time.Time, months int) time.Time {
	y, m, d := date.Date()
	last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(y, m+time.Month(months), min(d, last), 0, 0, 0, 0, time.UTC)
}
