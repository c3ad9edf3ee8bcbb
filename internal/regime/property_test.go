package regime

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/phrase"
)

var somePlaces = []string{"", "US", "US-CA", "US-FL", "US-MA", "US-NY", "US-OH", "US-VT", "PR", "US-PR", "DE", "FR", "GB", "CA", "CA-QC", "JP", "KR", "SG", "BR", "CN"}

func drawn(t *rapid.T) Situation {
	s := Builtin()
	day := rapid.Custom(func(t *rapid.T) string {
		at := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3*365*24*60).Draw(t, "minute")) * time.Minute)
		if rapid.Bool().Draw(t, "a day") {
			return at.Format(time.DateOnly)
		}
		return at.Format(time.RFC3339)
	})
	x := Situation{On: today, People: rapid.MapOf(rapid.SampledFrom(somePlaces), rapid.SampledFrom([]int{0, 1, 249, 250, 251, 499, 500, 501, 1000, 1001, 5001, 10001})).Draw(t, "people"),
		Events:     rapid.MapOf(rapid.SampledFrom(idsOf(s.events, func(x Term) string { return x.ID })), day).Draw(t, "events"),
		Conditions: rapid.SliceOfDistinct(rapid.SampledFrom(idsOf(s.conditions, func(x Term) string { return x.ID })), rapid.ID).Draw(t, "conditions"),
		Profiles:   rapid.SliceOfDistinct(rapid.SampledFrom(idsOf(s.Profiles(), func(x Term) string { return x.ID })), rapid.ID).Draw(t, "profiles"),
		PolicyDays: rapid.IntRange(0, 60).Draw(t, "policy"), Calendar: Calendar{Zone: rapid.SampledFrom([]*time.Location{nil, berlin, newYork, zone("Pacific/Kiritimati")}).Draw(t, "zone")}}
	x.Unreachable = map[string]int{}
	for place, n := range x.People {
		x.Unreachable[place] = rapid.IntRange(0, n).Draw(t, "unreachable")
	}
	if rapid.Bool().Draw(t, "is planned") {
		x.Planned = day.Draw(t, "planned")
	}
	if rapid.Bool().Draw(t, "is delayed") {
		x.Delay = Delay{Until: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), Document: "7"}
	}
	x.Calendar.Holidays = rapid.SliceOf(rapid.SampledFrom([]string{"2022-12-26", "2023-01-02", "2023-07-04"})).Draw(t, "holidays")
	return x
}

func TestTheOrderOfInputSaysNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawn(t)
		y := x
		y.Conditions, y.Profiles = slices.Clone(x.Conditions), slices.Clone(x.Profiles)
		slices.Reverse(y.Conditions)
		slices.Reverse(y.Profiles)
		y.Calendar.Holidays = slices.Clone(x.Calendar.Holidays)
		slices.Reverse(y.Calendar.Holidays)
		if d := cmp.Diff(reckon(t, x), reckon(t, y), sameZone); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(Builtin().Content("US-CA", x), Builtin().Content("US-CA", y)); d != "" {
			t.Fatal(d)
		}
	})
}

var sameZone = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })

func TestMorePeopleNeverRemoveADuty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawn(t)
		y := x
		y.People = maps.Clone(x.People)
		y.People[rapid.SampledFrom(somePlaces).Draw(t, "where")] += rapid.IntRange(1, 2000).Draw(t, "more")
		before, after := reckon(t, x), reckon(t, y)
		for _, d := range before.Duties {
			then := duty(t, after, d.ID)
			if d.Count.Threshold.Op == Below {
				continue // a small breach that grows is a large one
			}
			if rank(then.Standing) < rank(d.Standing) {
				t.Fatalf("%s fell from %s to %s", d.ID, d.Standing, then.Standing)
			}
		}
	})
}

func TestNothingIsDueBeforeItsEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawn(t)
		x.Delay = Delay{}
		for _, d := range reckon(t, x).Duties {
			for _, c := range append(d.Others, d.Clock) {
				if c.Kind != Fixed && c.Kind != Annual || c.Due.IsZero() {
					continue
				}
				if start := c.Start.At; c.Start.Day == "" && !c.Due.At.After(start) || c.Start.Day != "" && c.Due.At.Before(start.Add(-24*time.Hour)) {
					t.Fatalf("%s is due %v, before %v", d.ID, c.Due, c.Start)
				}
			}
		}
	})
}

func TestADelayNeverBringsADateForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawn(t)
		x.Delay = Delay{}
		before := reckon(t, x)
		x.Delay = Delay{Until: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), Document: "7"}
		after := reckon(t, x)
		for _, d := range before.Duties {
			if then := duty(t, after, d.ID); then.Clock.At().Before(d.Clock.At()) {
				t.Fatalf("%s moved from %v to %v", d.ID, d.Clock.At(), then.Clock.At())
			}
		}
	})
}

func TestEveryIDStandsOnce(t *testing.T) {
	everything := Situation{People: map[string]int{}, Unreachable: map[string]int{}}
	for _, r := range Builtin().rules {
		everything.Profiles = append(everything.Profiles, r.profiles...)
		for _, p := range r.residency {
			everything.People[p], everything.Unreachable[p] = 20000, 1
		}
	}
	everything.On = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	r := reckon(t, everything)
	seen := map[string]bool{}
	for _, id := range append(ids(r), idsOf(r.Substitute, func(s Substitute) string { return s.ID })...) {
		if seen[id] {
			t.Errorf("%s stands twice", id)
		}
		seen[id] = true
	}
	if len(r.InPlay) != 80 || len(r.Duties) != 211 {
		t.Errorf("%d rules, %d duties", len(r.InPlay), len(r.Duties))
	}
}

func TestEveryWordOfAResultHasItsSentence(t *testing.T) {
	for prefix, words := range map[string][]string{
		"kind":     {string(IndividualNotice), string(RegulatorNotice), string(AgencyNotice), string(MediaNotice), string(Milestone)},
		"standing": {string(ForJudgement), string(Reached), string(NotReached), string(Unsettled), string(Unrecorded), string(Checklist), string(NotByThis)},
		"clock":    {string(Running), string(NotStarted), string(WithNotice), string(NoLimit), string(NoClock)},
		"ground":   {string(OnEvent), string(OnPlan), string(OnLimit)},
		"warning":  {string(DayOff), string(StartOfDay), string(PlainWeek), string(NoZone), string(DelayNotAllowed)},
		"force":    {string(InForce), string(Coming), string(Repealed)},
		"need":     {string(Prohibited), string(Required), string(IfKnown)},
		"trigger":  {string(ClassOver), string(InsufficientContact)},
	} {
		for _, word := range words {
			if !phrase.Has("regime_" + prefix + "_" + word) {
				t.Errorf("regime_%s_%s has no sentence", prefix, word)
			}
		}
	}
}
