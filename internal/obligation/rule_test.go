package obligation

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/campaign"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/regime"
)

var (
	aware = time.Date(2022, 8, 8, 9, 30, 0, 0, time.UTC)
	hour  = time.Hour
)

// florida is a scene with people where the notice has a fixed limit of 30 days.
func florida(at time.Time, sends ...Send) Scene {
	return Scene{At: at, People: map[string]int{"US-FL": 800}, Sends: sends, Organisation: incident.Organisation{Zone: "America/New_York"},
		Incident: incident.Incident{Facts: incident.Facts{Events: map[string]string{"determination": "2022-08-08", "discovery": "2022-08-08"}}}}
}

func reckoned(t *testing.T, s Scene) Clock {
	t.Helper()
	r, err := regime.Builtin().Due(s.situation())
	if err != nil {
		t.Fatal(err)
	}
	return Clock{Reckoning: r, At: s.At, Lines: lines(r, s), Sends: s.Sends}
}

func send(no id.Campaign, state campaign.State, ends time.Time) Send {
	s := Send{ID: no, State: state, People: 800, Begins: aware.Add(24 * hour)}
	if !ends.IsZero() {
		s.Ends = &ends
	}
	return s
}

func TestSendsAreHeldAgainstTheMomentOfTheNotice(t *testing.T) {
	due := time.Date(2022, 9, 8, 3, 59, 59, 0, time.UTC) // the end of 7 September in New York
	for name, c := range map[string]struct {
		sends []Send
		want  Outlook
		late  []id.Campaign
	}{
		"nothing is sent":                  {nil, None, nil},
		"a send ends with the last second": {[]Send{send(1, campaign.Sending, due)}, InTime, nil},
		"a send ends a second later":       {[]Send{send(1, campaign.Sending, due.Add(time.Second))}, Late, []id.Campaign{1}},
		"of a paused one nobody can say":   {[]Send{send(1, campaign.Paused, time.Time{})}, Unknown, nil},
		"late outweighs unknown":           {[]Send{send(1, campaign.Paused, time.Time{}), send(2, campaign.Sending, due.Add(hour))}, Late, []id.Campaign{2}},
		"also behind it":                   {[]Send{send(2, campaign.Sending, due.Add(hour)), send(1, campaign.Paused, time.Time{})}, Late, []id.Campaign{2}},
		"what was late and is over":        {[]Send{send(1, campaign.Complete, due.Add(hour))}, Late, nil},
	} {
		t.Run(name, func(t *testing.T) {
			clock := reckoned(t, florida(aware.Add(48*hour), c.sends...))
			line, known := clock.Find("us-fl.individual_notice")
			if !known || !line.Clock.At().Equal(due) {
				t.Fatalf("due %v, want %v", line.Clock.At(), due)
			}
			if line.Outlook != c.want || !slices.Equal(clock.LateSends(), c.late) {
				t.Errorf("%s, late %v; want %s, %v", line.Outlook, clock.LateSends(), c.want, c.late)
			}
		})
	}
}

func TestADutyIsOverdueUntilSomebodyTicksIt(t *testing.T) {
	due := time.Date(2022, 9, 8, 3, 59, 59, 0, time.UTC)
	state := func(at time.Time, ticks ...Tick) State {
		s := florida(at)
		s.Ticks = ticks
		line, _ := reckoned(t, s).Find("us-fl.individual_notice")
		return line.State
	}
	if got := state(due); got != Open {
		t.Errorf("in its last second: %s", got)
	}
	if got := state(due.Add(time.Second)); got != Overdue {
		t.Errorf("a second later: %s", got)
	}
	if got := state(due.Add(hour), Tick{Duty: "us-fl.individual_notice", At: "2022-09-01"}); got != Done {
		t.Errorf("ticked: %s", got)
	}
	if got := state(due.Add(hour), Tick{Duty: "us-ca.individual_notice", At: "2022-09-01"}); got != Overdue {
		t.Errorf("another one ticked: %s", got)
	}
}

// A threshold that is not reached may be reached tomorrow: it is shown, and never
// overdue.
func TestWhatIsNotReachedIsNeverOverdue(t *testing.T) {
	s := florida(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	s.People["US-FL"] = 499
	for _, l := range reckoned(t, s).Lines {
		if l.Standing == regime.NotReached && l.State != Open {
			t.Errorf("%s is %s", l.ID, l.State)
		}
	}
	s.People["US-FL"] = 500
	if line, _ := reckoned(t, s).Find("us-fl.regulator.ag-us-fl"); line.State != Overdue {
		t.Errorf("at its threshold it is %s, %s", line.State, line.Standing)
	}
}

func TestTheNextDutyIsTheFirstThatIsNotDone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := florida(aware)
		s.Incident.Facts.Events = map[string]string{"awareness": "2022-08-08T09:30:00Z", "discovery": "2022-08-08", "determination": "2022-08-09"}
		s.People = map[string]int{"DE": 3, "GB": 4, "US-CA": 600, "US-FL": 800}
		all := reckoned(t, s)
		for _, l := range all.Lines {
			if rapid.Bool().Draw(rt, l.ID) {
				s.Ticks = append(s.Ticks, Tick{Duty: l.ID})
			}
		}
		clock := reckoned(t, s)
		next := clock.Next()
		for _, l := range clock.Lines {
			at := l.Clock.At()
			if l.Tick != nil || at.IsZero() || !l.binds() {
				continue
			}
			if next == nil || at.Before(next.Clock.At()) {
				rt.Fatalf("%s at %v comes before %v", l.ID, at, next)
			}
		}
		if next != nil && next.Tick != nil {
			rt.Fatalf("%s was done", next.ID)
		}
	})
}

func TestTheFirstPersonWhoHearsOfItIsThePlannedNotice(t *testing.T) {
	s := florida(aware, send(1, campaign.Scheduled, aware.Add(99*hour)), Send{ID: 2, State: campaign.Sending, Begins: aware.Add(2 * hour)})
	if got := s.situation().Planned; got != "2022-08-08T11:30:00Z" {
		t.Errorf("planned for %s", got)
	}
}

// Guidance, and a checklist of which people judge, are over without a rule being broken.
func TestOnlyARuleThatBindsIsOverdue(t *testing.T) {
	duty := regime.Duty{Standing: regime.Reached}
	for name, c := range map[string]struct {
		line Line
		want bool
	}{
		"a rule":                    {Line{Duty: duty, State: Overdue}, true},
		"a rule that is done":       {Line{Duty: duty, State: Done}, false},
		"a rule whose time runs":    {Line{Duty: duty, State: Open}, false},
		"guidance of an authority":  {Line{Duty: regime.Duty{Standing: regime.Reached, Clock: regime.Clock{Deadline: regime.Deadline{Soft: true}}}, State: Overdue}, false},
		"one of which people judge": {Line{Duty: regime.Duty{Standing: regime.Checklist}, State: Overdue}, false},
	} {
		if got := (Clock{Lines: []Line{{Duty: duty, State: Open}, c.line}}).Overdue(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheGravestOutlookCounts(t *testing.T) {
	order := []Outlook{None, InTime, Unknown, Late}
	for i, graver := range order {
		for _, other := range order[:i+1] {
			for _, pair := range [][]Outlook{{graver, other}, {other, graver}} {
				c := Clock{Lines: []Line{{Outlook: pair[0]}, {Outlook: pair[1]}, {State: Done, Outlook: Late}}}
				if got := c.Outlook(); got != graver {
					t.Errorf("of %v: %s", pair, got)
				}
			}
		}
	}
}

func TestDaysAndDelaysAreThoseThatWereStated(t *testing.T) {
	s := florida(aware)
	s.Organisation.Workdays = []string{incident.Weekdays[0], incident.Weekdays[1]}
	s.Incident.Facts.Delay = &incident.Delay{Until: "2022-09-30", Document: "Letter 7"}
	x := s.situation()
	if !slices.Equal(x.Calendar.Workdays, []time.Weekday{time.Sunday, time.Monday}) || x.Calendar.Zone.String() != "America/New_York" {
		t.Errorf("days of %+v", x.Calendar)
	}
	if x.Delay.Document != "Letter 7" || x.Delay.Until.Format(time.DateOnly) != "2022-09-30" {
		t.Errorf("delayed by %+v", x.Delay)
	}
}

// TestADayHasComeWhereTheOrganisationIs: in Auckland a day begins while UTC still has
// the one before.
func TestADayHasComeWhereTheOrganisationIs(t *testing.T) {
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
	for at, zones := range map[string]map[*time.Location]bool{
		"2026-12-01":                {auckland: true, time.UTC: true},
		"2026-12-02":                {auckland: true, time.UTC: false},
		"2026-12-03":                {auckland: false, time.UTC: false},
		"2026-12-02T08:00:00+13:00": {auckland: true, time.UTC: true},
		"2026-12-02T08:00:01+13:00": {auckland: false, time.UTC: false},
	} {
		for zone, come := range zones {
			if _, err := (Did{At: at, Reference: "CAS-1"}).tick(now.In(zone)); (err == nil) != come {
				t.Errorf("done at %s in %s: %v", at, zone, err)
			}
		}
	}
}
