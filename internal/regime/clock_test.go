package regime

import (
	"slices"
	"testing"
	"time"
)

// travel is one clock at one time.
type travel struct {
	name     string
	id       string
	zone     *time.Location
	events   map[string]string
	planned  string
	holidays []string
	workdays []time.Weekday
	profiles []string
	place    string
	people   int // 1 if 0
	day      string
	at       string // RFC 3339; for a day, its last second
	state    ClockState
	missing  string
	careful  string
	on       Ground
	warned   []Warning
}

var sunday = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday}

func on(name, date string) map[string]string { return map[string]string{name: date} }

var travels = []travel{
	// hours are real hours
	{name: "72 hours", id: "eu-gdpr.regulator.dpa", zone: berlin, place: "DE", events: on("awareness", "2022-08-08T19:30:00Z"), at: "2022-08-11T21:30:00+02:00"},
	{name: "72 hours into summer time, Berlin", id: "eu-gdpr.regulator.dpa", zone: berlin, place: "DE", events: on("awareness", "2023-03-25T12:00:00+01:00"), at: "2023-03-28T13:00:00+02:00"},
	{name: "72 hours out of summer time, Berlin", id: "eu-gdpr.regulator.dpa", zone: berlin, place: "DE", events: on("awareness", "2022-10-29T12:00:00+02:00"), at: "2022-11-01T11:00:00+01:00"},
	{name: "72 hours into summer time, New York", id: "us-ncua-72h.regulator.us-ncua", zone: newYork, profiles: []string{"federally_insured_credit_union"}, events: on("awareness", "2023-03-11T12:00:00-05:00"), at: "2023-03-14T13:00:00-04:00"},
	{name: "72 hours out of summer time, New York", id: "us-ncua-72h.regulator.us-ncua", zone: newYork, profiles: []string{"federally_insured_credit_union"}, events: on("awareness", "2022-11-05T12:00:00-04:00"), at: "2022-11-08T11:00:00-05:00"},
	{name: "hours from a date begin with its first moment", id: "eu-gdpr.regulator.dpa", zone: berlin, place: "DE", events: on("awareness", "2022-08-08"), at: "2022-08-11T00:00:00+02:00", warned: []Warning{StartOfDay}},
	{name: "six hours over midnight", id: "in-cert-in.regulator.in-cert-in", zone: zone("Asia/Kolkata"), profiles: []string{"india_body_corporate"}, events: on("awareness", "2024-02-28T21:00:00+05:30"), at: "2024-02-29T03:00:00+05:30"},
	{name: "72 hours for the notice itself", id: "kr-pipa.individual_notice", zone: zone("Asia/Seoul"), place: "KR", events: on("awareness", "2022-08-09T09:00:00+09:00"), at: "2022-08-12T09:00:00+09:00"},
	{name: "hours that end on a Sunday are marked", id: "eu-gdpr.regulator.dpa", zone: berlin, place: "DE", events: on("awareness", "2022-08-11T12:00:00+02:00"), at: "2022-08-14T12:00:00+02:00", warned: []Warning{DayOff}},

	{name: "36 hours after the determination", id: "us-bank-36h.regulator.us-bank-regulator", zone: newYork, profiles: []string{"us_banking_organization"}, events: on("determination", "2022-08-08T21:00:00-04:00"), at: "2022-08-10T09:00:00-04:00"},

	// days are days of the customer's calendar
	{name: "30 days", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2022-08-08"), day: "2022-09-07", at: "2022-09-07T23:59:59-04:00"},
	{name: "45 days from awareness", id: "us-wi.individual_notice", zone: newYork, place: "US-WI", events: on("awareness", "2022-08-08"), day: "2022-09-22", at: "2022-09-22T23:59:59-04:00"},
	{name: "30 days into summer time", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2023-03-01"), day: "2023-03-31", at: "2023-03-31T23:59:59-04:00"},
	{name: "30 days out of summer time, Berlin", id: "us-ca.individual_notice", zone: berlin, place: "US-CA", events: on("discovery", "2022-10-02"), day: "2022-11-01", at: "2022-11-01T23:59:59+01:00"},
	{name: "the day of an instant is the customer's", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2022-08-09T02:00:00Z"), day: "2022-09-07", at: "2022-09-07T23:59:59-04:00"},
	{name: "the same instant in Berlin", id: "us-ca.individual_notice", zone: berlin, place: "US-CA", events: on("discovery", "2022-08-09T02:00:00Z"), day: "2022-09-08", at: "2022-09-08T23:59:59+02:00"},
	{name: "30 days to a leap day", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2024-01-30"), day: "2024-02-29", at: "2024-02-29T23:59:59-05:00"},
	{name: "the year after has none", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2023-01-30"), day: "2023-03-01", at: "2023-03-01T23:59:59-05:00"},
	{name: "a Saturday is marked and stays", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2022-08-04"), day: "2022-09-03", at: "2022-09-03T23:59:59-04:00", warned: []Warning{DayOff}},
	{name: "a holiday is marked and stays", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("discovery", "2022-08-08"), holidays: []string{"2022-09-07"}, day: "2022-09-07", at: "2022-09-07T23:59:59-04:00", warned: []Warning{DayOff}},
	{name: "no zone is said", id: "us-ca.individual_notice", place: "US-CA", events: on("discovery", "2022-08-08"), day: "2022-09-07", at: "2022-09-07T23:59:59Z", warned: []Warning{NoZone}},

	// months end with the same day, or the last that there is
	{name: "24 months", id: "ca-pipeda.milestone.breach_records", zone: newYork, place: "CA-QC", events: on("determination", "2022-08-31"), day: "2024-08-31", at: "2024-08-31T23:59:59-04:00", warned: []Warning{DayOff}},
	{name: "24 months from a leap day", id: "ca-pipeda.milestone.breach_records", zone: newYork, place: "CA", events: on("determination", "2024-02-29"), day: "2026-02-28", at: "2026-02-28T23:59:59-05:00", warned: []Warning{DayOff}},

	// working days
	{name: "four working days over Christmas", id: "us-sec-8k-1-05.regulator.us-sec", zone: newYork, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-12-21"),
		holidays: []string{"2022-12-26", "2022-12-27"}, workdays: []time.Weekday{1, 2, 3, 4, 5}, day: "2022-12-29", at: "2022-12-29T23:59:59-05:00"},
	{name: "without a calendar, and it says so", id: "us-sec-8k-1-05.regulator.us-sec", zone: newYork, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-12-21"),
		day: "2022-12-27", at: "2022-12-27T23:59:59-05:00", warned: []Warning{PlainWeek}},
	{name: "with holidays only", id: "us-sec-8k-1-05.regulator.us-sec", zone: newYork, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-12-21"),
		holidays: []string{"2022-12-26", "2022-12-27"}, day: "2022-12-29", at: "2022-12-29T23:59:59-05:00", warned: []Warning{PlainWeek}},
	{name: "with working days only", id: "us-sec-8k-1-05.regulator.us-sec", zone: newYork, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-12-21"),
		workdays: []time.Weekday{1, 2, 3, 4, 5}, day: "2022-12-27", at: "2022-12-27T23:59:59-05:00", warned: []Warning{PlainWeek}},
	{name: "from a Friday evening", id: "us-sec-8k-1-05.regulator.us-sec", zone: newYork, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-08-05T23:00:00-04:00"),
		day: "2022-08-11", at: "2022-08-11T23:59:59-04:00", warned: []Warning{PlainWeek}},
	{name: "a week from Sunday to Thursday", id: "us-sec-8k-1-05.regulator.us-sec", zone: berlin, profiles: []string{"sec_registrant"}, events: on("materiality_determination", "2022-08-11"),
		workdays: sunday, holidays: []string{"2022-01-01"}, day: "2022-08-17", at: "2022-08-17T23:59:59+02:00"},
	{name: "three working days from a Saturday", id: "br-lgpd.individual_notice", zone: berlin, place: "BR", events: on("awareness", "2022-08-06"), day: "2022-08-10", at: "2022-08-10T23:59:59+02:00", warned: []Warning{PlainWeek}},
	{name: "five working days after the notice", id: "us-ia.regulator.ag-us-ia", zone: newYork, place: "US-IA", people: 501, events: on("individual_notice_sent", "2022-09-01"), holidays: []string{"2022-09-05"}, workdays: []time.Weekday{1, 2, 3, 4, 5},
		day: "2022-09-09", at: "2022-09-09T23:59:59-04:00"},
	{name: "five working days after HHS was told", id: "us-ny.regulator.ag-us-ny.2", zone: newYork, place: "US-NY", events: on("hhs_notice_sent", "2022-08-08"), day: "2022-08-15", at: "2022-08-15T23:59:59-04:00", warned: []Warning{PlainWeek}},

	// the year's end
	{name: "60 days after the year, a leap year", id: "us-hipaa.regulator.us-hhs.2", zone: newYork, profiles: []string{"hipaa_covered_entity"}, events: on("discovery", "2023-08-08"), day: "2024-02-29", at: "2024-02-29T23:59:59-05:00"},
	{name: "60 days after another year", id: "us-hipaa.regulator.us-hhs.2", zone: newYork, profiles: []string{"hipaa_covered_entity"}, events: on("discovery", "2022-01-01"), day: "2023-03-01", at: "2023-03-01T23:59:59-05:00"},
	{name: "the year is the customer's", id: "us-hipaa.regulator.us-hhs.2", zone: newYork, profiles: []string{"hipaa_covered_entity"}, events: on("discovery", "2023-01-01T03:00:00Z"), day: "2023-03-01", at: "2023-03-01T23:59:59-05:00"},
	{name: "the year of an unknown discovery", id: "us-ftc-hbnr.regulator.us-ftc.2", zone: newYork, profiles: []string{"phr_vendor"}, events: on("awareness", "2022-08-08"), state: NotStarted, missing: "discovery", careful: "2023-03-01"},

	// no date, and the careful one
	{name: "determination from discovery", id: "us-fl.individual_notice", zone: newYork, place: "US-FL", events: on("discovery", "2022-08-08"), state: NotStarted, missing: "determination", careful: "2022-09-07"},
	{name: "determination has its own date", id: "us-fl.individual_notice", zone: newYork, place: "US-FL", events: map[string]string{"discovery": "2022-08-08", "determination": "2022-08-15"}, day: "2022-09-14", at: "2022-09-14T23:59:59-04:00"},
	{name: "determination from awareness, if that is all", id: "us-tx.regulator.ag-us-tx", zone: newYork, place: "US-TX", events: on("awareness", "2022-08-08"), state: NotStarted, missing: "determination", careful: "2022-09-07"},
	{name: "confirmation from discovery", id: "us-ri.individual_notice", zone: newYork, place: "US-RI", events: on("discovery", "2022-08-08"), state: NotStarted, missing: "confirmation", careful: "2022-09-22"},
	{name: "discovery from awareness", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", events: on("awareness", "2022-08-08"), state: NotStarted, missing: "discovery", careful: "2022-09-07"},
	{name: "nothing is known", id: "us-ca.individual_notice", zone: newYork, place: "US-CA", state: NotStarted, missing: "discovery"},
	{name: "an assessment has no stand-in", id: "sg-pdpa.regulator.sg-pdpc", zone: berlin, place: "SG", events: on("discovery", "2022-08-08"), state: NotStarted, missing: "assessment_completed"},
	{name: "three days after the assessment", id: "sg-pdpa.regulator.sg-pdpc", zone: berlin, place: "SG", events: on("assessment_completed", "2022-08-08"), day: "2022-08-11", at: "2022-08-11T23:59:59+02:00"},
	{name: "no limit gets no date", id: "us-ga.individual_notice", zone: newYork, place: "US-GA", events: on("discovery", "2022-08-08"), state: NoLimit},
	{name: "no clock", id: "us-sec-8k-1-05.individual_notice", zone: newYork, profiles: []string{"sec_registrant"}, events: on("discovery", "2022-08-08"), state: NoClock},

	// what hangs on the notice
	{name: "15 days after the notice was sent", id: "us-ca.regulator.ag-us-ca", zone: newYork, place: "US-CA", people: 501, events: map[string]string{"discovery": "2022-08-08", "individual_notice_sent": "2022-08-16"}, day: "2022-08-31", at: "2022-08-31T23:59:59-04:00"},
	{name: "15 days after the plan", id: "us-ca.regulator.ag-us-ca", zone: newYork, place: "US-CA", people: 501, planned: "2022-08-16", day: "2022-08-31", at: "2022-08-31T23:59:59-04:00", state: NotStarted, missing: "individual_notice_sent", on: OnPlan},
	{name: "nothing sent or planned", id: "us-ca.regulator.ag-us-ca", zone: newYork, place: "US-CA", people: 501, events: on("discovery", "2022-08-08"), state: NotStarted, missing: "individual_notice_sent"},
	{name: "not later than the notice as sent", id: "us-ct.regulator.ag-us-ct", zone: newYork, place: "US-CT", events: map[string]string{"discovery": "2022-08-08", "individual_notice_sent": "2022-08-16T15:00:00Z"}, at: "2022-08-16T11:00:00-04:00"},
	{name: "not later than the notice as planned", id: "us-ct.regulator.ag-us-ct", zone: newYork, place: "US-CT", events: on("discovery", "2022-08-08"), planned: "2022-08-16", day: "2022-08-16", at: "2022-08-16T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnPlan},
	{name: "a plan beyond the limit does not help", id: "us-ct.regulator.ag-us-ct", zone: newYork, place: "US-CT", events: on("discovery", "2022-08-08"), planned: "2022-12-16", day: "2022-10-07", at: "2022-10-07T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnLimit},
	{name: "with no plan, the limit", id: "us-ct.regulator.ag-us-ct", zone: newYork, place: "US-CT", events: on("discovery", "2022-08-08"), day: "2022-10-07", at: "2022-10-07T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnLimit},
	{name: "with no plan and a careful limit", id: "us-de.regulator.ag-us-de", zone: newYork, place: "US-DE", people: 501, events: on("discovery", "2022-08-08"), state: WithNotice, missing: "individual_notice_sent", careful: "2022-10-07"},
	{name: "with no plan and no limit", id: "us-il.regulator.ag-us-il", zone: newYork, place: "US-IL", people: 501, events: on("discovery", "2022-08-08"), state: WithNotice, missing: "individual_notice_sent"},
	{name: "before the day of the notice", id: "us-md.regulator.ag-us-md", zone: newYork, place: "US-MD", events: on("discovery", "2022-08-08"), planned: "2022-08-16", day: "2022-08-15", at: "2022-08-15T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnPlan},
	{name: "before the hour of the notice", id: "us-nj.regulator.nj-state-police", zone: newYork, place: "US-NJ", planned: "2022-08-16T09:00:00-04:00", at: "2022-08-16T09:00:00-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnPlan},
	{name: "before the limit of the notice", id: "us-md.regulator.ag-us-md", zone: newYork, place: "US-MD", events: on("discovery", "2022-08-08"), day: "2022-09-21", at: "2022-09-21T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnLimit},

	// of several limits the earliest counts
	{name: "the days come first", id: "us-vt.regulator.ag-us-vt", zone: newYork, place: "US-VT", events: on("discovery", "2022-08-08"), planned: "2022-09-15", day: "2022-08-26", at: "2022-08-26T23:59:59-04:00", warned: []Warning{PlainWeek}},
	{name: "the notice comes first", id: "us-vt.regulator.ag-us-vt", zone: newYork, place: "US-VT", events: on("discovery", "2022-08-08"), planned: "2022-08-10", day: "2022-08-10", at: "2022-08-10T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnPlan},
	{name: "the further limit has no date", id: "us-ar.regulator.ag-us-ar", zone: newYork, place: "US-AR", people: 1001, events: on("determination", "2022-08-08"), day: "2022-09-22", at: "2022-09-22T23:59:59-04:00"},
	{name: "only the further limit has a date", id: "us-ar.regulator.ag-us-ar", zone: newYork, place: "US-AR", people: 1001, planned: "2022-08-10", day: "2022-08-10", at: "2022-08-10T23:59:59-04:00", state: WithNotice, missing: "individual_notice_sent", on: OnPlan},
}

func (c travel) situation() Situation {
	x := Situation{On: today, Events: c.events, Planned: c.planned, Profiles: c.profiles, Calendar: Calendar{Zone: c.zone, Holidays: c.holidays, Workdays: c.workdays}}
	if c.place != "" {
		x.People = map[string]int{c.place: max(c.people, 1)}
	}
	return x
}

func TestClocksOverTime(t *testing.T) {
	for _, c := range travels {
		t.Run(c.name, func(t *testing.T) {
			got := duty(t, reckon(t, c.situation()), c.id).Clock
			want := Moment{Day: c.day}
			if c.at != "" {
				want.At, _ = time.Parse(time.RFC3339, c.at)
			}
			if !got.Due.At.Equal(want.At) || got.Due.Day != want.Day {
				t.Errorf("due %v %q, want %v %q", got.Due.At, got.Due.Day, c.at, want.Day)
			}
			state, ground := c.state, c.on
			if state == "" {
				state = Running
			}
			if ground == "" && !want.IsZero() {
				ground = OnEvent
			}
			if got.State != state || got.Missing != c.missing || got.Ground != ground || got.Careful.Day != c.careful {
				t.Errorf("%s, missing %q, on %q, careful %q", got.State, got.Missing, got.Ground, got.Careful.Day)
			}
			if c.at != "" && !slices.Equal(got.Warnings, c.warned) {
				t.Errorf("warned of %v, want %v", got.Warnings, c.warned)
			}
		})
	}
}

// TestEveryFormOfDeadlineIsTravelled holds the table against the file.
func TestEveryFormOfDeadlineIsTravelled(t *testing.T) {
	type form struct {
		kind DeadlineKind
		unit Unit
		from string
	}
	tried := map[form]bool{}
	for _, c := range travels {
		d := duty(t, reckon(t, c.situation()), c.id)
		for _, k := range append(d.Others, d.Clock) {
			tried[form{k.Kind, k.Unit, k.From}] = true
		}
	}
	for _, r := range Builtin().rules {
		all := []Deadline{r.individual.deadline, r.agencies.deadline, r.media.deadline}
		for _, n := range r.regulators {
			all = append(append(all, n.deadline), n.also...)
		}
		for _, m := range r.milestones {
			all = append(all, m.deadline)
		}
		for _, d := range all {
			if f := (form{d.Kind, d.Unit, d.From}); d.Kind != "" && !tried[f] {
				t.Errorf("%s has %v, which is not travelled", r.Regime, f)
			}
		}
	}
}

func TestTheCarefulReadingOfHours(t *testing.T) {
	x := Situation{Events: on("discovery", "2022-08-08T21:00:00-04:00"), People: map[string]int{"US-MN": 501, "DE": 1}, Calendar: Calendar{Zone: newYork}}
	r := reckon(t, x)
	if c := duty(t, r, "us-mn.cra_notice").Clock; c.Careful.At.Format(time.RFC3339) != "2022-08-10T21:00:00-04:00" || c.CarefulFrom != "discovery" {
		t.Errorf("got %+v", c)
	}
	if c := duty(t, r, "eu-gdpr.regulator.dpa").Clock; c.Careful.At.Format(time.RFC3339) != "2022-08-11T21:00:00-04:00" || c.Missing != "awareness" {
		t.Errorf("got %+v", c)
	}
}

func TestMonthsEndWithTheLastDayThatThereIs(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2023-01-31", 1, "2023-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2023-08-31", 1, "2023-09-30"}, {"2023-12-31", 2, "2024-02-29"},
		{"2023-11-30", 3, "2024-02-29"}, {"2023-01-15", 12, "2024-01-15"}, {"2023-12-01", 1, "2024-01-01"}, {"2023-10-31", 13, "2024-11-30"},
	} {
		from, _ := time.Parse(time.DateOnly, c.from)
		if got := addMonths(from, c.months).Format(time.DateOnly); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestATargetIsTheCustomersOwn(t *testing.T) {
	x := Situation{Events: on("discovery", "2022-08-08"), People: map[string]int{"US-GA": 1, "US-CA": 1}, PolicyDays: 20, Calendar: Calendar{Zone: newYork}}
	c := duty(t, reckon(t, x), "us-ga.individual_notice").Clock
	if !c.Due.IsZero() || c.Target.Day != "2022-08-28" || !slices.Contains(c.Warnings, DayOff) || c.At() != c.Target.At {
		t.Errorf("got %+v", c)
	}
	if c = duty(t, reckon(t, x), "us-ca.individual_notice").Clock; !c.Target.IsZero() {
		t.Error("a rule with a limit has a target")
	}
}

func TestGuidanceIsSoft(t *testing.T) {
	r := reckon(t, Situation{Events: on("awareness", "2022-08-08"), People: map[string]int{"NZ": 1}})
	if d := duty(t, r, "nz-privacy-act.milestone.commissioner_expectation"); !d.Clock.Soft || d.Clock.Due.IsZero() {
		t.Errorf("got %+v", d.Clock)
	}
	if d := duty(t, reckon(t, Situation{Events: on("awareness", "2022-08-08"), People: map[string]int{"DE": 1}}), "eu-gdpr.regulator.dpa"); d.Clock.Soft {
		t.Error("72 hours are no guidance")
	}
}

func TestADelayMovesWhatTheRuleLetsItMove(t *testing.T) {
	x := Situation{Events: map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-08T10:00:00Z"}, People: map[string]int{"US-CT": 1, "US-MD": 1, "US-FL": 500, "US-GA": 1, "US-IN": 1, "DE": 1, "KR": 1},
		PolicyDays: 20, Delay: Delay{Until: time.Date(2022, 12, 1, 17, 0, 0, 0, newYork), Document: "FBI letter 7"}, Calendar: Calendar{Zone: newYork, Holidays: []string{"2022-07-04"}}}
	r := reckon(t, x)
	until := x.Delay.Until
	for id, original := range map[string]string{"us-ct.individual_notice": "2022-10-07", "us-fl.individual_notice": "2022-09-07", "us-ga.individual_notice": "2022-08-28"} {
		c := duty(t, r, id).Clock
		if !c.At().Equal(until) || c.Original.Day != original || !c.PutOff.At.Equal(until) || c.Document != "FBI letter 7" {
			t.Errorf("%s: %+v", id, c)
		}
	}
	for id, original := range map[string]string{"us-ct.regulator.ag-us-ct": "2022-10-07", "us-md.regulator.ag-us-md": "2022-09-21"} {
		c := duty(t, r, id).Clock
		if !c.Due.At.Equal(until) || c.Original.Day != original || c.Document == "" || slices.Contains(c.Warnings, DelayNotAllowed) {
			t.Errorf("what hangs on a notice that was put off: %+v", c)
		}
	}
	x.Planned = "2022-09-01"
	if c := duty(t, reckon(t, x), "us-ct.regulator.ag-us-ct").Clock; c.Due.Day != "2022-09-01" || !c.Original.IsZero() {
		t.Errorf("what hangs on a plan was put off: %+v", c)
	}
	x.Planned = ""
	for _, id := range []string{"kr-pipa.individual_notice", "eu-gdpr.individual_notice", "us-in.regulator.ag-us-in"} {
		c := duty(t, r, id).Clock
		if c.At().Equal(until) || !slices.Contains(c.Warnings, DelayNotAllowed) || !c.Original.IsZero() || c.Document != "" {
			t.Errorf("%s was put off: %+v", id, c)
		}
	}
	x.Delay.Until = time.Date(2022, 8, 10, 0, 0, 0, 0, newYork)
	if c := duty(t, reckon(t, x), "us-ct.individual_notice").Clock; c.Due.Day != "2022-10-07" || !c.Original.IsZero() || c.PutOff.IsZero() {
		t.Errorf("a delay that ends early: %+v", c)
	}
}

func TestASituationThatCannotBeReadIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		x     Situation
		field string
	}{
		"no date":           {Situation{Events: on("discovery", "08/08/2022")}, "events.discovery"},
		"no such day":       {Situation{Events: on("discovery", "2022-02-30")}, "events.discovery"},
		"a slip of a year":  {Situation{Events: on("discovery", "0202-08-08")}, "events.discovery"},
		"a year to come":    {Situation{Events: on("discovery", "9999-08-08")}, "events.discovery"},
		"no plan":           {Situation{Planned: "soon"}, "planned"},
		"a negative target": {Situation{PolicyDays: -1}, "policy_days"},
		"a large target":    {Situation{PolicyDays: 4000}, "policy_days"},
		"no document":       {Situation{Delay: Delay{Until: today}}, "delay.document"},
		"a negative count":  {Situation{People: map[string]int{"DE": -1}}, "people.DE"},
		"a huge count":      {Situation{People: map[string]int{"DE": 1 << 40}}, "people.DE"},
		"another one":       {Situation{Unreachable: map[string]int{"DE": -1}}, "unreachable.DE"},
		"no weekday":        {Situation{Calendar: Calendar{Workdays: []time.Weekday{7}}}, "calendar.workdays"},
		"no holiday":        {Situation{Calendar: Calendar{Holidays: []string{"Christmas"}}}, "calendar.holidays"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Builtin().Due(c.x)
			if got := wrongs(t, err); got[c.field] == "" || len(got) != 1 {
				t.Errorf("got %v, want %s", got, c.field)
			}
		})
	}
	if r := reckon(t, Situation{Events: map[string]string{"discovery": "", "start": "2022-08-01"}}); len(r.Duties) != 0 {
		t.Error("nobody is affected and there are duties")
	}
}
