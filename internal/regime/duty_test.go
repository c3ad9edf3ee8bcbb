package regime

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// The oracle reads the file again, loosely and with nothing of the package, and
// says for each threshold whether a count reaches it.

type loose = map[string]any

type limit struct {
	id, op, basis string
	count         int
	residency     []string
	profiles      []string
	jurisdiction  string
	when          []string
}

func strs(v any) []string {
	var all []string
	for _, x := range v.([]any) {
		all = append(all, x.(string))
	}
	return all
}

func limits(t *testing.T) []limit {
	var file loose
	if err := yaml.Unmarshal(builtin, &file); err != nil {
		t.Fatal(err)
	}
	var all []limit
	for _, raw := range file["regimes"].([]any) {
		r := raw.(loose)
		if r["status"] != "in_force" {
			continue
		}
		add := func(id string, v any, when []string) {
			if th, ok := v.(loose); ok {
				a := r["applies_when"].(loose)
				all = append(all, limit{id: r["id"].(string) + "." + id, op: th["op"].(string), count: th["count"].(int), basis: th["basis"].(string),
					residency: strs(a["residency"]), profiles: strs(a["profiles"]), jurisdiction: r["jurisdiction"].(string), when: when})
			}
		}
		seen := map[string]int{}
		for _, raw := range r["regulator_notice"].([]any) {
			n := raw.(loose)
			to := n["to_id"].(string)
			seen[to]++
			if k := seen[to]; k > 1 {
				to = fmt.Sprintf("%s.%d", to, k)
			}
			add("regulator."+to, n["threshold"], strs(n["when"]))
		}
		add("cra_notice", r["cra_notice"].(loose)["threshold"], nil)
		add("media_notice", r["media_notice"].(loose)["threshold"], nil)
	}
	return all
}

// people puts n people where the threshold counts them, beside others whom it
// does not count.
func (l limit) people(n int) map[string]int {
	if l.basis == "residents" {
		at := l.jurisdiction
		if len(l.residency) > 0 {
			at = l.residency[0]
		} else if len(at) == 2 {
			at += "-WY"
		}
		return map[string]int{at: n, "ZZ": 20_000}
	}
	if len(l.residency) > 0 {
		return map[string]int{l.residency[0]: min(n, 1), "ZZ": max(n-1, 0)}
	}
	return map[string]int{"ZZ": n}
}

func TestEachThresholdFromBothSides(t *testing.T) {
	all := limits(t)
	if len(all) < 110 {
		t.Fatalf("only %d thresholds", len(all))
	}
	for _, l := range all {
		for n := l.count - 1; n <= l.count+1; n++ {
			want := map[string]bool{"gt": n > l.count, "gte": n >= l.count, "lt": n < l.count}[l.op]
			r := reckon(t, Situation{People: l.people(n), Profiles: l.profiles, Conditions: l.when})
			at := slices.IndexFunc(r.Duties, func(d Duty) bool { return d.ID == l.id })
			if at < 0 {
				if n > 0 || len(l.residency) == 0 {
					t.Errorf("%s is not listed at %d", l.id, n)
				}
				continue
			}
			d := r.Duties[at]
			if (d.Standing == Reached) != want || (d.Standing == NotReached) == want {
				t.Errorf("%s at %d of %s %d: %s", l.id, n, l.op, l.count, d.Standing)
			}
			if d.Count.People != n || d.Count.Threshold.Count != l.count {
				t.Errorf("%s shows %d people against %d, want %d against %d", l.id, d.Count.People, d.Count.Threshold.Count, n, l.count)
			}
			if len(l.when) == 0 || !want {
				continue
			}
			r = reckon(t, Situation{People: l.people(n), Profiles: l.profiles})
			if d = duty(t, r, l.id); d.Standing != Unrecorded || !slices.Equal(d.Unrecorded, l.when) {
				t.Errorf("%s without its conditions: %s %v", l.id, d.Standing, d.Unrecorded)
			}
		}
	}
}

// TestWellKnownRules is written by hand, from the statutes as the file has them.
func TestWellKnownRules(t *testing.T) {
	events := map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-08T19:30:00Z", "determination": "2022-08-10"}
	hipaa, none := []string{"hipaa_covered_entity"}, []string(nil)
	for _, c := range []struct {
		name     string
		people   map[string]int
		profiles []string
		id       string
		standing Standing
		due      string
	}{
		{"GDPR: the authority within 72 hours, from one person", map[string]int{"DE": 1}, none, "eu-gdpr.regulator.dpa", Reached, "2022-08-11T19:30:00Z"},
		{"GDPR: no date for individuals", map[string]int{"NO": 1}, none, "eu-gdpr.individual_notice", ForJudgement, ""},
		{"UK: 72 hours", map[string]int{"GB": 1}, none, "gb-uk-gdpr.regulator.gb-ico", Reached, "2022-08-11T19:30:00Z"},
		{"UK: a nation of it", map[string]int{"GB-SCT": 1}, none, "gb-uk-gdpr.regulator.gb-ico", Reached, "2022-08-11T19:30:00Z"},
		{"California: 30 days", map[string]int{"US-CA": 1}, none, "us-ca.individual_notice", ForJudgement, "2022-09-07"},
		{"California: 500 is not more than 500", map[string]int{"US-CA": 500, "DE": 9000}, none, "us-ca.regulator.ag-us-ca", NotReached, ""},
		{"California: 501 is", map[string]int{"US-CA": 501}, none, "us-ca.regulator.ag-us-ca", Reached, ""},
		{"Florida: 500 is 500 or more, within 30 days", map[string]int{"US-FL": 500}, none, "us-fl.regulator.ag-us-fl", Reached, "2022-09-09"},
		{"Florida: 499 is not", map[string]int{"US-FL": 499, "DE": 9000}, none, "us-fl.regulator.ag-us-fl", NotReached, "2022-09-09"},
		{"Florida: individuals within 30 days of the determination", map[string]int{"US-FL": 1}, none, "us-fl.individual_notice", ForJudgement, "2022-09-09"},
		{"Texas: individuals within 60 days", map[string]int{"US-TX": 1}, none, "us-tx.individual_notice", ForJudgement, "2022-10-09"},
		{"Texas: the attorney general from 250, within 30 days", map[string]int{"US-TX": 250}, none, "us-tx.regulator.ag-us-tx", Reached, "2022-09-09"},
		{"Texas: agencies over 10,000", map[string]int{"US-TX": 10000}, none, "us-tx.cra_notice", NotReached, ""},
		{"New York: 30 days from discovery", map[string]int{"US-NY": 1}, none, "us-ny.individual_notice", ForJudgement, "2022-09-07"},
		{"New York: three offices from one person", map[string]int{"US-NY": 1}, none, "us-ny.regulator.ny-dos", Reached, ""},
		{"New York: agencies over 5,000 at once, wherever they are", map[string]int{"US-NY": 1, "DE": 5000}, none, "us-ny.cra_notice", Reached, ""},
		{"Massachusetts: agencies are not driven by counts", map[string]int{"US-MA": 50000}, none, "us-ma.cra_notice", Checklist, ""},
		{"Massachusetts: no fixed limit", map[string]int{"US-MA": 1}, none, "us-ma.individual_notice", ForJudgement, ""},
		{"HIPAA: 60 days", map[string]int{"US-OH": 1}, hipaa, "us-hipaa.individual_notice", ForJudgement, "2022-10-07"},
		{"HHS: from 500, with the individuals", map[string]int{"US-OH": 250, "US-TX": 250}, hipaa, "us-hipaa.regulator.us-hhs", Reached, "2022-10-07"},
		{"HHS: below 500, by the year", map[string]int{"US-OH": 499}, hipaa, "us-hipaa.regulator.us-hhs.2", Reached, "2023-03-01"},
		{"HHS: 500 is no small breach", map[string]int{"US-OH": 500}, hipaa, "us-hipaa.regulator.us-hhs.2", NotReached, "2023-03-01"},
		{"media: more than 500 of one state", map[string]int{"US-OH": 501}, hipaa, "us-hipaa.media_notice", Reached, "2022-10-07"},
		{"media: not of two states", map[string]int{"US-OH": 500, "US-TX": 500}, hipaa, "us-hipaa.media_notice", NotReached, "2022-10-07"},
		{"agencies: over 1,000 residents of Colorado", map[string]int{"US-CO": 1000, "DE": 1000}, none, "us-co.cra_notice", NotReached, ""},
		{"agencies: over 1,000 at once for North Carolina", map[string]int{"US-NC": 1, "DE": 1000}, none, "us-nc.cra_notice", Reached, ""},
		{"SEC: a filing is no matter of counts", map[string]int{"US-OH": 1}, []string{"sec_registrant"}, "us-sec-8k-1-05.regulator.us-sec", Checklist, ""},
		{"SEC: no notice to individuals by this rule", map[string]int{"US-OH": 1}, []string{"sec_registrant"}, "us-sec-8k-1-05.individual_notice", NotByThis, ""},
		{"Puerto Rico by its own code", map[string]int{"PR": 1}, none, "us-pr.regulator.pr-daco", Reached, "2022-08-18"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := duty(t, reckon(t, Situation{Events: events, People: c.people, Profiles: c.profiles, Calendar: Calendar{Zone: berlin}}), c.id)
			due := d.Clock.Due.Day
			if due == "" && !d.Clock.Due.IsZero() {
				due = d.Clock.Due.At.UTC().Format(time.RFC3339)
			}
			if d.Standing != c.standing || due != c.due {
				t.Errorf("%s due %q, want %s due %q", d.Standing, due, c.standing, c.due)
			}
		})
	}
}

func TestPeopleOfUnknownPlaceLeaveADutyUnsettled(t *testing.T) {
	for _, c := range []struct {
		people map[string]int
		want   Standing
		known  int
	}{
		{map[string]int{"US-CA": 400, "US": 100}, NotReached, 100},
		{map[string]int{"US-CA": 400, "US": 101}, Unsettled, 101},
		{map[string]int{"US-CA": 400, "": 101}, Unsettled, 101},
		{map[string]int{"US-CA": 400, "DE": 101, "EU": 200, "US-OR": 900}, NotReached, 0},
		{map[string]int{"US-CA": 501, "": 101}, Reached, 101},
	} {
		d := duty(t, reckon(t, Situation{People: c.people}), "us-ca.regulator.ag-us-ca")
		if d.Standing != c.want || d.Count.Unplaced != c.known {
			t.Errorf("%v: %s, %d unplaced", c.people, d.Standing, d.Count.Unplaced)
		}
	}
	d := duty(t, reckon(t, Situation{People: map[string]int{"US-OH": 300, "US-TX": 10, "US": 201, "CA": 900}, Profiles: []string{"hipaa_covered_entity"}}), "us-hipaa.media_notice")
	if d.Standing != Unsettled || len(d.Count.Places) != 2 || d.Count.Places[0] != (Region{"US-OH", 300, Unsettled}) || d.Count.Places[1].Standing != NotReached || d.Count.People != 300 {
		t.Errorf("got %s %+v", d.Standing, d.Count)
	}
}

func TestACountOfEverybodyShowsTheResidentsBesideIt(t *testing.T) {
	d := duty(t, reckon(t, Situation{People: map[string]int{"US-ND": 7, "DE": 300, "": 2}}), "us-nd.regulator.ag-us-nd")
	if d.Count.People != 309 || d.Count.Residents != 7 || d.Count.Unplaced != 2 || d.Standing != Reached {
		t.Errorf("got %+v", d.Count)
	}
	d = duty(t, reckon(t, Situation{People: map[string]int{"US-OH": 3, "DE": 4}, Profiles: []string{"hipaa_covered_entity"}}), "us-hipaa.individual_notice")
	if d.Count.People != 7 || d.Count.Residents != 3 {
		t.Errorf("a rule for a trade: %+v", d.Count)
	}
	d = duty(t, reckon(t, Situation{People: map[string]int{"DE": 5, "EU": 1, "US-CA": 1}, Profiles: []string{"telecom_provider_eu"}}), "eu-eprivacy.regulator.eu-telecom-authority")
	if d.Count.Residents != 6 {
		t.Errorf("%d people of the union", d.Count.Residents)
	}
}

func TestDutiesCarryWhatTheyRestOn(t *testing.T) {
	r := reckon(t, Situation{People: map[string]int{"US-SD": 251, "US-CA": 501, "US-MN": 1, "US-PR": 1}})
	d := duty(t, r, "us-sd.regulator.ag-us-sd")
	if !slices.Equal(d.Origin.LowConfidence, []string{"regulator_notice.deadline"}) || d.Origin.Confidence != High || d.Origin.AsOf == "" || d.To == "" || d.ToID != "ag-us-sd" {
		t.Errorf("got %+v", d.Origin)
	}
	if d = duty(t, r, "us-sd.individual_notice"); len(d.Origin.LowConfidence) > 0 || d.HarmException != Yes {
		t.Errorf("a doubt about another field: %v", d.Origin.LowConfidence)
	}
	if d = duty(t, r, "us-mn.cra_notice"); len(d.Origin.LowConfidence) != 1 {
		t.Errorf("no doubt: %v", d.Origin.LowConfidence)
	}
	if d = duty(t, r, "us-pr.individual_notice"); !slices.Equal(d.Origin.LowConfidence, []string{"citation"}) {
		t.Errorf("no doubt about the citation: %v", d.Origin.LowConfidence)
	}
	if d = duty(t, r, "us-ca.regulator.ag-us-ca"); d.TemplateCopy != Yes || d.Note == "" || d.Origin.Citation != "Cal. Civ. Code 1798.82(f)" || d.Origin.Regime != "us-ca" {
		t.Errorf("got %+v", d)
	}
	if r.SHA256 != Builtin().SHA256 || r.Version != Builtin().Version || r.Disclaimer == "" || len(r.NotCovered) == 0 {
		t.Error("the reckoning does not name its rules")
	}
	if len(Builtin().rules[0].Origin.LowConfidence) != 0 {
		t.Error("the set was written to")
	}
}

func TestWhatIsNotReachedStaysSoWithoutItsConditions(t *testing.T) {
	d := Duty{Standing: NotReached, When: []string{"a", "b"}}
	if d.await(map[string]bool{"a": true}); d.Standing != NotReached || !slices.Equal(d.Unrecorded, []string{"b"}) {
		t.Errorf("got %+v", d)
	}
	d = Duty{Standing: Unsettled, When: []string{"a"}}
	if d.await(nil); d.Standing != Unrecorded {
		t.Errorf("got %+v", d)
	}
}

func TestARecordedDelayIsACondition(t *testing.T) {
	x := Situation{Profiles: []string{"public_body"}, Delay: Delay{Until: today, Document: "7"}}
	if holds := holding(x); !holds["law_enforcement_delay"] || !holds["public_body"] || len(holds) != 2 || len(holding(Situation{})) != 0 {
		t.Errorf("got %v", holds)
	}
}

func TestDatedDutiesComeFirst(t *testing.T) {
	r := reckon(t, Situation{Events: map[string]string{"discovery": "2022-08-08", "awareness": "2022-08-08"}, People: map[string]int{"DE": 1, "US-CA": 1, "US-FL": 1, "US-GA": 1, "US-CT": 1}})
	dated := true
	for i, d := range r.Duties {
		at := d.Clock.At()
		if at.IsZero() {
			dated = false
		} else if !dated || i > 0 && at.Before(r.Duties[i-1].Clock.At()) {
			t.Errorf("%s stands too late", d.ID)
		}
	}
	if r.Duties[0].ID != "eu-gdpr.regulator.dpa" || dated {
		t.Errorf("%s comes first", r.Duties[0].ID)
	}
}

// noticeBy gives the notice to people that ends first by the law, or by the careful
// reading.
func noticeBy(r Reckoning) (Duty, bool) {
	at := slices.IndexFunc(r.Duties, func(d Duty) bool {
		return d.Kind == IndividualNotice && d.Clock.isDated()
	})
	if at < 0 {
		return Duty{}, false
	}
	return r.Duties[at], true
}

func TestTheEarliestNoticeGovernsASingleSend(t *testing.T) {
	x := Situation{Events: on("discovery", "2022-08-08"), People: map[string]int{"US-CT": 1, "US-OH": 1, "US-FL": 1, "US-GA": 1, "KR": 1}, PolicyDays: 3}
	if d, ok := noticeBy(reckon(t, x)); !ok || d.ID != "kr-pipa.individual_notice" || d.Clock.CarefulFrom != "discovery" {
		t.Errorf("got %s", d.ID)
	}
	delete(x.People, "KR")
	if d, ok := noticeBy(reckon(t, x)); !ok || d.ID != "us-fl.individual_notice" {
		t.Errorf("got %s", d.ID)
	}
	x.People = map[string]int{"US-GA": 1, "DE": 1}
	if d, ok := noticeBy(reckon(t, x)); ok {
		t.Errorf("a target governs: %s", d.ID)
	}
}

func TestFurtherLimitsStayVisible(t *testing.T) {
	d := duty(t, reckon(t, Situation{Events: on("discovery", "2022-08-08"), People: map[string]int{"US-VT": 1}, Planned: "2022-08-10"}), "us-vt.regulator.ag-us-vt")
	if d.Clock.Kind != NotLaterThan || len(d.Others) != 1 || d.Others[0].Kind != Fixed || d.Others[0].Due.Day != "2022-08-26" {
		t.Errorf("got %+v and %+v", d.Clock, d.Others)
	}
}
