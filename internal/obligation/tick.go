package obligation

import (
	"strings"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
)

// Tick says that a duty was done: when, and where the proof of it is, such as
// the number under which an authority confirmed it.
type Tick struct {
	Duty      string
	At        string // a date or an instant
	Reference string
	By        id.User
	Ticked    time.Time
}

const longestReference = 500

// Did is what a person says of a duty.
type Did struct {
	At        string `json:"at"` // a date or an instant
	Reference string `json:"reference"`
}

// tick reads it, at an instant in the zone of the organisation: a date is one of its
// calendar. What was done in the future was not done.
func (d Did) tick(now time.Time) (Tick, error) {
	at, err := incident.ParseEvent(d.At)
	if len(d.At) == len(time.DateOnly) {
		now = incident.DayOf(now)
	}
	reference := strings.TrimSpace(d.Reference)
	var wrong []fault.Field
	switch {
	case err != nil:
		wrong = append(wrong, fault.Field{Name: "at", Code: "event_not_a_date", Values: fault.Values{"name": "at"}})
	case at.After(now):
		wrong = append(wrong, fault.Field{Name: "at", Code: "done_later", Values: nil})
	}
	switch {
	case reference == "":
		wrong = append(wrong, fault.Field{Name: "reference", Code: "field_missing", Values: fault.Values{"name": "reference"}})
	case len([]rune(reference)) > longestReference:
		wrong = append(wrong, fault.Field{Name: "reference", Code: "field_too_long", Values: fault.Values{"name": "reference", "limit": longestReference}})
	}
	return Tick{At: d.At, Reference: reference}, fault.Wrongs(wrong)
}
