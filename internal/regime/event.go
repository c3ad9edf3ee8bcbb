package regime

import (
	"time"

	"forthwith/internal/fault"
)

// event is a dated fact: an instant, or the first moment of a day.
type event struct {
	at    time.Time
	whole bool // it was given as a day
}

func (e event) isZero() bool { return e.at.IsZero() }

// The years that facts may lie in; outside them a date is a slip of the hand.
const (
	firstYear = 1900
	lastYear  = 2200
)

// parseEvent reads a date, in the customer's zone, or an instant of RFC 3339.
func (k calendar) parseEvent(text string) (event, bool) {
	at, err := time.ParseInLocation(time.DateOnly, text, k.zone)
	whole := err == nil
	if !whole {
		at, err = time.Parse(time.RFC3339, text)
	}
	if err != nil || at.Year() < firstYear || at.Year() > lastYear {
		return event{}, false
	}
	return event{at: at.In(k.zone), whole: whole}, true
}

func (k calendar) parseEvents(texts map[string]string) (map[string]event, []fault.Field) {
	events := map[string]event{}
	var wrong []fault.Field
	for name, text := range texts {
		if text == "" {
			continue
		}
		e, ok := k.parseEvent(text)
		if !ok {
			wrong = append(wrong, fault.Field{Name: "events." + name, Code: "event_not_a_date", Values: fault.Values{"name": name}})
			continue
		}
		events[name] = e
	}
	return events, wrong
}

// moment writes an event as a moment of its day or instant.
func (k calendar) moment(e event) Moment {
	if e.isZero() {
		return Moment{}
	}
	if e.whole {
		return k.end(day(e.at))
	}
	return Moment{At: e.at}
}

// standIns are the events from which the careful reading counts when the one
// that the rule names has no date. Whoever discovered a breach was aware of it,
// and what is determined or confirmed later was discovered before.
var standIns = map[string][]string{
	determination: {discovery, awareness},
	confirmation:  {discovery, awareness},
	awareness:     {discovery},
	discovery:     {awareness},
}
