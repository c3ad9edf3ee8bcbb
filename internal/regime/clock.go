package regime

import (
	"slices"
	"time"
)

// Clock is a deadline in an incident. Due is set only where the rule gives a
// date that can be counted; Careful, where the event has none and another
// stands in; Target is the customer's own wish where the rule sets no fixed
// limit. Original is what Due, Careful or Target was before a delay for law
// enforcement put it off.
type Clock struct {
	Deadline
	State       ClockState
	Start       Moment // the event it runs from
	Missing     string // the event that has no date
	Due         Moment
	Ground      Ground // what Due stands on
	Careful     Moment
	CarefulFrom string // the event that stands in
	Target      Moment
	Original    Moment
	PutOff      Moment // until when the notice may be put off
	Document    string // the reference that allows it
	Warnings    []Warning
}

// Counts is the moment to plan by, and how it is counted: Due, else Careful, else
// Target, else none.
func (c Clock) Counts() Moment {
	for _, m := range []Moment{c.Due, c.Careful, c.Target} {
		if !m.IsZero() {
			return m
		}
	}
	return Moment{}
}

// At is the instant of the moment that counts, or zero.
func (c Clock) At() time.Time { return c.Counts().At }

// isDated tells whether the law, and not only the customer, gives a date.
func (c Clock) isDated() bool { return !c.Due.IsZero() || !c.Careful.IsZero() }

// reckoner counts the deadlines of one situation.
type reckoner struct {
	cal     calendar
	events  map[string]event
	planned event
	policy  int
	delay   Delay
}

// clock counts a deadline. The clock of the individual notice is what others
// hang on; for that notice itself it is the zero value.
func (k reckoner) clock(d Deadline, notice Clock) Clock {
	c := Clock{Deadline: d}
	switch d.Kind {
	case Fixed:
		k.fixed(&c)
	case Annual:
		k.annual(&c)
	case NotLaterThan, BeforeNotice:
		k.relative(&c, notice)
	case NoFixedLimit:
		c.State = NoLimit
		k.target(&c)
	case NoneByThisRule:
		c.State = NoClock
	}
	return c
}

func (k reckoner) fixed(c *Clock) {
	if e, ok := k.events[c.From]; ok {
		c.State, c.Ground, c.Start = Running, OnEvent, k.moment(e)
		c.Due = k.count(c, e)
		return
	}
	c.State, c.Missing = NotStarted, c.From
	if c.From == noticeSent && !k.planned.isZero() {
		c.Ground, c.Start = OnPlan, k.moment(k.planned)
		c.Due = k.count(c, k.planned)
		return
	}
	k.carefully(c, c.From, func(e event) Moment { return k.count(c, e) })
}

func (k reckoner) moment(e event) Moment { return k.cal.moment(e) }

func (k reckoner) count(c *Clock, from event) Moment {
	if from.whole && c.Unit == Hours {
		c.warn(StartOfDay)
	}
	if c.Unit == BusinessDays && k.cal.plain {
		c.warn(PlainWeek)
	}
	return k.cal.add(from, c.Value, c.Unit)
}

// annual counts from the end of the year of discovery.
func (k reckoner) annual(c *Clock) {
	from := func(e event) Moment {
		return k.cal.add(event{at: time.Date(e.at.Year(), time.December, 31, 0, 0, 0, 0, k.cal.zone), whole: true}, c.Value, c.Unit)
	}
	if e, ok := k.events[discovery]; ok {
		c.State, c.Ground = Running, OnEvent
		c.Start = k.cal.end(time.Date(e.at.Year(), time.December, 31, 0, 0, 0, 0, time.UTC))
		c.Due = from(e)
		return
	}
	c.State, c.Missing = NotStarted, discovery
	k.carefully(c, discovery, from)
}

func (k reckoner) carefully(c *Clock, missing string, count func(event) Moment) {
	for _, name := range standIns[missing] {
		if e, ok := k.events[name]; ok {
			c.CarefulFrom, c.Careful = name, count(e)
			return
		}
	}
}

// relative takes the earlier of the notice, as sent or planned, and the last
// moment for it.
func (k reckoner) relative(c *Clock, notice Clock) {
	at, sent := k.events[noticeSent]
	c.State, c.Ground = Running, OnEvent
	if !sent {
		at, c.Ground, c.State, c.Missing = k.planned, OnPlan, WithNotice, noticeSent
	}
	c.Start, c.Due = k.moment(at), k.moment(at)
	if due := notice.Due; !due.IsZero() && (c.Due.IsZero() || due.At.Before(c.Due.At)) {
		c.Due, c.Ground = due, OnLimit
	}
	if c.Due.IsZero() {
		c.Ground, c.Careful, c.CarefulFrom, c.Target = "", notice.Careful, notice.CarefulFrom, notice.Target
	}
	if c.Ground != OnEvent && c.Ground != OnPlan {
		c.Original, c.PutOff, c.Document = notice.Original, notice.PutOff, notice.Document
	}
	if c.Kind != BeforeNotice {
		return
	}
	for _, m := range []*Moment{&c.Due, &c.Careful, &c.Target, &c.Original} {
		if m.Day != "" { // the notice may go out early on its day
			*m = k.cal.end(day(m.At).AddDate(0, 0, -1))
		}
	}
}

// target counts what the customer wants of itself.
func (k reckoner) target(c *Clock) {
	if k.policy == 0 {
		return
	}
	for _, name := range []string{discovery, awareness} {
		if e, ok := k.events[name]; ok {
			c.Target = k.cal.add(e, k.policy, CalendarDays)
			return
		}
	}
}

// putOff moves the moments of a notice that law enforcement asked to hold back.
func (k reckoner) putOff(c *Clock, allowed Answer) {
	if k.delay.Until.IsZero() || c.State == NoClock {
		return
	}
	if allowed != Yes {
		c.warn(DelayNotAllowed)
		return
	}
	until := Moment{At: k.delay.Until.In(k.cal.zone)}
	c.PutOff, c.Document = until, k.delay.Document
	for _, m := range []*Moment{&c.Due, &c.Careful, &c.Target} {
		if !m.IsZero() && m.At.Before(until.At) {
			if c.Original.IsZero() {
				c.Original = *m
			}
			*m = until
		}
	}
}

// finish adds the warnings that rest on the final dates.
func (k reckoner) finish(c *Clock) {
	if c.At().IsZero() {
		return
	}
	for _, m := range []Moment{c.Due, c.Careful, c.Target} {
		if !m.IsZero() && k.cal.isOff(m) {
			c.warn(DayOff)
		}
	}
	if k.cal.noZone {
		c.warn(NoZone)
	}
}

func (c *Clock) warn(w Warning) {
	if !slices.Contains(c.Warnings, w) {
		c.Warnings = append(c.Warnings, w)
	}
}
