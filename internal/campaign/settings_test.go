package campaign

import (
	"testing"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/relay"
)

func valid() Settings {
	return Settings{Name: "Tell", Cohort: 1, Version: 1, Sender: 1, Relays: nil, MaxRatePerSecond: 10}.Normalise()
}

// wrongFields gives the codes of what is refused beside the missing relay.
func wrongFields(s Settings) map[string]bool {
	codes := map[string]bool{}
	f, _ := fault.As(s.Normalise().Check())
	for _, field := range f.Fields {
		if field.Code != "field_missing" {
			codes[field.Code] = true
		}
	}
	return codes
}

func TestSettingsThatNoPlanCanBeMadeFrom(t *testing.T) {
	hundred, none := 101.0, 0.0
	for code, change := range map[string]func(*Settings){
		"domain_wrong":       func(s *Settings) { s.MaxPerDomain = PerDomain{"no domain": 1} },
		"domain_rate_wrong":  func(s *Settings) { s.MaxPerDomain = PerDomain{"example.com": 0} },
		"ramp_step_wrong":    func(s *Settings) { s.Ramp = []RampStep{{Count: 10, Percent: 1}} },
		"ramp_hold_wrong":    func(s *Settings) { s.Ramp = []RampStep{{Count: 10, HoldSeconds: -1}} },
		"ramp_too_long":      func(s *Settings) { s.Ramp = make([]RampStep, 11) },
		"field_out_of_range": func(s *Settings) { s.StopAbove = &hundred },
		"window_wrong":       func(s *Settings) { s.SendWindow = &Window{From: "20:00", To: "08:00"} },
		"window_zone_wrong":  func(s *Settings) { s.SendWindow = &Window{From: "08:00", To: "20:00", Zone: "Atlantis/Sea"} },
	} {
		s := valid()
		change(&s)
		if !wrongFields(s)[code] {
			t.Errorf("%s is not told: %v", code, wrongFields(s))
		}
	}
	s := valid()
	s.StopAbove = &none
	if !wrongFields(s)["field_out_of_range"] {
		t.Error("a stop at 0 % is let through")
	}
	s = valid()
	s.MaxPerDomain, s.Ramp, s.SendWindow = PerDomain{"Example.COM": 5, AnyDomain: 1}, []RampStep{{Count: 10}, {Percent: 1, HoldSeconds: 60}}, &Window{From: "08:00", To: "20:00"}
	if got := wrongFields(s); len(got) != 0 {
		t.Errorf("refused: %v", got)
	}
	if s = s.Normalise(); s.MaxPerDomain["example.com"] != 5 || *s.StopAbove != usualStop || s.SendWindow.Zone != usualZone {
		t.Errorf("%+v", s)
	}
}

func TestStepsOfARampEndWhereTheirPeopleEnd(t *testing.T) {
	got := RampBorders([]RampStep{{Count: 10}, {Percent: 1}, {Percent: 99.5}}, 1001)
	if got[0] != 10 || got[1] != 21 || got[2] != 1001 {
		t.Errorf("%v", got)
	}
}

func TestBoundsOfDomainsAreOnlyLowered(t *testing.T) {
	now := PerDomain{"example.com": 5, AnyDomain: 2}
	if _, err := now.lower(PerDomain{"example.com": 6}); !fault.Is(err, "domain_only_lower") {
		t.Errorf("raised: %v", err)
	}
	if _, err := now.lower(PerDomain{"example.org": 3}); !fault.Is(err, "domain_only_lower") {
		t.Errorf("raised above the bound of all: %v", err)
	}
	got, err := now.lower(PerDomain{AnyDomain: 1})
	if err != nil || got["example.com"] != 1 || got[AnyDomain] != 1 || now["example.com"] != 5 {
		t.Errorf("%v, before %v, %v", got, now, err)
	}
	got, err = PerDomain(nil).lower(PerDomain{"example.com": 7})
	if err != nil || got["example.com"] != 7 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWorkRestsOutsideOfTheWindow(t *testing.T) {
	campaign := Campaign{Settings: Settings{SendWindow: &Window{From: "08:00", To: "20:00", Zone: "Europe/Berlin"}}}
	for _, c := range []struct {
		from string
		work time.Duration
		end  string
	}{
		{"2026-06-01T06:00:00Z", time.Hour, "2026-06-01T07:00:00Z"},
		{"2026-06-01T03:00:00Z", time.Hour, "2026-06-01T07:00:00Z"},      // before it opens
		{"2026-06-01T17:30:00Z", time.Hour, "2026-06-02T06:30:00Z"},      // half of it the next day
		{"2026-06-01T19:00:00Z", 13 * time.Hour, "2026-06-03T07:00:00Z"}, // after it closed, and over a whole day
		{"2026-10-24T17:59:00Z", time.Hour, "2026-10-25T07:59:00Z"},      // the clocks go back in the night
	} {
		if got := campaign.project(moment(t, c.from), int64(c.work.Seconds()), 1); !got.Equal(moment(t, c.end)) {
			t.Errorf("%s of work from %s ends %s, want %s", c.work, c.from, got, c.end)
		}
	}
}

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A send ends no sooner than its first relay allows: by its own rate, and by so
// many on each of its first days.
func TestAProjectionKnowsTheRelay(t *testing.T) {
	days := &relay.WarmUp{From: "2026-06-01", PerDay: []int64{8640, 86400}} // one in ten seconds, then one a second
	for name, c := range map[string]struct {
		carrier *Carrier
		window  *Window
		people  int64
		end     string
	}{
		"plans of before":             {nil, nil, 3600, "2026-06-01T12:06:00Z"},
		"a relay that is faster":      {&Carrier{MaxRatePerSecond: 50}, nil, 3600, "2026-06-01T12:06:00Z"},
		"a slower relay":              {&Carrier{MaxRatePerSecond: 1}, nil, 3600, "2026-06-01T13:00:00Z"},
		"a first day":                 {&Carrier{50, days}, nil, 360, "2026-06-01T13:00:00Z"},
		"a first day and a second":    {&Carrier{50, days}, nil, 4320 + 3600, "2026-06-02T01:00:00Z"},
		"three days":                  {&Carrier{50, days}, nil, 4320 + 86400 + 600, "2026-06-03T00:01:00Z"},
		"a window on both":            {&Carrier{50, days}, &Window{From: "10:00", To: "14:00", Zone: "UTC"}, 720 + 3600, "2026-06-02T11:00:00Z"},
		"more than anybody waits for": {&Carrier{MaxRatePerSecond: 0.001}, nil, 1_000_000, "2058-02-07T13:46:40Z"},
		"nobody":                      {&Carrier{50, days}, nil, 0, "2026-06-01T12:00:00Z"},
	} {
		campaign := Campaign{Settings: Settings{SendWindow: c.window}, Preflight: Preflight{Carrier: c.carrier}}
		if got := campaign.project(moment(t, "2026-06-01T12:00:00Z"), c.people, 10); !got.Equal(moment(t, c.end)) {
			t.Errorf("%s: %s, want %s", name, got.Format(time.RFC3339), c.end)
		}
	}
}
