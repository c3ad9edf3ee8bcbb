package obligation

import (
	"slices"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/regime"
)

// Scene is what is read of an incident, at one moment.
type Scene struct {
	At           time.Time
	Incident     incident.Incident
	Organisation incident.Organisation
	People       map[string]int // affected people by place; "" for those of no known place
	Unreachable  map[string]int // of them, those without an address
	Sends        []Send
	Ticks        []Tick // in their order
}

// Send is a campaign that runs, is planned, or told people. Ends is when its
// last message is handed over, as it is projected; nil: nobody can say.
type Send struct {
	ID     id.Campaign
	Name   string
	State  campaign.State
	People int64
	Begins time.Time
	Ends   *time.Time

	Launched bool // it tells people, or told them
}

// Over tells whether nobody of it waits any more.
func (s Send) Over() bool {
	return s.State.Over()
}

// situation is what the rules ask about. The notice is an e-mail, always. The individual notice is planned for
// the moment at which the first person hears of it.
func (s Scene) situation() regime.Situation {
	f, o := s.Incident.Facts, s.Organisation
	x := regime.Situation{
		On: s.At, Events: f.Events, Conditions: append(slices.Clone(f.Conditions), regime.ByEmail), Profiles: o.Profiles, People: s.People, Unreachable: s.Unreachable,
		PolicyDays: o.PolicyDays, Calendar: calendar(o),
	}
	if first := s.first(); first != nil {
		x.Planned = first.UTC().Format(time.RFC3339)
	}
	if d := f.Delay; d != nil {
		until, _ := incident.ParseEvent(d.Until) // checked when it was written
		x.Delay = regime.Delay{Until: until, Document: d.Document}
	}
	return x
}

// zone is where the days of the organisation begin and end.
func (s Scene) zone() *time.Location {
	if zone := calendar(s.Organisation).Zone; zone != nil {
		return zone
	}
	return time.UTC
}

// calendar is how the organisation counts days.
func calendar(o incident.Organisation) regime.Calendar {
	c := regime.Calendar{Holidays: o.Holidays}
	if o.Zone != "" {
		c.Zone, _ = time.LoadLocation(o.Zone) // checked when it was written
	}
	for _, day := range o.Workdays {
		c.Workdays = append(c.Workdays, time.Weekday(slices.Index(incident.Weekdays, day)))
	}
	return c
}

func (s Scene) first() *time.Time {
	var first *time.Time
	for _, send := range s.Sends {
		if first == nil || send.Begins.Before(*first) {
			first = &send.Begins
		}
	}
	return first
}
