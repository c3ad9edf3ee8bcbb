package obligation

import (
	"slices"
	"time"

	"forthwith/internal/id"
	"forthwith/internal/regime"
)

// Clock is what the rules say of an incident, beside what is done about it.
type Clock struct {
	regime.Reckoning
	At    time.Time
	Lines []Line // the duties, in the order of the reckoning
	Sends []Send

	zone *time.Location // of the organisation
}

// Line is one duty with what became of it.
type Line struct {
	regime.Duty
	Tick    *Tick
	State   State
	Outlook Outlook
	Late    []Send // the sends that would end after it
}

// State says where a duty stands.
type State string

// The states.
const (
	Open    State = "open"
	Done    State = "done"    // somebody ticked it
	Overdue State = "overdue" // its moment is over, and nobody ticked it
)

// Outlook holds the sends against the moment of an individual notice.
type Outlook string

// The outlooks. Every other duty has none.
const (
	None    Outlook = "none"    // there is no moment, or nothing is sent
	InTime  Outlook = "in_time" // every send ends before it
	Late    Outlook = "late"    // a send ends after it
	Unknown Outlook = "unknown" // of a send, nobody can say when it ends
)

// lines puts ticks and sends beside the duties.
func lines(r regime.Reckoning, s Scene) []Line {
	done := map[string]*Tick{}
	for i := range s.Ticks {
		done[s.Ticks[i].Duty] = &s.Ticks[i]
	}
	all := make([]Line, len(r.Duties))
	for i, d := range r.Duties {
		all[i] = Line{Duty: d, Tick: done[d.ID], State: Open, Outlook: None}
		all[i].stand(s.At)
		if d.Kind == regime.IndividualNotice {
			all[i].look(s.Sends)
		}
	}
	return all
}

func (l *Line) stand(now time.Time) {
	switch due := l.Clock.At(); {
	case l.Tick != nil:
		l.State = Done
	case !due.IsZero() && due.Before(now) && l.binds():
		l.State = Overdue
	}
}

// binds tells whether the facts and counts bring the duty, as far as they can
// tell. One whose threshold is not reached is never overdue.
func (l Line) binds() bool {
	return l.Standing != regime.NotReached && l.Standing != regime.NotByThis
}

// Pending tells whether a duty is still to be done, as far as the facts and
// counts can tell.
func (l Line) Pending() bool { return l.State != Done && l.binds() }

func (l *Line) look(sends []Send) {
	due := l.Clock.At()
	if due.IsZero() || len(sends) == 0 || !l.binds() {
		return
	}
	l.Outlook = InTime
	for _, s := range sends {
		switch {
		case s.Ends == nil && l.Outlook != Late:
			l.Outlook = Unknown
		case s.Ends != nil && s.Ends.After(due):
			l.Outlook, l.Late = Late, append(l.Late, s)
		}
	}
}

// Next is the duty that ends first of those that are still to be done: nil when
// none has a moment.
func (c Clock) Next() *Line {
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Pending() && !l.Clock.At().IsZero() {
			return l
		}
	}
	return nil
}

// Find gives a duty by its id.
func (c Clock) Find(duty string) (Line, bool) {
	for _, l := range c.Lines {
		if l.ID == duty {
			return l, true
		}
	}
	return Line{}, false
}

// Overdue tells whether the moment of a duty is over that is no guidance and that
// the facts bring: of a mere checklist, people judge.
func (c Clock) Overdue() bool {
	return slices.ContainsFunc(c.Lines, func(l Line) bool {
		return l.State == Overdue && !l.Clock.Soft && l.Standing != regime.Checklist
	})
}

// Outlook is the gravest of all notices to people that nobody has ticked.
func (c Clock) Outlook() Outlook {
	worst := None
	for _, l := range c.Lines {
		if l.State != Done && gravity[l.Outlook] > gravity[worst] {
			worst = l.Outlook
		}
	}
	return worst
}

var gravity = map[Outlook]int{None: 0, InTime: 1, Unknown: 2, Late: 3}

// LateSends are the campaigns that would end after the moment of an individual
// notice which nobody has ticked, each once.
func (c Clock) LateSends() []id.Campaign {
	var all []id.Campaign
	seen := map[id.Campaign]bool{}
	for _, l := range c.Lines {
		for _, s := range l.Late {
			if l.State != Done && !s.Over() && !seen[s.ID] {
				seen[s.ID] = true
				all = append(all, s.ID)
			}
		}
	}
	return all
}
