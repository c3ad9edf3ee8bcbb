package campaign

import (
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// State is where a campaign stands.
type State string

// The states.
const (
	Draft        State = "draft"
	Preflighting State = "preflighting"
	Ready        State = "ready"
	Approved     State = "approved"
	Scheduled    State = "scheduled"
	Sending      State = "sending"
	Paused       State = "paused"
	Complete     State = "complete"
	ClosedEarly  State = "closed_with_exceptions"
	Aborted      State = "aborted"
)

// States lists every state.
var States = []State{Draft, Preflighting, Ready, Approved, Scheduled, Sending, Paused, Complete, ClosedEarly, Aborted}

// Policy says what is done about an attempt whose answer was lost.
type Policy string

// The policies.
const (
	Hold       Policy = "hold"        // a person decides
	ResendOnce Policy = "resend_once" // it is made once more, with the same Message-ID
)

// Settings are what ops chooses. They become part of the plan.
type Settings struct {
	Name             string        `json:"name"`
	Cohort           id.Cohort     `json:"cohort_id"`
	Version          id.Version    `json:"version_id"`
	Sender           id.Sender     `json:"sender_id"`
	Relays           []id.Relay    `json:"relays"`
	MaxRatePerSecond float64       `json:"max_rate_per_second"`
	ScheduleAt       *time.Time    `json:"schedule_at"`
	ExpireAfter      time.Duration `json:"-"`
	OnIndeterminate  Policy        `json:"on_indeterminate"`
	MaxPerDomain     PerDomain     `json:"max_per_domain"`
	MaxConcurrency   PerDomain     `json:"max_concurrency_per_domain"` // messages under way
	Ramp             []RampStep    `json:"ramp"`
	StopAbove        *float64      `json:"stop_above_percent"` // of refused messages; nil: nothing stops it
	SendWindow       *Window       `json:"send_window"`
	Corrects         id.Campaign   `json:"corrects,omitempty"` // whose text this one takes the place of
}

// Bounds of the settings.
const (
	longestName   = 200
	fastestRate   = 100_000
	usualExpiry   = 48 * time.Hour
	shortestTries = 4 * time.Hour
	longestTries  = 30 * 24 * time.Hour
	mostRelays    = 10
)

// Normalise fills in what was left out.
func (s Settings) Normalise() Settings {
	if s.ExpireAfter == 0 {
		s.ExpireAfter = usualExpiry
	}
	if s.OnIndeterminate == "" {
		s.OnIndeterminate = Hold
	}
	if s.ScheduleAt != nil {
		at := s.ScheduleAt.UTC().Truncate(time.Second)
		s.ScheduleAt = &at
	}
	s.MaxPerDomain, s.MaxConcurrency = s.MaxPerDomain.normalise(), s.MaxConcurrency.normalise()
	if len(s.Ramp) == 0 {
		s.Ramp = nil
	} else if usual := usualStop; s.StopAbove == nil {
		s.StopAbove = &usual
	}
	if w := s.SendWindow; w != nil && *w == (Window{}) {
		s.SendWindow = nil
	} else if w != nil {
		w := w.normalise()
		s.SendWindow = &w
	}
	return s
}

// Check refuses settings that no plan can be made from, naming each field.
func (s Settings) Check() error {
	var wrong []fault.Field
	missing := func(name string, absent bool) {
		if absent {
			wrong = append(wrong, fault.Field{Name: name, Code: "field_missing", Values: fault.Values{"name": name}})
		}
	}
	between := func(name string, ok bool, from, to any) {
		if !ok {
			wrong = append(wrong, fault.Field{Name: name, Code: "field_out_of_range", Values: fault.Values{"name": name, "from": from, "to": to}})
		}
	}
	missing("name", s.Name == "")
	missing("cohort_id", s.Cohort == 0)
	missing("version_id", s.Version == 0)
	missing("sender_id", s.Sender == 0)
	missing("relays", len(s.Relays) == 0)
	if len([]rune(s.Name)) > longestName {
		wrong = append(wrong, fault.Field{Name: "name", Code: "field_too_long", Values: fault.Values{"name": "name", "limit": longestName}})
	}
	between("relays", len(s.Relays) <= mostRelays, 1, mostRelays)
	between("max_rate_per_second", s.MaxRatePerSecond > 0 && s.MaxRatePerSecond <= fastestRate, "over 0", fastestRate)
	between("expire_after_seconds", s.ExpireAfter >= shortestTries && s.ExpireAfter <= longestTries, shortestTries.Seconds(), longestTries.Seconds())
	if s.OnIndeterminate != Hold && s.OnIndeterminate != ResendOnce {
		wrong = append(wrong, fault.Field{Name: "on_indeterminate", Code: "field_not_one_of", Values: fault.Values{"name": "on_indeterminate", "choices": "hold, resend_once"}})
	}
	seen := map[id.Relay]bool{}
	for _, r := range s.Relays {
		if seen[r] {
			wrong = append(wrong, fault.Field{Name: "relays", Code: "relay_twice", Values: fault.Values{"relay": r.String()}})
		}
		seen[r] = true
	}
	wrong = append(wrong, s.MaxPerDomain.check("max_per_domain")...)
	wrong = append(wrong, s.MaxConcurrency.check(concurrency)...)
	wrong = append(wrong, checkRamp(s.Ramp, s.StopAbove)...)
	if s.SendWindow != nil {
		wrong = append(wrong, s.SendWindow.check()...)
	}
	return fault.Wrongs(wrong)
}

// Reason says why a campaign stands where it stands.
type Reason struct {
	Code string `json:"code"`           // of the catalogue, or "person"
	By   string `json:"by,omitempty"`   // who
	Text string `json:"text,omitempty"` // what a person wrote, or the domain that refuses; sealed at rest

	// Of a campaign that stopped because messages were refused.
	Relay   id.Relay `json:"relay,omitempty"`
	Refused int64    `json:"refused,omitempty"`
	All     int64    `json:"all,omitempty"`
}

// Campaign is one mailing to one frozen cohort.
type Campaign struct {
	ID         id.Campaign
	Incident   id.Incident
	Settings   Settings
	State      State
	Version    int // counts changes, for If-Match
	PlanNo     int
	PlanHash   canon.Hash // of the newest plan; zero when an edit voided it
	Preflight  Preflight
	Pace       float64   // a lowered rate; 0: as planned
	DomainPace PerDomain // lowered bounds of domains; nil: as planned
	Ramp       Ramp
	Widened    []Widening // approved amendments, the oldest first
	Reason     *Reason
	Builders   []id.User
	LaunchedBy id.User // 0: the newest plan was not launched
	LaunchedAt *time.Time
	StartedAt  *time.Time
	EndedAt    *time.Time
	CreatedAt  time.Time
	PausedAt   *time.Time
}

// ErrNotFound means that there is no such campaign.
var ErrNotFound = fault.New(fault.NotFound, "no_such_campaign", nil)

// Rate is the rate that is allowed now.
func (c Campaign) Rate() float64 {
	if most := c.MaxRate(); c.Pace <= 0 || c.Pace > most {
		return most
	}
	return c.Pace
}

// PerDomain are the bounds of domains that hold now.
func (c Campaign) PerDomain() PerDomain {
	if c.DomainPace != nil {
		return c.DomainPace
	}
	return c.Settings.MaxPerDomain
}
