package regime

import (
	"slices"
	"testing"
	"time"
)

func TestWhoIsUnderWhichRule(t *testing.T) {
	for _, c := range []struct {
		name     string
		people   map[string]int
		profiles []string
		want     []string
	}{
		{"a state", map[string]int{"US-CA": 1}, nil, []string{"us-ca"}},
		{"as people write it", map[string]int{" us-ca ": 1}, nil, []string{"us-ca"}},
		{"a province is under its country too", map[string]int{"CA-QC": 1}, nil, []string{"ca-pipeda", "ca-qc-law25"}},
		{"a country is not under its provinces", map[string]int{"CA": 1}, nil, []string{"ca-pipeda"}},
		{"a code that begins alike", map[string]int{"CAX": 1}, nil, nil},
		{"the union by its members", map[string]int{"DE-BY": 1}, nil, []string{"eu-gdpr"}},
		{"the union by itself", map[string]int{"EU": 1}, nil, []string{"eu-gdpr"}},
		{"a territory by its country code", map[string]int{"GU": 1}, nil, []string{"us-gu"}},
		{"nobody", map[string]int{"US-CA": 0}, nil, nil},
		{"a trade", nil, []string{"sec_registrant", "astrologer"}, []string{"us-sec-8k-1-05"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := idsOf(reckon(t, Situation{People: c.people, Profiles: c.profiles}).InPlay, func(p InPlay) string { return p.Regime })
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAliasesAreOnePlace(t *testing.T) {
	r := reckon(t, Situation{People: map[string]int{"PR": 2, "US-PR": 3}})
	if len(r.InPlay) != 1 || r.InPlay[0].People != 5 || len(r.Uncovered) != 0 {
		t.Errorf("got %+v", r.InPlay)
	}
}

func TestARuleForPlacesAndTradesNeedsBoth(t *testing.T) {
	s := Builtin()
	s.rules = []rule{{Origin: Origin{Regime: "x", Jurisdiction: "US-SC"}, residency: []string{"US-SC"}, profiles: []string{"insurer"}, status: InForce}}
	for _, c := range []struct {
		x    Situation
		want int
	}{
		{Situation{People: map[string]int{"US-SC": 1}}, 0}, {Situation{Profiles: []string{"insurer"}}, 0},
		{Situation{People: map[string]int{"US-SC": 1}, Profiles: []string{"insurer"}}, 1},
	} {
		if r, _ := s.Due(c.x); len(r.InPlay) != c.want {
			t.Errorf("%+v: %d in play", c.x, len(r.InPlay))
		}
	}
}

func TestARuleIsInForceByItsDate(t *testing.T) {
	for _, c := range []struct {
		on     string
		status Force
		from   string
		want   Force
	}{
		{"2027-05-12", Coming, "2027-05-13", Coming}, {"2027-05-13", Coming, "2027-05-13", InForce}, {"2030-01-01", Coming, "", Coming},
		{"2027-05-12", InForce, "2027-05-13", Coming}, {"2027-05-13", InForce, "2027-05-13", InForce}, {"2027-05-13", InForce, "", InForce},
		{"2027-05-12", Repealed, "2027-05-13", InForce}, {"2027-05-13", Repealed, "2027-05-13", Repealed}, {"2027-05-13", Repealed, "", Repealed},
	} {
		day, _ := time.Parse(time.DateOnly, c.on)
		if got := (rule{status: c.status, from: c.from}).force(day, time.UTC); got != c.want {
			t.Errorf("%+v is %s", c, got)
		}
	}
	india := map[string]int{"IN": 5}
	r := reckon(t, Situation{People: india, On: time.Date(2027, 5, 12, 12, 0, 0, 0, time.UTC)})
	if len(r.Duties) != 0 || len(r.InPlay) != 1 || r.InPlay[0].Force != Coming || r.InPlay[0].Since != "2027-05-13" || len(r.Uncovered) != 1 {
		t.Errorf("before its day: %+v, %v", r.InPlay, ids(r))
	}
	r = reckon(t, Situation{People: india, On: time.Date(2027, 5, 12, 20, 0, 0, 0, time.UTC), Calendar: Calendar{Zone: zone("Asia/Kolkata")}})
	if len(r.Duties) != 3 || r.InPlay[0].Force != InForce || len(r.Uncovered) != 0 {
		t.Errorf("on its day: %+v, %v", r.InPlay, ids(r))
	}
}

func TestPlacesWithoutARuleAreNamed(t *testing.T) {
	r := reckon(t, Situation{People: map[string]int{"CN": 3, "US": 2, "": 1, "US-AS": 4, "DE": 5, "VN": 0}, Profiles: []string{"hipaa_covered_entity"}})
	want := []Uncovered{{"", 1}, {"CN", 3}, {"US", 2}, {"US-AS", 4}}
	if !slices.Equal(r.Uncovered, want) {
		t.Errorf("got %v", r.Uncovered)
	}
}

func TestSubstituteNoticeIsSuggestedByCounts(t *testing.T) {
	for _, c := range []struct {
		name                string
		people, unreachable map[string]int
		profiles            []string
		id                  string
		listed              bool
		want                []Trigger
	}{
		{"everybody is reached", map[string]int{"US-CA": 500000}, nil, nil, "us-ca.substitute_notice", false, nil},
		{"more than the class", map[string]int{"US-CA": 500001}, nil, nil, "us-ca.substitute_notice", true, []Trigger{ClassOver}},
		{"one cannot be reached", map[string]int{"US-CA": 1}, map[string]int{"US-CA": 1}, nil, "us-ca.substitute_notice", true, []Trigger{InsufficientContact}},
		{"one of another state", map[string]int{"US-CA": 1, "US-OR": 1}, map[string]int{"US-OR": 1}, nil, "us-ca.substitute_notice", false, nil},
		{"nine for HIPAA", map[string]int{"US-CA": 20}, map[string]int{"US-CA": 9}, []string{"hipaa_covered_entity"}, "us-hipaa.substitute_notice", true, nil},
		{"ten for HIPAA", map[string]int{"US-CA": 20}, map[string]int{"US-CA": 7, "DE": 3}, []string{"hipaa_covered_entity"}, "us-hipaa.substitute_notice", true, []Trigger{InsufficientContact}},
		{"a rule without it", map[string]int{"BR": 1}, map[string]int{"BR": 1}, []string{"sec_registrant"}, "us-sec-8k-1-05.substitute_notice", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := reckon(t, Situation{People: c.people, Unreachable: c.unreachable, Profiles: c.profiles})
			at := slices.IndexFunc(r.Substitute, func(s Substitute) bool { return s.ID == c.id })
			if (at >= 0) != c.listed {
				t.Fatalf("listed: %v", at >= 0)
			}
			if at >= 0 && !slices.Equal(r.Substitute[at].Triggers, c.want) {
				t.Errorf("got %v", r.Substitute[at].Triggers)
			}
		})
	}
	r := reckon(t, Situation{People: map[string]int{"US-CA": 9}, Unreachable: map[string]int{"US-CA": 2}})
	if s := r.Substitute[0]; s.People != 9 || s.Unreachable != 2 || s.ClassOver != 500000 || s.CostOver != 250000 || s.Currency != "USD" || s.Rule != "all" || s.WebsiteDays != 30 || len(s.Methods) != 3 {
		t.Errorf("got %+v", s)
	}
}
