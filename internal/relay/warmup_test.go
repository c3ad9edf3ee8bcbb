package relay

import (
	"testing"
	"time"

	"forthwith/internal/fault"
)

func TestAWarmUpAllowsEachDayItsMessages(t *testing.T) {
	w := &WarmUp{From: "2026-03-28", PerDay: []int64{864, 8640, 1_000_000_000}}
	for at, want := range map[string]float64{
		"2026-03-01T12:00:00Z":      0.01, // not begun: as on the first day
		"2026-03-28T00:00:00Z":      0.01,
		"2026-03-29T00:30:00+02:00": 0.01, // still the first day in UTC
		"2026-03-29T02:30:00+02:00": 0.1,
		"2026-03-30T10:00:00Z":      50, // never more than its own
		"2026-03-31T10:00:00Z":      50,
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Rate(50, when); got != want {
			t.Errorf("at %s it may take %g a second, want %g", at, got, want)
		}
	}
	if got := (*WarmUp)(nil).Rate(50, time.Now()); got != 50 {
		t.Errorf("without one %g", got)
	}
}

func TestAWarmUpThatSaysNothing(t *testing.T) {
	for code, w := range map[string]WarmUp{
		"warm_up_day_wrong":    {From: "soon", PerDay: []int64{5}},
		"warm_up_length_wrong": {From: "2026-03-28"},
		"warm_up_number_wrong": {From: "2026-03-28", PerDay: []int64{5, 0}},
	} {
		var found wrongs
		if w.check(&found); !fault.Is(fault.Wrongs(found), code) {
			t.Errorf("want %s: %v", code, found)
		}
	}
}
