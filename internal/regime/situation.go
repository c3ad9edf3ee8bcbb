package regime

import (
	"cmp"
	"slices"
	"time"

	"forthwith/internal/fault"
)

// Situation is what is known of an incident when somebody asks.
type Situation struct {
	On          time.Time         // the moment of asking: which rules are in force; zero is before all that have a date
	Events      map[string]string // dated facts: 2022-08-08, or an instant of RFC 3339
	Conditions  []string
	Profiles    []string       // flags of the organisation; each also counts as the condition of its name
	People      map[string]int // affected people by place; "" for those whose place is not known
	Unreachable map[string]int // those of them without a usable address
	Planned     string         // when the individual notice is to go out, written like an event
	PolicyDays  int            // the customer's own target where a rule sets no fixed limit; 0: none
	Delay       Delay
	Calendar    Calendar
}

// Delay is a request of law enforcement to hold the notice back. It needs a
// reference to the document, without which it is refused.
type Delay struct {
	Until    time.Time
	Document string
}

// mostPolicyDays bounds the customer's own target.
const mostPolicyDays = 3650

// scene is a situation that was checked.
type scene struct {
	Situation
	reckoner
	people, unreachable tally
	holds               map[string]bool
}

func (s Set) scene(x Situation) (scene, error) {
	cal, wrong := x.Calendar.check()
	events, more := cal.parseEvents(x.Events)
	wrong = append(wrong, more...)
	planned := event{}
	if x.Planned != "" {
		at, ok := cal.parseEvent(x.Planned)
		if !ok {
			wrong = append(wrong, fault.Field{Name: "planned", Code: "event_not_a_date", Values: fault.Values{"name": "planned"}})
		}
		planned = at
	}
	if x.PolicyDays < 0 || x.PolicyDays > mostPolicyDays {
		wrong = append(wrong, fault.Field{Name: "policy_days", Code: "field_out_of_range", Values: fault.Values{"name": "policy_days", "from": 0, "to": mostPolicyDays}})
	}
	if !x.Delay.Until.IsZero() && x.Delay.Document == "" {
		wrong = append(wrong, fault.Field{Name: "delay.document", Code: "delay_undocumented"})
	}
	wrong = append(wrong, countsWrong("people", x.People)...)
	wrong = append(wrong, countsWrong("unreachable", x.Unreachable)...)
	slices.SortFunc(wrong, func(a, b fault.Field) int { return cmp.Compare(a.Name, b.Name) })
	if err := fault.Wrongs(wrong); err != nil {
		return scene{}, err
	}
	return scene{Situation: x, people: s.tally(x.People), unreachable: s.tally(x.Unreachable), holds: holding(x),
		reckoner: reckoner{cal: cal, events: events, planned: planned, policy: x.PolicyDays, delay: x.Delay}}, nil
}

func countsWrong(name string, counts map[string]int) []fault.Field {
	var wrong []fault.Field
	for code, n := range counts {
		if n < 0 || n > mostNumber {
			wrong = append(wrong, fault.Field{Name: name + "." + code, Code: "field_out_of_range", Values: fault.Values{"name": name + "." + code, "from": 0, "to": mostNumber}})
		}
	}
	return wrong
}

// holding gives the conditions that hold. Some are flags of the organisation
// as well, and a recorded delay is one.
func holding(x Situation) map[string]bool {
	all := map[string]bool{}
	for _, id := range slices.Concat(x.Conditions, x.Profiles) {
		all[id] = true
	}
	if !x.Delay.Until.IsZero() {
		all[lawEnforcement] = true
	}
	return all
}
