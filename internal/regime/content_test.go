package regime

import (
	"slices"
	"testing"
)

func content1(place string, profiles []string, conditions ...string) Content {
	return Builtin().Content(place, Situation{On: today, Conditions: conditions, Profiles: profiles})
}

func TestAFutureRuleAsksNothingYet(t *testing.T) {
	if c := content1("IN", nil); len(c.InPlay)+len(c.Items) != 0 {
		t.Errorf("got %+v", c)
	}
}

func need(c Content, item string) Need {
	at := slices.IndexFunc(c.Items, func(r Requirement) bool { return r.Item.ID == item })
	if at < 0 {
		return ""
	}
	return c.Items[at].Need
}

func TestWhatANoticeMustSay(t *testing.T) {
	hipaa := []string{"hipaa_covered_entity"}
	for _, c := range []struct {
		name, place string
		profiles    []string
		conditions  []string
		item        string
		want        Need
	}{
		{"always", "US-CA", nil, nil, "data_types", Required},
		{"only if known", "US-CA", nil, nil, "breach_date", IfKnown},
		{"required by one and asked by another", "US-CA", hipaa, nil, "incident_description", Required},
		{"on a condition", "US-CA", nil, []string{"ssn"}, "cra_contact", Required},
		{"on either of two", "US-CA", nil, []string{"drivers_license_or_state_id"}, "cra_contact", Required},
		{"not without it", "US-CA", nil, nil, "cra_contact", ""},
		{"all and one of any", "US-CA", nil, []string{"entity_is_source", "ssn"}, "credit_monitoring_offer", Required},
		{"all and none of any", "US-CA", nil, []string{"entity_is_source"}, "credit_monitoring_offer", ""},
		{"one of any and not all", "US-CA", nil, []string{"ssn"}, "credit_monitoring_offer", ""},
		{"forbidden", "US-MA", nil, nil, "state_resident_count", Prohibited},
		{"forbidden elsewhere too", "US-IL", nil, nil, "state_resident_count", Prohibited},
		{"not forbidden next door", "US-RI", nil, nil, "state_resident_count", ""},
		{"by a profile as condition", "DE", []string{"dpo_appointed"}, nil, "dpo_contact", Required},
		{"for e-mail", "US-VT", nil, []string{"email_is_channel"}, "phishing_warning", Required},
		{"a restriction of e-mail", "US-VT", nil, []string{"email_is_channel"}, "link_requesting_personal_info", Prohibited},
		{"not of letters", "US-VT", nil, nil, "link_requesting_personal_info", ""},
		{"not for letters", "US-VT", nil, nil, "phishing_warning", ""},
		{"a rule for a trade counts anywhere", "FR", hipaa, nil, "discovery_date", IfKnown},
		{"a rule without notice to individuals asks nothing", "CN", []string{"sec_registrant"}, nil, "incident_description", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := need(content1(c.place, c.profiles, c.conditions...), c.item); got != c.want {
				t.Errorf("%s is %q, want %q", c.item, got, c.want)
			}
		})
	}
}

func TestAConditionThatIsOnlyKnownAsks(t *testing.T) {
	holds := map[string]bool{"a": true, "b": true}
	for _, c := range []struct {
		x    requiredIf
		want Need
	}{
		{requiredIf{}, Required}, {requiredIf{all: []string{"a", "b"}}, Required}, {requiredIf{all: []string{"a", "x"}}, ""},
		{requiredIf{all: []string{"known"}}, IfKnown}, {requiredIf{all: []string{"known", "a"}}, IfKnown}, {requiredIf{all: []string{"known", "x"}}, ""},
		{requiredIf{any: []string{"x", "a"}}, Required}, {requiredIf{any: []string{"x", "y"}}, ""}, {requiredIf{any: []string{"x", "known"}}, IfKnown},
		{requiredIf{any: []string{"a", "known"}}, Required}, {requiredIf{all: []string{"known"}, any: []string{"a"}}, IfKnown},
	} {
		if got, _ := c.x.fires(holds); got != c.want {
			t.Errorf("%+v: %q, want %q", c.x, got, c.want)
		}
	}
}

// months are those of the longest offer that any of the rules demands.
func months(c Content) int {
	most := 0
	for _, m := range c.Monitoring {
		most = max(most, m.Months)
	}
	return most
}

func TestTheStrongestOfOneRuleCounts(t *testing.T) {
	r := rule{content: content{required: []string{"a", "b"}, requiredIf: []requiredIf{{all: []string{"known"}, ids: []string{"a", "c"}}, {ids: []string{"c"}}}, prohibited: []string{"b"}},
		monitoring: monitoring{months: 60, note: "only a note"}}
	d := r.demands(nil)
	if d["a"].Need != Required || d["b"].Need != Prohibited || d["c"].Need != Required {
		t.Errorf("got %+v", d)
	}
	var c Content
	if c.add(r, nil); months(c) != 0 || len(c.Monitoring) != 1 {
		t.Errorf("months that no rule demands: %+v", c.Monitoring)
	}
}

func TestDemandsNameTheirRuleAndReason(t *testing.T) {
	c := content1("US-CA", []string{"hipaa_covered_entity"}, "ssn")
	at := slices.IndexFunc(c.Items, func(r Requirement) bool { return r.Item.ID == "incident_description" })
	d := c.Items[at].Demands
	if len(d) != 2 || d[0].Origin.Regime != "us-hipaa" || d[0].Need != Required || d[1].Origin.Regime != "us-ca" || d[1].Need != IfKnown || d[0].Origin.AsOf == "" {
		t.Errorf("got %+v", d)
	}
	if len(c.Items[at].Item.Headings) == 0 || c.Items[at].Item.Check != "partial" {
		t.Error("the item has no way to be found")
	}
	at = slices.IndexFunc(c.Items, func(r Requirement) bool { return r.Item.ID == "cra_contact" })
	if !slices.Equal(c.Items[at].Demands[0].Because, []string{"ssn"}) {
		t.Errorf("got %+v", c.Items[at].Demands)
	}
	if d = content1("JP", nil).Items[0].Demands; !slices.Equal(d[0].Origin.LowConfidence, []string{"content.required"}) {
		t.Errorf("no doubt: %v", d[0].Origin.LowConfidence)
	}
}

func TestLayoutFormAndEmail(t *testing.T) {
	c := content1("US-CA", nil)
	if len(c.Layouts) != 1 || c.Layouts[0].Title != "Notice of Data Breach" || !slices.Equal(c.Layouts[0].Headings, []string{"What Happened", "What Information Was Involved", "What We Are Doing", "What You Can Do", "For More Information"}) {
		t.Errorf("got %+v", c.Layouts)
	}
	if len(c.Formats) != 1 || c.Formats[0].MinFont != 10 || c.Formats[0].PlainLanguage != Yes || c.Formats[0].Conspicuous != Yes {
		t.Errorf("got %+v", c.Formats)
	}
	if len(c.Email) != 1 || !c.Email[0].Consent || !slices.Equal(c.Email[0].Restrictions, []string{"not_to_compromised_email_account"}) {
		t.Errorf("got %+v", c.Email)
	}
	for place, want := range map[string]bool{"US-NY": true, "US-CO": false, "DE": false, "US-VT": false} {
		if e := content1(place, nil).Email[0]; e.Consent != want {
			t.Errorf("%s: %+v", place, e)
		}
	}
	if c = content1("CN", []string{"sec_registrant"}); len(c.InPlay)+len(c.Email) != 0 {
		t.Errorf("a rule without notice to individuals: %+v", c.InPlay)
	}
	if c = content1("DE", nil); len(c.Layouts) != 0 || c.Formats[0].Conspicuous != Unclear {
		t.Errorf("got %+v", c.Formats)
	}
}

func TestTheLongestMonitoringIsNeeded(t *testing.T) {
	for _, c := range []struct {
		place      string
		conditions []string
		want       int
	}{
		{"US-CT", []string{"ssn"}, 24}, {"US-CT", []string{"tin"}, 24}, {"US-CT", []string{"bank_account_number"}, 0}, {"US-DC", []string{"tin"}, 18},
		{"US-DE", []string{"ssn"}, 12}, {"US-CA", []string{"ssn"}, 0}, {"US-CA", []string{"ssn", "entity_is_source"}, 12}, {"US-CA", []string{"entity_is_source"}, 0},
		{"US-MA", []string{"ssn"}, 18}, {"US-PA", []string{"bank_account_number"}, 12}, {"US-RI", []string{"public_body"}, 0}, {"DE", []string{"ssn"}, 0},
	} {
		if got := months(content1(c.place, nil, c.conditions...)); got != c.want {
			t.Errorf("%s with %v: %d months, want %d", c.place, c.conditions, got, c.want)
		}
	}
	if m := content1("US-RI", nil, "public_body").Monitoring; len(m) != 1 || m[0].Note == "" || m[0].Months != 0 {
		t.Errorf("the note is lost: %+v", m)
	}
}

func TestConflictsSurface(t *testing.T) {
	hipaa := []string{"hipaa_covered_entity"}
	c := content1("US-MA", hipaa).Conflicts
	if len(c) != 1 || c[0].Item != "incident_description" || !slices.Equal(c[0].ProhibitedBy, []string{"us-ma"}) || !slices.Equal(c[0].RequiredBy, []string{"us-hipaa"}) || c[0].Advice == "" {
		t.Errorf("got %+v", c)
	}
	if c = content1("US-MA", nil).Conflicts; len(c) != 0 {
		t.Errorf("one rule conflicts with itself: %+v", c)
	}
	r := reckon(t, Situation{People: map[string]int{"US-MA": 1, "US-RI": 1}})
	if items := idsOf(r.Conflicts, func(c Conflict) string { return c.Item }); !slices.Equal(items, []string{"incident_description", "affected_count"}) {
		t.Errorf("got %v", items)
	}
	s := Builtin()
	two := []rule{{Origin: Origin{Regime: "a"}, content: content{prohibited: []string{"cause"}}}, {Origin: Origin{Regime: "b"}, content: content{required: []string{"cause"}}}}
	if c = s.conflictsOf(two, nil); len(c) != 1 || c[0].Item != "cause" || c[0].ProhibitedBy[0] != "a" || c[0].RequiredBy[0] != "b" {
		t.Errorf("a conflict that the file does not name: %+v", c)
	}
	s.conflicts = []Conflict{{Item: "cause", ProhibitedBy: []string{"a", "z"}, RequiredBy: []string{"b"}, Advice: "ask"}}
	if c = s.conflictsOf(two, nil); len(c) != 1 || c[0].Advice != "ask" || !slices.Equal(c[0].ProhibitedBy, []string{"a"}) {
		t.Errorf("a conflict stands twice: %+v", c)
	}
}

func TestContactsAreThoseOfThePlace(t *testing.T) {
	for place, want := range map[string][]string{"US-MD": {"ftc", "equifax", "experian", "transunion", "ag-us-md"}, "US": {"ftc", "equifax", "experian", "transunion"}, "DE": nil, "": nil} {
		if got := idsOf(content1(place, nil).Contacts, func(c Contact) string { return c.ID }); !slices.Equal(got, want) {
			t.Errorf("%s: %v", place, got)
		}
	}
	if c := content1("pr", nil); c.Place != "US-PR" || len(c.InPlay) != 1 || len(c.Contacts) != 4 {
		t.Errorf("got %+v", c.InPlay)
	}
}
